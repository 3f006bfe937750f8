"""NTU RGB+D: everything stands in the name."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.sources.check import check
from vidsynth.sources.ntu60 import CLASSES, TRAINING_PERFORMERS


def test_two_ways_to_split(lay: Any, by_id: Any) -> None:
    videos = ["nturgb+d_rgb/S001C001P001R001A001_rgb.avi", "nturgb+d_rgb/S017C003P003R002A060_rgb.avi"]
    others = ["S018C001P001R001A001_rgb.avi", "S001C001P001R001A061_rgb.avi", "holiday.mp4"]
    root = lay([*videos, *others], {})
    manifest = source("ntu60", root=root)
    rows = by_id(manifest)
    assert {name: (row.split, row.labels) for name, row in rows.items()} == {
        "S001C001P001R001A001": ("train", ("drink water",)),
        "S017C003P003R002A060": ("test", ("walking apart from each other",)),
    }
    assert manifest.extras()[1] == {"setup": 17, "camera": 3, "performer": 3, "replication": 2, "action": 60}
    rows = by_id(source("ntu60-xview", root=root))
    assert [row.split for row in rows.values()] == ["test", "train"]
    assert check("ntu60", root).unexpected == sorted(others)
    assert len(CLASSES) == len(set(CLASSES)) == 60 and len(TRAINING_PERFORMERS) == 20


def test_another_folder_is_refused(lay: Any) -> None:
    with pytest.raises(SourceError, match="none of the 0 videos of ntu60 is under this folder"):
        source("ntu60", root=lay(["holiday.mp4"], {}))
