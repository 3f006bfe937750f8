"""The picture of a split's matrix."""

from pathlib import Path

import numpy as np
from PIL import Image

from vidsynth.manifest import Manifest
from vidsynth.report.modality_matrix import write_matrix
from vidsynth.splits.modality import check

VERMILION = (213, 94, 0)


def drawn(file: Path, tested: list[str]) -> np.ndarray:
    shown = [["rgb"], ["audio"], ["rgb", "flow"], tested]
    columns = {"path": list("abcd"), "split": ["train"] * 3 + ["test"], "modalities": shown}
    write_matrix(file, check(Manifest.from_columns(columns, "nowhere"), allow_covered=True))
    with Image.open(file) as picture:
        return np.asarray(picture.convert("RGB"))


def test_unseen_sets_are_drawn_in_vermilion_and_a_picture_is_the_same_again(tmp_path: Path) -> None:
    unseen = drawn(tmp_path / "unseen.png", ["audio", "flow"])
    assert (unseen == VERMILION).all(-1).sum() > 100
    seen = drawn(tmp_path / "seen.png", ["rgb"])
    assert not (seen == VERMILION).all(-1).any()
    drawn(tmp_path / "again.png", ["rgb"])
    assert (tmp_path / "seen.png").read_bytes() == (tmp_path / "again.png").read_bytes()


def test_of_very_many_sets_the_commonest_are_drawn(tmp_path: Path) -> None:
    names = [f"m{bit}" for bit in range(7)]
    shown = [[name for bit, name in enumerate(names) if number >> bit & 1] for number in range(1, 128)]
    columns = {"path": [f"{n:03d}" for n in range(127)], "split": ["train"] * 126 + ["test"], "modalities": shown}
    write_matrix(tmp_path / "many.png", check(Manifest.from_columns(columns, "nowhere")))
    with Image.open(tmp_path / "many.png") as picture:
        assert picture.height < 3000
