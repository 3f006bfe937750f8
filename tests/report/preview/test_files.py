"""Previews as files: animations that move, strips that can be cut up again, and what is refused."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from vidsynth import load
from vidsynth.errors import ShardError
from vidsynth.report.preview.files import write_previews
from vidsynth.report.preview.strips import LARGEST, clip_strip, mask_strip


@pytest.mark.parametrize(("name", "away"), [("a.webp", 8), ("a.gif", 12)])
def test_an_animation_shows_every_frame_plain_and_marked(
    tubelets: Path, tmp_path: Path, name: str, away: float
) -> None:
    (written,) = write_previews(tubelets, [tmp_path / name], samples=1)
    assert written == (tmp_path / name, 1, 12)
    sample = load(tubelets)[0]
    with Image.open(tmp_path / name) as file:
        assert file.n_frames == 6 and file.info["loop"] == 0
        for t, frame in enumerate(ImageSequence.Iterator(file)):
            shown = np.asarray(frame.convert("RGB")).astype(int)
            assert shown.shape == (20 + 120 + 4, 4 + 4 * 164, 3)
            first, marked = shown[20:140, 4:164], shown[20:140, 4 + 2 * 164 : 4 + 2 * 164 + 160]
            small = np.asarray(Image.fromarray(sample["clip1"][t]).resize((160, 120), Image.Resampling.BICUBIC))
            assert np.abs(first - small).mean() < away
            assert np.abs(first - marked).mean() > 1


def test_the_same_build_gives_the_same_files(tubelets: Path, tmp_path: Path) -> None:
    names = ["a.png", "a.webp", "a.gif", "a.html"]
    for folder in ("one", "two"):
        list(write_previews(tubelets, [tmp_path / folder / name for name in names], samples=2))
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_samples_that_do_not_move(darkness: Path, tmp_path: Path) -> None:
    files = [tmp_path / "a.png", tmp_path / "a.webp"]
    assert [file for file, _, _ in write_previews(darkness, files)] == files[:1]
    assert not files[1].exists()
    with pytest.raises(ShardError, match="do not move"):
        list(write_previews(darkness, files[1:]))


def test_nothing_is_lost_where_there_is_nothing_to_draw(nights: Path, tmp_path: Path, twelve: Path) -> None:
    from vidsynth import build, source
    from vidsynth.generators.darkness import DarknessStatistics

    out, kept = tmp_path / "out", tmp_path / "kept.png"
    build(
        DarknessStatistics(source(twelve), changes={"measure.frames": "key", "limit": 2}),
        out,
        workers=0,
        progress=False,
    )
    kept.write_bytes(b"someone's own")
    with pytest.raises(ShardError, match=r"hold nothing to draw; a page \(--html\) shows their values"):
        list(write_previews(out, [kept]))
    assert kept.read_bytes() == b"someone's own"
    with pytest.raises(ShardError, match="cannot be written"):
        list(write_previews(nights, [kept / "below.png"]))


def cells(strip: dict[str, Any]) -> np.ndarray:
    """Cut a strip up again, as the page does."""
    picture = Image.open(io.BytesIO(base64.b64decode(strip["src"].partition(",")[2])))
    sheet = np.asarray(picture.convert("RGBA" if "png" in strip["src"] else "RGB"))
    (px, py), (width, height) = strip["pitch"], strip["size"]
    corners = [((n // strip["across"]) * py, (n % strip["across"]) * px) for n in range(strip["frames"])]
    return np.stack([sheet[y : y + height, x : x + width] for y, x in corners])


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 20), st.integers(1, 60), st.integers(1, 60), st.data())
def test_masks_come_out_of_their_strip_as_they_went_in(
    count: int, height: int, width: int, data: st.DataObject
) -> None:
    seed = data.draw(st.integers(0, 1000))
    masks = (np.arange(count * height * width).reshape(count, height, width) * 7919 + seed) % 9 % 4
    out = cells(mask_strip(masks.astype(np.uint8), solid=False))
    assert ((out[..., 3] > 0) == (masks > 0)).all()
    colors = {tuple(out[masks == number][0]) for number in np.unique(masks[masks > 0])}
    assert len(colors) == len(np.unique(masks[masks > 0]))


@pytest.mark.parametrize("shape", [(1, 20, 30), (7, 33, 65), (16, 112, 112), (3, 300, 600)])
def test_frames_come_out_of_their_strip_untouched_by_their_neighbours(shape: tuple[int, int, int]) -> None:
    levels = (np.arange(shape[0]) * 97 % 256).astype(np.uint8)  # flat frames, each very different from the next
    strip = clip_strip(np.broadcast_to(levels[:, None, None, None], (*shape, 3)).copy())
    assert max(strip["size"]) == min(LARGEST, max(shape[1:]))
    assert np.abs(cells(strip).astype(int) - levels[:, None, None, None]).max() <= 3
