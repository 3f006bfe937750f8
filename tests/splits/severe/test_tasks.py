"""Multi-label, repetition counting and detection: rows from annotations."""

import math
from typing import Any

import numpy as np
import pytest

from vidsynth.errors import DecodeError, SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe import detections, label_vectors, multi_label, repetitions
from vidsynth.splits.severe.detection import parse_boxes
from vidsynth.splits.severe.repetition import Repetitions, parse_repetitions


def actions(**columns: list[Any]) -> Manifest:
    base: dict[str, list[Any]] = {
        "video_id": ["A_000", "A_001", "A_002", "B_000"],
        "path": ["A.mp4", "A.mp4", "A.mp4", "B.mp4"],
        "split": ["train", "train", "train", "test"],
        "start_s": [2.0, 0.5, 8.0, 1.0],
        "end_s": [4.0, 6.0, 9.0, 3.0],
        "labels": [["Sitting"], ["Holding a book"], ["Sitting"], ["Holding a book"]],
        "video": ["A", "A", "A", "B"],
        "class": ["c151", "c026", "c151", "c026"],
    }
    return Manifest.from_columns(base | columns, "nowhere")


def test_a_video_has_all_the_classes_of_its_actions() -> None:
    made = multi_label(actions())
    assert made.table["video_id"].to_pylist() == ["A", "B"] and made.table["split"].to_pylist() == ["train", "test"]
    assert made.table["labels"].to_pylist() == [["Holding a book", "Sitting"], ["Holding a book"]]
    assert made.table["end_s"].to_pylist() == [None, None]
    first, _ = made.extras()
    assert first["classes"] == [26, 151]
    assert first["actions"] == [[26, 0.5, 6.0], [151, 2.0, 4.0], [151, 8.0, 9.0]]
    vectors = label_vectors(made)
    assert vectors.shape == (2, 157) and vectors.dtype == np.uint8
    assert [np.flatnonzero(row).tolist() for row in vectors] == [[26, 151], [26]]


def test_videos_without_any_action_are_there_if_they_are_given() -> None:
    videos = Manifest.from_columns(
        {"path": ["A.mp4", "B.mp4", "C.mp4"], "split": ["train", "test", "train"], "length_s": [30.5, 10.0, 20.0]}, "."
    )
    made = multi_label(actions(), videos)
    assert [extra["classes"] for extra in made.extras()] == [[26, 151], [26], []]
    assert [extra["length_s"] for extra in made.extras()] == [30.5, 10.0, 20.0]
    assert label_vectors(made).sum(1).tolist() == [2, 1, 0]
    with pytest.raises(SourceError, match="1 videos with annotated actions, such as B, are not among the videos"):
        multi_label(actions(), videos.take([0, 2]))


def test_rows_that_are_no_actions_are_refused() -> None:
    with pytest.raises(SourceError, match="row 1: A_000: is no annotated action"):
        multi_label(actions(**{"class": ["sitting", "c026", "c151", "c026"]}))
    with pytest.raises(SourceError, match=r"row 1: A: classes \[26, 151\] are not all below 100"):
        label_vectors(multi_label(actions()), 100)


TEXT = """v_BenchPress_g01_c01
1 36 122


v_BenchPress_g21_c03
10 44 144 150

v_BenchPress_g22_c01
0
"""


def test_annotated_repetitions_are_read() -> None:
    first, second = parse_repetitions(TEXT, "BenchPress.txt")
    assert first == Repetitions("v_BenchPress_g01_c01", (1, 36, 122))
    assert (first.count, first.split, second.count, second.split) == (2, "train", 3, "val")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("v_BenchPress_g01_c01\n", "a.txt:1: 'v_BenchPress_g01_c01': a name without its line of frames"),
        ("BenchPress\n1 2 3\n", "a.txt:1: 'BenchPress': not a name"),
        ("v_BenchPress_g01_c01\n1 x 3\n", "a.txt:1: 'v_BenchPress_g01_c01': not a name"),
        ("v_BenchPress_g01_c01\n1 5 5\n", "do not ascend"),
        ("v_BenchPress_g01_c01\n0 5 8\n", "do not ascend from 1"),
    ],
)
def test_damaged_repetitions_are_said(text: str, what: str) -> None:
    with pytest.raises(SourceError, match=what.replace("(", r"\(")):
        parse_repetitions(text, "a.txt")


def test_an_annotated_video_becomes_its_repeating_part_with_a_count() -> None:
    def seconds_of(path: str, frames: np.ndarray) -> np.ndarray:
        if "g21" in path:
            raise DecodeError(path, "no video stream")
        return frames / 25

    source = Manifest.from_columns(
        {
            "path": [f"BenchPress/v_BenchPress_{name}.avi" for name in ("g01_c01", "g21_c03", "g05_c01")],
            "labels": ["BenchPress"] * 3,
            "split": ["train", "test", "train"],
        },
        "nowhere",
    )
    annotated = [*parse_repetitions(TEXT, "a"), Repetitions("v_Rowing_g01_c01", (1, 2, 3))]
    made, unread = repetitions(source, annotated, seconds_of)
    assert unread == {"v_BenchPress_g21_c03": "no video stream"}
    (row,), (extra,) = [made[0]], made.extras()
    assert (row.split, row.start_s, row.end_s, row.labels) == ("train", 0.0, 122 / 25, ("BenchPress",))
    assert extra == {"count": 2, "bounds": [1, 36, 122], "bounds_s": [0.0, 35 / 25, 121 / 25]}
    with pytest.raises(SourceError, match="none of the 1 annotated videos can be read"):
        repetitions(source, annotated[-1:], seconds_of)


BOXES = """v-1,0902,0.077,0.151,0.283,0.811,80,1
v-1,0902,0.077,0.151,0.283,0.811,12,1
v-1,0902,0.332,0.194,0.481,0.891,12,0
v-1,0901,0.332,0.194,0.481,0.891,12,0
v-2,1798,0.0,0.0,1.0,1.0,3,7
"""


def test_key_frames_are_clips_with_boxes() -> None:
    source = Manifest.from_columns({"path": ["v-1.mkv", "v-2.mp4", "v-3.mp4"]}, "nowhere")
    made = detections(source, {"train": parse_boxes(BOXES, "b")})
    assert made.table["video_id"].to_pylist() == ["v-1/0902", "v-2/1798"]  # 0901 is before the first that is used
    row, extra = made[0], made.extras()[0]
    assert row.path == "v-1.mkv" and row.labels == ("12", "80")
    assert math.isclose(row.start_s, 2 - 32 / 30) and math.isclose(row.end_s or 0, 2 + 32 / 30)
    assert extra["boxes"] == [[0.077, 0.151, 0.283, 0.811], [0.332, 0.194, 0.481, 0.891]]
    assert extra["actions"] == [[80, 12], [12]] and extra["persons"] == [1, 0]
    whole = detections(source, {"train": parse_boxes(BOXES, "b")}, cut_s=0, span_s=2)
    assert (whole[0].start_s, whole[0].end_s) == (901.0, 903.0)


def test_wrong_boxes_are_said() -> None:
    for line in (
        "v,902,0,0,1,1,3",
        "v,902,0.5,0,0.4,1,3,1",
        "v,x,0,0,1,1,3,1",
        "v,902,0,0,1,nan,3,1",
        "v,902,0,0,2,1,3,1",
    ):
        with pytest.raises(SourceError, match=r"b:2: .*: not video,second,x1,y1,x2,y2,action,person"):
            parse_boxes(f"\n{line}\n", "b")
    source = Manifest.from_columns({"path": ["v-1.mkv"]}, "nowhere")
    with pytest.raises(SourceError, match="holds none of the annotated videos"):
        detections(Manifest.from_columns({"path": ["x.mkv"]}, "."), {"train": parse_boxes(BOXES, "b")})
    with pytest.raises(SourceError, match="the key frame at 902 s lies before the files' begin at 1000 s"):
        detections(source, {"train": parse_boxes(BOXES, "b")}, cut_s=1000)
