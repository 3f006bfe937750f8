"""The contact sheet: clips in rows, tubelets' outlines where the pixels are."""

from pathlib import Path

import numpy as np
from PIL import Image

from vidsynth.compositing import Tubelet, overlay
from vidsynth.report.preview import contact_sheet, write_preview


def sample(frames: int = 16, height: int = 112, width: int = 112) -> dict[str, object]:
    affine = np.tile(np.eye(2, 3), (frames, 1, 1))
    affine[:, 0, 2] = np.linspace(10, width - 40, frames)
    affine[:, 1, 2] = 20
    patch = np.full((16, 24, 4), 255, np.uint8)
    shown = np.full(frames, 255, np.uint8)
    clip = overlay(np.zeros((frames, height, width, 3), np.uint8), [Tubelet(patch, affine, shown)])
    plan = {"tubelets": [{"affine": affine.ravel().tolist(), "box": [0, 0, 24, 16], "opacity": shown.tolist()}]}
    sources = [{"video_id": "one"}, {"video_id": "two"}]
    return {"index": 3, "plan": plan, "sources": sources, "clip1": clip, "clip2": clip}


def test_outlines_lie_around_the_pixels_of_their_tubelet() -> None:
    sheet = contact_sheet([sample()]).astype(int)
    assert sheet.shape == (18 + 2 * 164 + 8, 8 * 164, 3)
    zoom = 160 / 112
    for column, t in enumerate(np.linspace(0, 15, 8).round().astype(int)):
        cell = sheet[18 : 18 + 160, 164 * column : 164 * column + 160]
        left = np.linspace(10, 72, 16)[t] * zoom
        colored = (np.abs(cell - [230, 159, 0]).sum(axis=2) < 150) & (np.arange(160) > left - 3)
        rows, columns = np.nonzero(colored[:, : int(left + 24 * zoom + 4)])
        assert abs(rows.min() - 20 * zoom) < 3 and abs(rows.max() - 36 * zoom) < 3
        assert abs(columns.min() - left) < 3


def test_samples_of_any_form_fit_on_one_sheet(tmp_path: Path) -> None:
    bare = sample(1, 30, 64) | {"plan": {"tubelets": []}}
    write_preview(tmp_path / "preview.png", [sample(), bare])
    with Image.open(tmp_path / "preview.png") as picture:
        assert picture.size == (8 * 164, 18 + 2 * 164 + 8 + 18 + 2 * (75 + 4) + 8)


def test_the_same_samples_make_the_same_file(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_preview(tmp_path / name, [sample()])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_hidden_tokens_are_grey_in_a_row_of_their_own() -> None:
    clip = np.full((4, 32, 48, 3), 250, np.uint8)
    mask = np.zeros((2, 2, 3), np.uint8)
    mask[1, 0, 2] = 1  # times 2 and 3, the top right
    sheet = contact_sheet([{"index": 0, "sources": [], "key": "k", "clip": clip, "token_mask": mask}])
    height, width = 107, 160  # 32 x 48 enlarged
    whole, hidden = sheet[18 : 18 + height], sheet[18 + height + 4 : 18 + 2 * height + 4]
    assert (whole[:, :width] == 250).all()
    for t in range(4):
        cell = hidden[:, 164 * t : 164 * t + width]
        assert (cell[5:45, 112:155] == (128 if t >= 2 else 250)).all()
        assert (cell[60:] == 250).all() and (cell[:, :100] == 250).all()


def test_titles_tell_the_caption_and_the_seconds_that_clips_come_from() -> None:
    def title(**facts: object) -> bytes:
        clip = np.zeros((1, 40, 400, 3), np.uint8)
        return contact_sheet([{"index": 0, "key": "k", "sources": [], "clip": clip} | facts])[:18].tobytes()

    origin = [{"video_id": "v", "times": [0.5, 1.5]}]
    titles = [title(), title(caption="c"), title(sources=origin), title(sources=origin, caption="c")]
    assert len(set(titles)) == 4
    assert title(sources=[{"video_id": "v", "times": [1.5, 0.5]}]) == titles[2]


def test_sound_is_shown_by_its_spectrum_low_below(tmp_path: Path) -> None:
    spectrum = np.zeros((40, 100), np.float32)
    spectrum[:10] = 1  # the lowest quarter is loud
    sound = {"index": 0, "plan": {}, "sources": [{"video_id": "a"}], "labels": ["cut"], "features": spectrum}
    sheet = contact_sheet([sound]).astype(int)
    assert sheet.shape == (18 + 164 + 8, 8 * 164, 3)
    brightness = sheet[18 : 18 + 160, : 8 * 164 - 8].sum((1, 2))
    assert brightness[:118].max() < brightness[122:].min()
    write_preview(tmp_path / "preview.png", [sound])
    assert (tmp_path / "preview.png").exists()
    write_preview(tmp_path / "preview.png", [sound | {"features": np.zeros(3, np.float32)}])
    assert not (tmp_path / "preview.png").exists()
