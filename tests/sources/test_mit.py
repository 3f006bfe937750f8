"""Moments in Time: lists without a header; names that need their folder."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.sources.check import check

FILES = {
    "trainingSet.csv": "blocking/getty-karate-video-id635808620_4.mp4,blocking,3,0\n"
    "adult+female+singing/0P3XG_vf91c_35.mp4,adult+female+singing,4,1\n",
    "validationSet.csv": "yawning/getty-karate-video-id635808620_4.mp4,yawning,2,2\nflying/x_1.mp4,flying,1,1\n",
    "moments_categories.txt": "blocking,0\nadult+female+singing,1\nyawning,2\n",
}  # fmt: skip
OFFICIAL = [
    "training/blocking/getty-karate-video-id635808620_4.mp4",
    "training/adult+female+singing/0P3XG_vf91c_35.mp4",
    "validation/yawning/getty-karate-video-id635808620_4.mp4",
]  # fmt: skip


@pytest.mark.parametrize(("prefix", "folder"), [("", ""), ("videos/", "annotations/")])
def test_a_name_counts_with_its_folder(lay: Any, by_id: Any, prefix: str, folder: str) -> None:
    root = lay([prefix + name for name in OFFICIAL], {folder + name: text for name, text in FILES.items()})
    manifest = source("mit", root=root)
    rows = by_id(manifest)
    assert {name: (row.split, row.labels, row.path) for name, row in rows.items()} == {
        "blocking/getty-karate-video-id635808620_4": ("train", ("blocking",), prefix + OFFICIAL[0]),
        "adult+female+singing/0P3XG_vf91c_35": ("train", ("adult+female+singing",), prefix + OFFICIAL[1]),
        "yawning/getty-karate-video-id635808620_4": ("val", ("yawning",), prefix + OFFICIAL[2]),
    }
    assert manifest.extras()[0] == {"agree": 4, "disagree": 1}
    report = check("mit", root)
    assert [problem.what for problem in report.problems] == ["dropped: class 'flying' is not in moments_categories.txt"]
    assert not report.duplicates and not report.unexpected


def test_flat_copies_are_found_by_name(lay: Any) -> None:
    root = lay(["0P3XG_vf91c_35.mp4"], FILES)
    assert source("mit", root=root)[0].path == "0P3XG_vf91c_35.mp4"
