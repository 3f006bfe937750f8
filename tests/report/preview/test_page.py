"""The page as a file: the same bytes twice, no larger than it may be, and only what a build holds."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vidsynth import load
from vidsynth.report.preview.chosen import Build
from vidsynth.report.preview.page import page


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def test_the_same_build_gives_the_same_page(tubelets: Path) -> None:
    text, count = page(Build(tubelets), 48)
    assert count == 12 and page(Build(tubelets), 48)[0] == text
    data = data_of(text)
    assert [sample["index"] for sample in data["samples"]] == list(range(12))
    assert all(len(column["values"]) == 12 for column in data["columns"])


def test_plans_alone_give_the_same_pictures(tubelets: Path, plans: Path) -> None:
    stored, rendered = (data_of(page(Build(out), 3)[0])["samples"] for out in (tubelets, plans))
    for one, other in zip(stored, rendered, strict=True):
        assert one["index"] == other["index"]
        assert one["layers"]["outlines"] == other["layers"]["outlines"]
        assert [clip["shape"] for clip in one["clips"]] == [clip["shape"] for clip in other["clips"]]


def test_it_keeps_to_its_size_with_samples_spread_over_the_build(tubelets: Path) -> None:
    whole, _ = page(Build(tubelets), 12)
    half = len(whole.encode()) * 6 // 10
    text, count = page(Build(tubelets), 12, most_bytes=half)
    assert len(text.encode()) <= half and 2 <= count < 12
    indices = [sample["index"] for sample in data_of(text)["samples"]]
    assert len(indices) == count and indices == sorted(indices) and indices[0] == 0 and max(indices) >= 8
    assert len(data_of(text)["columns"][0]["values"]) == 12  # what is not played is still counted


def test_long_texts_leave_room_for_pictures(nights: Path) -> None:
    without, _ = page(Build(nights), 0)
    text, count = page(Build(nights), 12, most_bytes=2 * len(without.encode()) - 200)
    assert len(text.encode()) < 2 * len(without.encode()) and count > 0
    assert len(data_of(text)["columns"][0]["values"]) == 6


def test_its_policy_names_its_own_style_and_script(orders: Path) -> None:
    text, _ = page(Build(orders), 2)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy and "default-src 'none'" in policy[1] and "unsafe" not in policy[1]
    for name, open_tag, close_tag in (("css", "<style>", "</style>"), ("js", "<script>", "</script>")):
        source = (resources.files("vidsynth") / f"report/page/page.{name}").read_text(encoding="utf-8")
        assert f"{open_tag}{source}{close_tag}" in text
        assert f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'" in policy[1]
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:|//)|@import|url\(""", text)


def test_no_text_of_a_build_becomes_markup(hostile: Path, hostile_texts: tuple[str, ...]) -> None:
    text, _ = page(Build(hostile), 48)
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.append(tag)

    Reader().feed(text)
    assert not {"img", "svg", "b"} & set(tags) and tags.count("script") == 2
    labels = next(column for column in data_of(text)["columns"] if column["name"] == "labels")
    assert sorted(label for (label,) in labels["values"]) == sorted(hostile_texts)
    assert not {"\u2028", "\u2029"} & set(text)


def test_what_it_tells_of_a_sample_is_what_the_shards_hold(nights: Path) -> None:
    data, shards = data_of(page(Build(nights), 12)[0]), load(nights)
    kinds = {column["name"]: column["kind"] for column in data["columns"]}
    assert kinds["labels"] == "words" and kinds["y_after"] == "number" and kinds["key"] == "text"
    about = {column["name"]: column["about"] for column in data["columns"]}
    assert about["exposure"] == "the share of the light that is left"
    for sample in data["samples"]:
        stored = shards[sample["row"]]
        assert sample["values"]["y_after"] == f"{stored['y_after']:.6g}"
        assert [source["path"] for source in sample["sources"]] == [stored["sources"][0]["path"]]
        assert sample["plan"]["clip"]["times"] == ", ".join(f"{time:.5g}" for time in stored["plan"]["clip"]["times"])


def test_values_over_time_stand_for_clips_where_there_are_none(darkness: Path) -> None:
    data, shards = data_of(page(Build(darkness), 4)[0]), load(darkness)
    for sample in data["samples"]:
        assert sample["clips"] == []
        np.testing.assert_allclose(sample["series"]["y_frames"], shards[sample["row"]]["y_frames"], atol=1e-3)


@pytest.mark.parametrize("name", ["html", "css", "js"])
def test_its_files_are_where_a_wheel_has_them(name: str) -> None:
    assert (resources.files("vidsynth") / f"report/page/page.{name}").is_file()
