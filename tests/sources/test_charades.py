"""Charades: three layouts, videos and actions, rows without sense."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.sources.check import check

HEADER = "id,subject,scene,quality,relevance,verified,script,objects,descriptions,actions,length\n"
TRAIN = HEADER + (
    '46GP8,HR43,Hallway,6,7,Yes,"A person cooks, and looks out.",food;stove,A person cooks.,'
    "c001 11.90 21.20;c000 0.00 30.60;c001 22.00 24.00,24.83\n"
    "N11GT,0KZ7,Stairs,6,7,Yes,Someone shakes a blanket.,broom,Someone sweeps.,c009 1.00 2.00;c000 5.00 4.00,18.33\n"
    "EMPTY,0KZ7,Stairs,6,7,No,Nothing happens.,,Nothing.,,10.00\n"
)
TEST = HEADER + "ABCDE,HR43,Hallway,6,7,Yes,A test.,,A test.,c000 1.00 2.50,12.00\n"
CLASSES = "c000 Holding some clothes\nc001 Putting clothes somewhere\n"
FILES = {"Charades_v1_train.csv": TRAIN, "Charades_v1_test.csv": TEST, "Charades_v1_classes.txt": CLASSES}
IDS = ("46GP8", "N11GT", "EMPTY", "ABCDE")

LAYOUTS = {
    "Charades_v1_480/*.mp4": ("Charades_v1_480", "Charades"),
    "videos/*.mp4": ("videos", "annotations"),
    "*.mp4": (".", "."),
}


@pytest.mark.parametrize("pattern", LAYOUTS)
def test_every_layout_gives_the_same_rows(lay: Any, by_id: Any, pattern: str) -> None:
    videos, annotations = LAYOUTS[pattern]
    root = lay([f"{videos}/{name}.mp4" for name in IDS], {f"{annotations}/{n}": text for n, text in FILES.items()})
    manifest = source("charades", root=root)
    rows = by_id(manifest)
    assert manifest.about["layout"] == pattern
    assert {name: row.split for name, row in rows.items()} == dict.fromkeys(IDS[:3], "train") | {"ABCDE": "test"}
    row = rows["46GP8"]
    assert row.labels == ("Putting clothes somewhere", "Holding some clothes")
    assert row.text == "A person cooks, and looks out." and row.end_s is None
    assert manifest.extras()[0]["length_s"] == 24.83
    assert rows["N11GT"].labels == ("Holding some clothes",) and rows["EMPTY"].labels == ()
    assert "Charades_v1_train.csv (sha256 " in manifest.about["annotations"]


def test_an_action_is_a_row_with_the_class_in_lower_case(lay: Any, by_id: Any) -> None:
    manifest = source("charades-actions", root=lay([f"{name}.mp4" for name in IDS], FILES))
    rows = by_id(manifest)
    assert list(rows) == ["46GP8_000", "46GP8_001", "46GP8_002", "ABCDE_000"]
    first = rows["46GP8_000"]
    assert (first.path, first.start_s, first.end_s) == ("46GP8.mp4", 11.9, 21.2)
    assert (first.labels, first.text) == (("Putting clothes somewhere",), "putting clothes somewhere")
    assert rows["46GP8_001"].start_s == 0.0 and rows["46GP8_001"].end_s == 24.83  # clamped to the video
    extra = manifest.extras()[0]
    assert extra == {"video": "46GP8", "action": 0, "class": "c001", "length_s": 24.83}
    assert manifest.about["annotation problems"] == "2 dropped, 1 clamped"


def test_the_check_names_file_and_line(lay: Any) -> None:
    root = lay(["46GP8.mp4", "other.mp4"], FILES)
    report = check("charades-actions", root)
    assert [tuple(problem) for problem in report.problems] == [
        ("Charades_v1_train.csv:3", "N11GT_000", "dropped: class 'c009' is not in Charades_v1_classes.txt"),
        ("Charades_v1_train.csv:3", "N11GT_001", "dropped: starts at 5 s and ends at 4 s"),
        ("Charades_v1_train.csv:2", "46GP8_001", "clamped: ends at 30.6 s, its video at 24.83 s"),
    ]
    assert (report.rows, report.expected, report.found) == (4, 2, ["46GP8.mp4"])
    assert report.missing == ["ABCDE"] and report.unexpected == ["other.mp4"]
    videos = check("charades", root)
    assert [problem.what for problem in videos.problems] == [
        "left out: class 'c009', which Charades_v1_classes.txt does not have"
    ]


def test_captions_and_times_need_no_video(lay: Any) -> None:
    manifest = source("charades-actions", root=lay([], FILES), annotated=True)
    assert [manifest[n].path for n in (0, 3)] == ["46GP8.mp4", "ABCDE.mp4"]
    assert len(source("charades-actions", root=lay([], FILES), annotated=True, split="test")) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: (root / "Charades_v1_classes.txt").unlink(), r"no Charades_v1_classes\.txt .* Charades\.zip"),
        (lambda root: [file.unlink() for file in root.glob("*.csv")], r"none of Charades_v1_train\.csv, Charades_v1_"),
        (
            lambda root: (root / "Charades_v1_train.csv").write_text("id,actions\na,\n"),
            r"Charades_v1_train\.csv: no column length \(it has id, actions\)",
        ),
        (lambda root: (root / "Charades_v1_train.csv").write_bytes(b"\xff\xfe\x00"), "not readable as CSV"),
        (
            lambda root: [file.unlink() for file in root.glob("*.mp4")],
            "none of the 4 videos of charades, such as 46GP8",
        ),
    ],
)
def test_what_cannot_be_read_is_said_with_its_mend(lay: Any, change: Callable[[Path], object], message: str) -> None:
    root = lay([f"{name}.mp4" for name in IDS], FILES)
    change(root)
    with pytest.raises(SourceError, match=message):
        source("charades", root=root)
