"""The picture of a label shift."""

from pathlib import Path

import numpy as np
from PIL import Image

from vidsynth.report.label_shift import write_label_shift
from vidsynth.splits.domain import label_shift

SOURCE, TARGET = (0, 114, 178), (230, 159, 0)


def bars(file: Path, color: tuple[int, int, int]) -> int:
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    return int((np.abs(pixels - color).sum(-1) < 12).sum())


def test_bars_are_as_long_as_shares(tmp_path: Path) -> None:
    write_label_shift(tmp_path / "a.png", label_shift({"a": 3, "b": 1}, {"a": 1, "b": 3}), title="a")
    write_label_shift(tmp_path / "b.png", label_shift({"a": 3, "b": 1}, {"b": 4}), title="b")
    for file in (tmp_path / "a.png", tmp_path / "b.png"):
        assert 0.9 < bars(file, SOURCE) / bars(file, TARGET) < 1.1  # shares add up to 1 on either side
    write_label_shift(tmp_path / "again.png", label_shift({"a": 3, "b": 1}, {"a": 1, "b": 3}), title="a")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "again.png").read_bytes()


def test_many_classes_and_new_ones_are_drawn(tmp_path: Path) -> None:
    source = {f"c{n:03d}": n for n in range(157)}
    write_label_shift(tmp_path / "a.png", label_shift(source, {"c000": 5, "c100": 1}), title="157 classes")
    with Image.open(tmp_path / "a.png") as picture:
        assert 1500 < picture.height < 3000
