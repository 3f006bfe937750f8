"""EPIC-KITCHENS-100: actions by time, classes by number."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.sources.check import check

TIMES = "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,stop_frame"
HEADER = TIMES + ",narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes\n"
TRAIN = HEADER + (
    "P01_01_0,P01,P01_01,00:00:01.089,00:00:00.14,00:00:03.37,8,202,open door,open,3,door,3,['door'],[3]\n"
    "P01_01_1,P01,P01_01,00:00:02.629,00:01:04.37,00:01:06.17,262,370,turn on light,turn-on,6,light,0,['light'],[0]\n"
    "P01_01_2,P01,P01_01,00:00:03.0,00:01:07.00,00:01:05.00,1,2,wrong times,open,3,door,3,['door'],[3]\n"
    "P01_01_3,P01,P01_01,00:00:04.0,soon,00:01:05.00,1,2,no time,open,3,door,3,['door'],[3]\n"
    "P01_01_4,P01,P01_01,00:00:04.0,00:01:04.00,00:01:05.00,1,2,no class,open,97,door,3,['door'],[3]\n"
)
VAL = HEADER + (
    "P02_101_10,P02,P02_101,00:00:00.560,00:00:00.00,01:00:01.89,1,113,"
    "put down plate,put-down,6,plate,0,['plate'],[0]\n"
)
TEST = TIMES + "\nP03_03_0,P03,P03_03,00:00:02.851,00:00:02.86,00:00:03.87,143,193\n"
FILES = {
    "EPIC_100_train.csv": TRAIN,
    "EPIC_100_validation.csv": VAL,
    "EPIC_100_test_timestamps.csv": TEST,
    "EPIC_100_verb_classes.csv": "id,key,instances,category\n"
    "3,open,\"['open', 'pull-open']\",access\n6,turn-on,['turn-on'],x\n",
    "EPIC_100_noun_classes.csv": "id,key,instances,category\n"
    "0,tap,['tap'],appliances\n3,cupboard,\"['door', 'cupboard']\",furniture\n",
    "EPIC_100_video_info.csv": "video_id,duration,fps,resolution\n"
    "P01_01,1652.152817,59.94,1920x1080\nP02_101,243.72,50.0,1920x1080\n",
}
OFFICIAL = [f"EPIC-KITCHENS/{name[:3]}/videos/{name}.MP4" for name in ("P01_01", "P02_101", "P03_03")]
FLAT = [f"{name}.mp4" for name in ("P01_01", "P02_101", "P03_03")]


@pytest.mark.parametrize(
    ("videos", "pattern"), [(OFFICIAL, "EPIC-KITCHENS/{P01,P02,P03}/videos/*.MP4"), (FLAT, "*.mp4")]
)
@pytest.mark.parametrize("folder", ["epic-kitchens-100-annotations", "annotations", "."])
def test_an_action_is_a_row(lay: Any, by_id: Any, videos: list[str], pattern: str, folder: str) -> None:
    root = lay(videos, {f"{folder}/{name}": text for name, text in FILES.items()})
    manifest = source("epic100", root=root)
    assert manifest.about["layout"] == pattern
    rows = by_id(manifest)
    assert {name: row.split for name, row in rows.items()} == {
        "P01_01_0": "train", "P01_01_1": "train", "P02_101_10": "val", "P03_03_0": "test"
    }  # fmt: skip
    assert (rows["P01_01_1"].start_s, rows["P01_01_1"].end_s) == (64.37, 66.17)
    assert rows["P01_01_0"].labels == ("open", "cupboard") and rows["P01_01_0"].text == "open door"
    assert rows["P02_101_10"].end_s == 243.72
    extra = manifest.extras()
    assert extra[0] == {
        "participant_id": "P01", "video_id": "P01_01", "narration": "open door", "verb": "open", "noun": "door",
        "verb_class": 3, "noun_class": 3, "length_s": 1652.152817,
    }  # fmt: skip
    assert extra[3] == {"participant_id": "P03", "video_id": "P03_03"} and rows["P03_03_0"].labels == ()


def test_rows_without_sense_are_named(lay: Any) -> None:
    report = check("epic100", lay(OFFICIAL, FILES))
    assert [(problem.where, problem.what.partition(":")[0]) for problem in report.problems] == [
        ("EPIC_100_train.csv:4", "dropped"), ("EPIC_100_train.csv:5", "dropped"), ("EPIC_100_train.csv:6", "dropped"),
        ("EPIC_100_validation.csv:2", "clamped"),
    ]  # fmt: skip
    assert report.problems[2].what == "dropped: verb class '97' is not in the list of verb classes"


def test_the_test_timestamps_alone_need_no_classes(lay: Any) -> None:
    root = lay([], {"EPIC_100_test_timestamps.csv": TEST})
    assert source("epic100", root=root, annotated=True)[0].path == "P03_03.MP4"
    with pytest.raises(SourceError, match=r"no EPIC_100_verb_classes\.csv"):
        source("epic100", root=lay([], {"EPIC_100_train.csv": TRAIN}), annotated=True)
