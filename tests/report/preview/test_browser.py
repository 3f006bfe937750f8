"""The page in a real browser: it plays, filters, counts and sorts, and what it shows is what the shards hold."""

import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from vidsynth import load
from vidsynth.report.preview.files import write_previews
from vidsynth.report.preview.overlays import COLORS, overlays

Open = Callable[..., Any]


@pytest.fixture
def look(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """`look(build)`: its page, in a browser. Errors, messages and requests of the page fail the test."""
    contexts, said, asked = [], [], []

    def call(out: Path, width: int = 1280, height: int = 800, scheme: str = "light", **settings: Any) -> Any:
        file = tmp_path / "page.html"
        list(write_previews(out, [file], samples=settings.pop("samples", None)))
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", **settings
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        until(page, "Array.from(seen).every((view) => view.shown !== null && view.strip.image.complete)")
        return page

    yield call
    for context in contexts:
        context.close()
    assert not said
    assert asked.pop(0).startswith("file:") and all(url.startswith("data:image/") for url in asked)


def until(page: Any, expression: str) -> None:
    """Wait until an expression of the page's script is true (its policy forbids what Playwright waits with)."""
    for _ in range(1200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never: {expression}")


def cards(page: Any) -> list[int]:
    """Return the indices of the samples that are shown, in order."""
    return [int(text.removeprefix("#")) for text in page.locator(".card .open").all_inner_texts()]


def seek(page: Any, frame: int) -> None:
    page.locator("#scrub").fill(str(frame))
    until(page, f"Array.from(seen).every((view) => view.shown === {frame})")


def pixels(page: Any, canvas: int) -> np.ndarray:
    """Return what the screen shows of a canvas, uint8 [H, W, 3]."""
    shot = page.locator("#grid canvas").nth(canvas).screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))


def switch(page: Any, layer: str, on: bool) -> None:
    page.locator("#layers label", has_text=layer).locator("input").set_checked(on)
    page.evaluate("new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))")


def bars(page: Any, column: str) -> list[float]:
    """Return the heights of a histogram's bars, of the rows that pass the filters."""
    facet = page.locator(".facet", has=page.get_by_text(column, exact=True))
    return facet.locator(".some").evaluate_all("(all) => all.map((bar) => Number(bar.getAttribute('height')))")


def test_it_plays_and_stops(look: Open, tubelets: Path) -> None:
    page = look(tubelets)
    assert page.locator("#frame").inner_text() == "1 / 6"
    still = pixels(page, 0)
    page.get_by_role("button", name="Play").click()
    until(page, "clock.shown > 0")
    page.get_by_role("button", name="Pause").click()
    now = page.evaluate("clock.t")
    page.wait_for_timeout(200)
    assert page.evaluate("clock.t") == now
    page.keyboard.press("Home")
    seek(page, 3)
    assert page.locator("#frame").inner_text() == "4 / 6"
    assert np.abs(pixels(page, 0).astype(int) - still).mean() > 1
    seek(page, 0)
    assert (pixels(page, 0) == still).all()


def test_speed_is_that_of_the_recipe_times_the_one_chosen(look: Open, tubelets: Path) -> None:
    page = look(tubelets)
    passed = "clock.last = 1000; clock.t = 0; clock.playing = true; tick(1080); clock.playing = false; clock.t"
    assert page.evaluate(passed) == pytest.approx(1.0)  # 80 ms at 12.5 frames a second
    page.get_by_label("Speed").select_option("0.25")
    assert page.evaluate(passed) == pytest.approx(0.25)


def test_both_clips_show_the_very_frame_and_its_boxes(look: Open, tubelets: Path) -> None:
    page = look(tubelets)
    sample, over = load(tubelets)[0], overlays(load(tubelets)[0])
    assert cards(page)[0] == sample["index"]
    for t in (0, 2, 5):
        seek(page, t)
        for layer in ("outlines", "paths", "tracks", "boxes", "masks"):
            switch(page, layer, False)
        for canvas, name in enumerate(("clip1", "clip2")):
            shown = pixels(page, canvas).astype(int)
            size = shown.shape[1::-1]
            away = [np.abs(cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC) - shown).mean()
                    for frame in sample[name].astype(np.float32)]  # fmt: skip
            assert np.argmin(away) == t and away[t] < 8
            switch(page, "boxes", True)
            marked = pixels(page, canvas).astype(int)
            zoom = size[0] / 64
            for number, box in enumerate(over.boxes[:, t]):
                if np.isnan(box).any():
                    continue
                x1, y1, x2, y2 = box * zoom
                inside = [(x, y) for x, y in ((x1, (y1 + y2) / 2), (x2, (y1 + y2) / 2), ((x1 + x2) / 2, y1))
                          if 4 < x < size[0] - 4 and 4 < y < size[1] - 4]  # fmt: skip
                for x, y in inside:
                    near = marked[round(y) - 3 : round(y) + 4, round(x) - 3 : round(x) + 4]
                    assert np.abs(near - COLORS[number]).sum(-1).min() < 180, (t, name, number)
            changed = np.abs(marked - shown).sum(-1) > 30
            assert 0 < changed.mean() < 0.25
            switch(page, "boxes", False)


def test_each_overlay_is_switched_by_itself(look: Open, tubelets: Path) -> None:
    page = look(tubelets)
    every = ["outlines", "boxes", "paths", "tracks", "masks"]
    assert [label.strip() for label in page.locator("#layers label").all_inner_texts()] == every
    for layer in every:
        switch(page, layer, False)
    bare, seen = pixels(page, 0), []
    for layer in every:
        switch(page, layer, True)
        if layer == "masks":
            until(page, "Array.from(seen).every((view) => view.mask?.image.complete && view.shown !== null)")
            page.evaluate("new Promise(requestAnimationFrame)")
        seen.append(pixels(page, 0))
        switch(page, layer, False)
        assert (pixels(page, 0) == bare).all()
    assert all((one != bare).any() for one in seen)
    assert len({one.tobytes() for one in seen}) == len(every)


def test_filters_narrow_and_histograms_follow(look: Open, nights: Path) -> None:
    page = look(nights)
    shards = load(nights)
    walking = [sample["index"] for sample in shards if sample["labels"] == ["walking"]]
    assert page.locator("#count").inner_text() == "12 of 12 samples"
    before = bars(page, "y_after")
    page.get_by_label("walking").check()
    assert cards(page) == walking and page.locator("#count").inner_text() == "6 of 12 samples"
    after = bars(page, "y_after")
    assert sum(after) == pytest.approx(sum(before) / 2) and all(a <= b for a, b in zip(after, before, strict=True))
    # A column counts what passes all other filters: its own would leave one bar.
    counts = page.locator(".facet", has_text="labels").locator(".number").all_inner_texts()
    assert counts == ["6", "6"]

    least = page.get_by_label("Least y_after")
    middle = sorted(sample["y_after"] for sample in shards)[6]
    least.focus()
    while float(least.input_value()) < middle:
        page.keyboard.press("ArrowRight")
    low = float(least.input_value())
    assert cards(page) == [s["index"] for s in shards if s["labels"] == ["walking"] and s["y_after"] >= low]
    page.get_by_role("button", name="Clear all filters").click()
    assert len(cards(page)) == 12 and bars(page, "y_after") == before

    page.get_by_label("Search all texts").fill("V03 walk")
    assert [shards[i]["sources"][0]["video_id"] for i in cards(page)] == ["walking/v03"]
    page.get_by_label("Search all texts").fill("nowhere")
    assert cards(page) == [] and page.locator("#nothing").is_visible()


def test_samples_are_sorted_by_any_column(look: Open, nights: Path) -> None:
    page = look(nights)
    values = {sample["index"]: sample["y_after"] for sample in load(nights)}
    page.get_by_label("Sort by").select_option("y_after")
    assert cards(page) == sorted(values, key=values.__getitem__)
    page.get_by_role("button", name="Descending").click()
    assert cards(page) == sorted(values, key=values.__getitem__, reverse=True)


def test_one_sample_large_with_all_that_is_known_of_it_by_keyboard(look: Open, tubelets: Path) -> None:
    page = look(tubelets)
    sample = load(tubelets)[1]
    page.locator(".card .open").nth(1).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    text = dialog.inner_text()
    for source in sample["sources"]:
        assert source["path"] in text and source["sha256"][:12] in text
    assert "36 numbers, " in text  # an affine: 6 frames of 2 x 3
    assert dialog.locator("canvas").count() == 2 and dialog.get_by_role("button", name="Play").is_visible()
    page.keyboard.press("ArrowRight")
    until(page, "at('frame').textContent === '2 / 6'")
    page.keyboard.press("n")
    assert page.locator("#detail-title").inner_text().startswith("#2")
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    until(page, "document.activeElement.textContent === '#2'")
    assert page.get_by_role("button", name="Play").is_visible()


def test_markup_in_captions_and_paths_is_text(look: Open, hostile: Path, hostile_texts: tuple[str, ...]) -> None:
    page = look(hostile)
    assert page.locator("h1").inner_text() == "<b>hostile" and page.title().startswith("<b>hostile")
    titles = [" ".join(text.split()) for text in page.locator(".card .title").all_inner_texts()]
    assert sorted(titles) == sorted(" ".join(text.split()) for text in hostile_texts)
    for number in range(len(hostile_texts)):
        page.locator(".card").nth(number).locator(".open").click()
        assert "<img src=x onerror=pwned=1> " in page.get_by_role("dialog").inner_text()
        page.keyboard.press("Escape")
    assert page.evaluate("typeof pwned") == "undefined"
    assert page.locator("img, b, body script:not([type]) ~ script").count() == 0


def test_the_page_may_not_reach_the_network_nor_run_other_scripts(browser: Any, orders: Path, tmp_path: Path) -> None:
    list(write_previews(orders, [tmp_path / "page.html"]))
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    with socket.create_server(("127.0.0.1", 0)) as server:
        page.evaluate(
            """(address) => {
                window.refused = [];
                document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
                document.body.append(Object.assign(new Image(), { src: `${address}/x.png` }));
                document.body.append(Object.assign(document.createElement("script"), { textContent: "pwned = 1" }));
                return fetch(address).catch(() => 0);
            }""",
            f"http://127.0.0.1:{server.getsockname()[1]}",
        )
        until(page, "refused.length >= 3")
        assert set(page.evaluate("refused")) == {"img-src", "script-src-elem", "connect-src"}
        assert page.evaluate("typeof pwned") == "undefined"
        server.settimeout(0.3)
        with pytest.raises(TimeoutError):
            server.accept()
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_can_be_read_on_a_phone_and_at_night(look: Open, nights: Path, width: int, scheme: str) -> None:
    page = look(nights, width=width, height=740, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("at('filters').open") == (width > 800)
    colors = page.evaluate("""() => ["backgroundColor", "color"].map((name) => getComputedStyle(document.body)[name])
        .concat(getComputedStyle(at("about")).color, getComputedStyle(at("more")).color)""")
    paper, *inks = (luminance(color) for color in colors)
    assert (paper > 0.8) if scheme == "light" else (paper < 0.05)
    for ink in inks:  # WCAG 2, level AA
        assert (max(paper, ink) + 0.05) / (min(paper, ink) + 0.05) >= 4.5
    page.locator(".card .open").first.click()
    assert page.evaluate("at('detail').scrollWidth <= innerWidth")


def luminance(color: str) -> float:
    values = np.array([int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")]) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_values_without_clips_are_shown_filtered_and_not_played(look: Open, darkness: Path) -> None:
    page = look(darkness)
    assert len(cards(page)) == 12 and not page.locator("#player").is_visible()
    shot = page.locator(".card canvas").first.screenshot()
    curve = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)
    assert (np.abs(curve - COLORS[1]).sum(-1) < 60).any()
    page.get_by_label("running").check()
    assert len(cards(page)) == 6


def test_a_part_of_the_samples_is_played_and_all_are_counted(look: Open, nights: Path) -> None:
    page = look(nights, samples=3)
    assert page.locator("#count").inner_text() == "12 of 12 samples, 3 of them in this file"
    assert cards(page) == [0, 6, 11]
    page.get_by_label("walking").check()
    assert page.locator("#count").inner_text().startswith("6 of 12 samples, ")
