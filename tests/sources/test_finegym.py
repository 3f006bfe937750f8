"""FineGym: lists of clips with class numbers."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.sources.check import check

CLIPS = [f"A0xAXXysHUo_E_002184_002237_A_{start:04d}_{start + 1:04d}" for start in range(4)]
NUMBERS = (0, 6, 88, 98)
CATEGORIES = (
    "Clabel: 0; set: 1; Glabel: 1; (VT) round-off, flic-flac on\n"
    "Clabel: 6; set: 21; Glabel: 43; (FX) switch leap with 0.5 turn\n"
)


@pytest.mark.parametrize(
    ("name", "ending", "videos"),
    [
        ("annotations/gym99_{}_element_v1.1.txt", "", "subactions/{}.mp4"),
        ("annotations/gym99_{}_org.txt", "", "subactions/{}.mp4"),
        ("gym99_{}.txt", ".avi", "{}.avi"),
        ("gym99_{}_element.txt", "", "{}.mp4"),
    ],
)
def test_gym99_and_what_is_cut_from_it(lay: Any, by_id: Any, name: str, ending: str, videos: str) -> None:
    lines = [f"{clip}{ending} {number}\n" for clip, number in zip(CLIPS, NUMBERS, strict=True)]
    files = {name.format("train"): "".join(lines[:3]), name.format("val"): "".join(lines[3:])}
    root = lay([videos.format(clip) for clip in CLIPS], files)
    rows = by_id(source("gym99", root=root))
    assert {key: (row.split, row.labels) for key, row in rows.items()} == {
        clip: ("train" if number < 98 else "val", (str(number),)) for clip, number in zip(CLIPS, NUMBERS, strict=True)
    }
    lay([], {"gym99_categories.txt": CATEGORIES})
    assert by_id(source("fx-s1", root=root)).keys() == {CLIPS[1]}
    assert source("fx-s1", root=root)[0].labels == ("(FX) switch leap with 0.5 turn",)
    assert by_id(source("ub-s1", root=root)).keys() == {CLIPS[2]}


def test_gym288_has_lists_of_its_own(lay: Any) -> None:
    files = {"gym288_train_element_v1.1.txt": f"{CLIPS[0]} 287\n{CLIPS[1]} 288\n", "gym288_val_element.txt": ""}
    root = lay([f"{CLIPS[0]}.mp4"], files)
    manifest = source("gym288", root=root)
    assert len(manifest) == 1 and manifest.extras() == [{"class": 287}]
    assert [problem.what for problem in check("gym288", root).problems] == ["dropped: class '288' is none of 0..287"]
    with pytest.raises(SourceError, match=r"none of gym99_train_element_v1\.1\.txt"):
        source("gym99", root=root)
