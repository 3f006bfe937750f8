"""A data set against its annotation files."""

import json
import os
from typing import Any

import pytest

from vidsynth.errors import SourceError
from vidsynth.sources.check import check

HEADER = "label,youtube_id,time_start,time_end,split\n"
A, B, C, D = (f"{letter * 11}_000010_000020" for letter in "abcd")
CSV = HEADER + "".join(f"abseiling,{name[:11]},10,20,train\n" for name in (A, B, C, D)) + f"x,{A[:11]},soon,20,train\n"


def test_every_count_of_kinetics(lay: Any) -> None:
    root = lay(
        [f"train/abseiling/{A}.mp4", f"train_256/abseiling/{A}.mp4", f"train/abseiling/{B[:11]}.mp4", "train/x.mp4"],
        {"annotations/train.csv": CSV, f"train/abseiling/{C}.mp4": ""},
    )
    report = check("k400", root)
    assert (report.rows, report.expected, len(report.found)) == (4, 4, 3)
    assert report.missing == [D] and report.unexpected == ["train/x.mp4"]
    assert report.unreadable == {f"train/abseiling/{C}.mp4": "empty file (0 bytes)"}
    assert report.duplicates == {f"train/abseiling/{A}.mp4": [f"train_256/abseiling/{A}.mp4"]}
    assert [tuple(problem) for problem in report.problems] == [
        ("annotations/train.csv:6", A[:11], "dropped: its times 'soon' and '20' are no numbers")
    ]
    text = report.text()
    for line in ("expected    4 videos (4 annotated rows)", "found       3", "missing     1", "unreadable  1",
                 "unexpected  1", "duplicates  1", "problems    1 (1 dropped)"):  # fmt: skip
        assert line in text
    values = json.loads(json.dumps(report.to_json()))
    assert values["found"] == 3 and values["problems"][0]["where"] == "annotations/train.csv:6"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(lay: Any) -> None:
    root = lay([f"train/{A}.mp4"], {"train.csv": CSV})
    (root / f"train/{A}.mp4").chmod(0)
    assert check("k400", root).unreadable == {f"train/{A}.mp4": "no permission to read it"}


def test_what_has_no_annotations_cannot_be_checked(lay: Any) -> None:
    with pytest.raises(SourceError, match="no CSV with a column youtube_id"):
        check("k400", lay([f"train/{A}.mp4"], {}))
    with pytest.raises(SourceError, match="demo has no annotation files"):
        check("demo", lay([], {}))
    with pytest.raises(SourceError, match="no data set 'charade'; did you mean 'charades'"):
        check("charade")
