"""ActivityNet: videos and their classes; sentences and their seconds."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.sources.check import check

A, B, C = "QOlSCBRmfWY", "-5KAycAQlC4", "sJHUhMGDIUg"
DATABASE = {
    "version": "VERSION 1.3",
    "taxonomy": [
        {"parentName": "Root", "nodeName": "Ballet", "nodeId": 1, "parentId": 0},
        {"parentName": "Root", "nodeName": "Zumba", "nodeId": 2, "parentId": 0},
    ],
    "database": {
        A: {
            "duration": 82.73, "subset": "training", "resolution": "1920x1080",
            "url": f"https://www.youtube.com/watch?v={A}",
            "annotations": [
                {"segment": [6.19, 30.5], "label": "Ballet"}, {"segment": [31.0, 76.1], "label": "Ballet"},
                {"segment": [1.0, 2.0], "label": "Chess"},
            ],
        },
        B: {"duration": 12.0, "subset": "validation", "resolution": "x", "url": "", "annotations": []},
        C: {"duration": 9.5, "subset": "testing", "resolution": "x", "url": "", "annotations": []},
        "lost": {"duration": 9.5},
    },
}  # fmt: skip
FILES = {"annotations/activity_net.v1-3.min.json": DATABASE}
CAPTIONS = {
    "captions/train.json": {
        f"v_{A}": {
            "duration": 82.73, "timestamps": [[0.83, 19.86], [60.0, 90.0], [5.0, 2.0]],
            "sentences": ["A dancer bows.", " She turns.", " Nothing."],
        }
    },
    "captions/val_1.json": {f"v_{B}": {"duration": 12.0, "timestamps": [[0, 12]], "sentences": ["One."]}},
    "captions/val_2.json": {f"v_{B}": {"duration": 12.0, "timestamps": [[0, 6], [6, 12]], "sentences": ["Two."]}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("videos", "pattern"),
    [
        ([f"videos/v_{A}.mp4", f"videos/v_{B}.mkv", f"videos/v_{C}.webm"], "videos/*{.mkv,.mp4,.webm}"),
        ([f"{A}.mp4", f"{B}.mp4", f"{C}.mp4"], "*.mp4"),
        ([f"v1-3/train_val/v_{A}.mp4", f"v1-3/train_val/v_{B}.mp4", f"v1-3/test/v_{C}.mp4"],
         "v1-3/{test,train_val}/*.mp4"),
    ],
)  # fmt: skip
def test_a_video_is_a_row(lay: Any, by_id: Any, videos: list[str], pattern: str) -> None:
    manifest = source("activitynet", root=lay(videos, FILES))
    rows = by_id(manifest)
    assert manifest.about["layout"] == pattern
    assert {name: (row.split, row.labels) for name, row in rows.items()} == {
        A: ("train", ("Ballet",)), B: ("val", ()), C: ("test", ())
    }  # fmt: skip
    (segments,) = [extra["segments"] for extra in manifest.extras() if "segments" in extra]
    assert segments[0] == [6.19, 30.5, "Ballet"]


def test_a_sentence_is_a_row(lay: Any, by_id: Any) -> None:
    root = lay([f"v_{A}.mp4", f"v_{B}.mp4"], CAPTIONS)
    rows = by_id(source("activitynet-captions", root=root))
    assert list(rows) == [f"v_{B}_val_1_000", f"v_{B}_val_2_000", f"v_{A}_000", f"v_{A}_001"]
    assert rows[f"v_{A}_001"].text == "She turns."
    assert (rows[f"v_{A}_001"].start_s, rows[f"v_{A}_001"].end_s) == (60.0, 82.73)
    assert rows[f"v_{B}_val_1_000"].split == "val_1"
    problems = check("activitynet-captions", root).problems
    assert [(problem.where, problem.what) for problem in problems] == [
        (f"captions/train.json:v_{A}/2", "dropped: starts at 5 s and ends at 2 s"),
        (f"captions/val_2.json:v_{B}/1", "dropped: a sentence without its times, or times without a sentence"),
        (f"captions/train.json:v_{A}/1", "clamped: ends at 90 s, its video at 82.73 s"),
    ]


def test_what_makes_no_sense_is_listed(lay: Any) -> None:
    report = check("activitynet", lay([f"v_{A}.mp4"], FILES))
    assert [(problem.video_id, problem.what) for problem in report.problems] == [
        ("lost", "dropped: it has no subset training, validation or testing"),
        (A, "left out: class 'Chess', which the taxonomy does not have"),
    ]
    assert report.missing == [f"v_{B}", f"v_{C}"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "not readable as JSON"), ("[]", "holds list, not the dict"), ("{}", "no object `database`"),
     ("[" * 100_000, "not readable as JSON")],
)  # fmt: skip
def test_another_file_of_that_name_is_refused(lay: Any, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        source("activitynet", root=lay([], {"activity_net.v1-3.min.json": text}))
    with pytest.raises(SourceError, match="are these captions"):
        source("activitynet-captions", root=lay([], {"train.json": {"v_x": {}}}))
