"""The contact sheet: clips in rows with their names, tubelets' outlines where the pixels are."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vidsynth.compositing import Tubelet, overlay
from vidsynth.report.preview import contact_sheet, write_preview
from vidsynth.report.preview.overlays import COLORS

LINE, MARGIN, CELL, GAP = 20, 100, 160, 4
WIDTH = MARGIN + 8 * (CELL + GAP)


def sample(frames: int = 16, height: int = 112, width: int = 112) -> dict[str, Any]:
    affine = np.tile(np.eye(2, 3), (frames, 1, 1))
    affine[:, 0, 2] = np.linspace(10, width - 40, frames)
    affine[:, 1, 2] = 20
    patch = np.full((16, 24, 4), 255, np.uint8)
    shown = np.full(frames, 255, np.uint8)
    clip = overlay(np.zeros((frames, height, width, 3), np.uint8), [Tubelet(patch, affine, shown)])
    plan = {"tubelets": [{"affine": affine.ravel().tolist(), "box": [0, 0, 24, 16], "opacity": shown.tolist()}]}
    sources = [{"video_id": "one"}, {"video_id": "two"}]
    return {"index": 3, "key": "00000003", "plan": plan, "sources": sources, "clip1": clip, "clip2": clip}


def test_outlines_lie_around_the_pixels_of_their_tubelet() -> None:
    sheet = contact_sheet([sample()]).astype(int)
    assert sheet.shape == (LINE + 2 * (CELL + GAP) + 2 * GAP, WIDTH, 3)
    zoom = CELL / 112
    for column, t in enumerate(np.linspace(0, 15, 8).round().astype(int)):
        x = MARGIN + (CELL + GAP) * column
        cell = sheet[LINE : LINE + CELL, x : x + CELL]
        left = np.linspace(10, 72, 16)[t] * zoom
        colored = (np.abs(cell - COLORS[0]).sum(axis=2) < 150) & (np.arange(CELL) > left - 3)
        rows, columns = np.nonzero(colored[:, : int(left + 24 * zoom + 4)])
        assert abs(rows.min() - 20 * zoom) < 3 and abs(rows.max() - 36 * zoom) < 3
        assert abs(columns.min() - left) < 3


def test_samples_of_any_form_fit_on_one_sheet(tmp_path: Path) -> None:
    bare = sample(1, 30, 64) | {"plan": {"tubelets": []}}
    write_preview(tmp_path / "preview.png", [sample(), bare])
    with Image.open(tmp_path / "preview.png") as picture:
        blocks = LINE + 2 * (CELL + GAP) + 2 * GAP, LINE + 2 * (75 + GAP) + 2 * GAP
        assert picture.size == (WIDTH, sum(blocks))


def test_the_same_samples_make_the_same_file(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_preview(tmp_path / name, [sample()])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_hidden_tokens_are_grey_in_a_row_of_their_own() -> None:
    clip = np.full((4, 32, 48, 3), 250, np.uint8)
    mask = np.zeros((2, 2, 3), np.uint8)
    mask[1, 0, 2] = 1  # times 2 and 3, the top right
    sheet = contact_sheet([{"index": 0, "sources": [], "key": "k", "clip": clip, "token_mask": mask}])
    height, width = 107, CELL  # 32 x 48 enlarged
    whole, hidden = (sheet[top : top + height, MARGIN:] for top in (LINE, LINE + height + GAP))
    assert (whole[:, :width] == 250).all()
    for t in range(4):
        cell = hidden[:, (CELL + GAP) * t : (CELL + GAP) * t + width]
        assert (cell[5:45, 112:155] == (128 if t >= 2 else 250)).all()
        assert (cell[60:] == 250).all() and (cell[:, :100] == 250).all()


def test_masks_are_tinted_in_the_colour_of_their_thing() -> None:
    clip = np.zeros((2, 40, 40, 3), np.uint8)
    masks = np.zeros((2, 2, 40, 40), np.uint8)
    masks[1, :, 10:30, 10:30] = 255
    sheet = contact_sheet([{"index": 0, "sources": [], "key": "k", "clip": clip, "masks": masks}])
    cell = sheet[LINE : LINE + CELL, MARGIN : MARGIN + CELL]
    assert np.abs(cell[50:110, 50:110].astype(int) - 0.45 * np.array(COLORS[1])).max() <= 1
    assert (cell[:35] == 0).all() and (cell[125:] == 0).all()


def test_masks_do_not_hide_what_outlines_show() -> None:
    shown = sample()
    masks = np.zeros((1, 16, 112, 112), np.uint8)
    masks[:, :, 60:, 60:] = 255
    assert (contact_sheet([shown | {"masks": masks}]) == contact_sheet([shown])).all()


def test_a_control_does_not_carry_the_boxes_of_what_it_leaves_out() -> None:
    clip = np.zeros((2, 40, 40, 3), np.uint8)
    boxes = np.tile(np.int16([5, 5, 30, 30]), (1, 2, 1))
    shown = {"index": 0, "sources": [], "key": "k", "video": clip, "control_video": clip, "boxes": boxes}
    sheet = contact_sheet([shown])
    video, control = (sheet[top : top + CELL, MARGIN : MARGIN + CELL] for top in (LINE, LINE + CELL + GAP))
    assert video.any() and not control.any()


@pytest.mark.parametrize("name", ["reversed_clip", "control_video"])
def test_a_clip_with_a_caption_of_its_own_shows_it(name: str) -> None:
    clip = np.zeros((1, 40, 40, 3), np.uint8)
    shown = {"index": 0, "sources": [], "key": "k", "caption": "a", name: clip}
    own = contact_sheet([shown | {f"{name.split('_')[0]}_caption": "b"}])
    assert len(own) == len(contact_sheet([shown])) + LINE
    assert (own[LINE : 2 * LINE, MARGIN:] < 128).any()


def test_titles_tell_the_caption_and_the_seconds_that_clips_come_from() -> None:
    def title(**facts: object) -> bytes:
        clip = np.zeros((1, 40, 400, 3), np.uint8)
        return contact_sheet([{"index": 0, "key": "k", "sources": [], "clip": clip} | facts])[:LINE].tobytes()

    origin = [{"video_id": "v", "times": [0.5, 1.5]}]
    titles = [title(), title(caption="c"), title(sources=origin), title(sources=origin, caption="c")]
    assert len(set(titles)) == 4
    assert title(sources=[{"video_id": "v", "times": [1.5, 0.5]}]) == titles[2]


def test_sound_is_shown_by_its_spectrum_low_below(tmp_path: Path) -> None:
    spectrum = np.zeros((40, 100), np.float32)
    spectrum[:10] = 1  # the lowest quarter is loud
    sound = {"index": 0, "key": "k", "plan": {}, "sources": [{"video_id": "a"}], "features": spectrum}
    sheet = contact_sheet([sound]).astype(int)
    assert sheet.shape == (LINE + CELL + GAP + 2 * GAP, WIDTH, 3)
    brightness = sheet[LINE : LINE + CELL, MARGIN : WIDTH - 8].sum((1, 2))
    assert brightness[:118].max() < brightness[122:].min()
    write_preview(tmp_path / "preview.png", [sound])
    assert (tmp_path / "preview.png").exists()
    write_preview(tmp_path / "preview.png", [sound | {"features": np.zeros(3, np.float32)}])
    assert not (tmp_path / "preview.png").exists()


def test_values_over_time_are_drawn_as_a_curve() -> None:
    times = [0.0, 0.1, 0.2, 0.3]

    def curve(values: list[float]) -> np.ndarray:
        sources = [{"video_id": "a", "times": times}]
        return contact_sheet([{"index": 0, "key": "k", "sources": sources, "y_frames": values}])[LINE:, MARGIN:]

    drawn = np.abs(curve([0.0, 10.0, 20.0, 30.0]).astype(int) - COLORS[1]).sum(2) < 60
    assert drawn.any()
    heights = [np.nonzero(drawn[:, x])[0].mean() for x in (50, 600, 1150)]
    assert heights[0] > heights[1] > heights[2]  # it rises
    with pytest.raises(ValueError, match="concatenate"):
        contact_sheet([])
