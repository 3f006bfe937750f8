"""HMDB51: a list a class and split."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.sources.check import check

A, B, C = (
    "April_09_brush_hair_u_nm_np1_ba_goo_0",
    "Faith_Rewarded_catch_f_cm_np1_fr_med_12",
    "#2_Gum_chew_h_nm_np1_fr_goo_3",
)
CLASS = {A: "brush_hair", B: "catch", C: "chew"}
USES = {1: {A: 1, B: 2, C: 0}, 2: {A: 2, B: 1, C: 1}, 3: {A: 0, B: 0, C: 2}}


def lists(folder: str) -> dict[str, str]:
    return {
        f"{folder}{label}_test_split{number}.txt": f"{name}.avi {uses[name]} \n"
        for number, uses in USES.items()
        for name, label in CLASS.items()
    }


@pytest.mark.parametrize(
    ("videos", "folder"),
    [("{label}/", "testTrainMulti_7030_splits/"), ("videos/{label}/", "annotations/"), ("", "")],
)
def test_three_splits_of_every_layout(lay: Any, by_id: Any, videos: str, folder: str) -> None:
    root = lay([f"{videos.format(label=label)}{name}.avi" for name, label in CLASS.items()], lists(folder))
    for name, uses in zip(("hmdb51", "hmdb51-2", "hmdb51-3"), USES.values(), strict=True):
        rows = by_id(source(name, root=root))
        assert {key: row.split for key, row in rows.items()} == {
            key: {0: None, 1: "train", 2: "test"}[use] for key, use in uses.items()
        }
        assert {key: row.labels for key, row in rows.items()} == {key: (label,) for key, label in CLASS.items()}


def test_what_is_no_list_is_said(lay: Any) -> None:
    report = check("hmdb51", lay([], {"chew_test_split1.txt": "a.avi 3\n"}))
    assert report.problems[0].what == "dropped: 'a.avi 3' ends in none of 0, 1 and 2"
    with pytest.raises(SourceError, match=r"no \*_test_split2\.txt here"):
        source("hmdb51-2", root=lay([], {}))
