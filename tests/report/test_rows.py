"""The contact sheet of a manifest's rows: the frames that a label is about, and the label above them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vidsynth.manifest import Manifest
from vidsynth.report import rows
from vidsynth.report.rows import write_rows_preview


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is handed to the sheet, which is written all the same."""
    seen: list[dict[str, Any]] = []

    def write(file: Path, samples: list[dict[str, Any]]) -> None:
        seen.extend(samples)
        write_preview(file, samples)

    write_preview = rows.write_preview
    monkeypatch.setattr(rows, "write_preview", write)
    return seen


def test_frames_are_those_that_the_label_is_about(
    tmp_path: Path, make_video: Callable[..., Path], numbers: Callable[[Any], list[int]], shown: list[dict[str, Any]]
) -> None:
    for name in "abc":
        make_video(tmp_path / f"{name}.mp4", frames=80, options={"crf": "10"})
    manifest = Manifest.from_columns(
        {
            "path": ["a.mp4", "b.mp4", "c.mp4", "c.mp4", "gone.mp4"],
            "video_id": ["a", "b", "c", "d", "e"],
            "split": ["train", "val", None, "train", "train"],
            "labels": [["press", "lift"], ["forward"], None, ["12"], None],
            "start_s": [None, 0.4, 0.0, 1.0, None],
            "end_s": [None, 2.0, None, 2.6, None],
            "bounds_s": [[0.0, 0.8, 1.6], None, None, None, None],
            "count": [2, None, None, None, None],
            "reversed": [None, True, None, None, None],
            "class": [4, 1, None, None, None],
            "boxes": [None, None, None, [[0.25, 0.25, 0.75, 0.75]], None],
        },
        tmp_path,
    )
    write_rows_preview(tmp_path / "rows.png", manifest)
    assert [sample["caption"] for sample in shown] == [
        "a   train   press, lift   class 4   count 2",
        "b   val   forward   class 1   reversed True",
        "c   no split   no label",
        "d   train   12",
    ]
    assert numbers(shown[0]["clip"]) == [0, 20, 40]
    assert numbers(shown[1]["clip"]) == [45, 40, 35, 30, 25, 20, 15, 10]
    assert numbers(shown[2]["clip"]) == list(range(0, 80, 10))
    boxed = shown[3]["clip"]
    drawn = (boxed[:, 12:36, 16:48] == np.array([230, 159, 0])).all(-1).any((1, 2))
    assert drawn.tolist() == [False] * 4 + [True] + [False] * 3
    with Image.open(tmp_path / "rows.png") as picture:
        assert picture.width == 100 + 8 * 164
