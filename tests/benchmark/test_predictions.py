"""Files of predictions: what is read, and what is said of those that cannot be."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vidsynth.benchmark.predictions import Predictions
from vidsynth.errors import SourceError

ROWS = [{"id": "a", "caption": 0.5, "note": "x"}, {"id": "b", "caption": 0.25, "note": "y"}]


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.fixture(params=["csv", "jsonl", "parquet"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"p.{request.param}"
    if request.param == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path)
        return path
    lines = ["\ufeffid,caption,note", "a,0.5,x", "b,0.25,y"] if request.param == "csv" else map(json.dumps, ROWS)
    return written(path, "\n".join(lines) + "\n")


def test_every_form_gives_the_same_rows(file: Path) -> None:
    found = Predictions(file)
    assert found.columns == ("caption", "note") and list(found.rows) == ["a", "b"]
    assert found.number("b", "caption") == 0.25 and found.rows["a"]["note"] == "x"


FAULTY = [
    ("p.txt", "", "predictions end in .csv, .jsonl, .parquet, not '.txt'"),
    ("p.csv", "", "no predictions in it"),
    ("p.csv", "id,caption\n", "no predictions in it"),
    ("p.csv", "key,caption\na,1\n", "row 1: has no id (columns: key, caption)"),
    ("p.csv", "id,caption\n,1\n", "row 1: has no id"),
    ("p.csv", "id,caption\na,1\nb,1\na,2\nb,3\n", "a, b predicted more than once"),
    ("p.csv", "id,caption\na,1,2\n", "row 1: more cells than columns"),
    ("p.csv", "id,caption\na,\x00\xff", "must be a finite number"),
    ("p.jsonl", '{"id": "a"}\n[1]\n', "line 2 is not a JSON object"),
    ("p.jsonl", '{"id": "a"', "line 1 is not a JSON object"),
    ("p.parquet", "no parquet", "not readable as parquet"),
    ("p.csv", "id,caption\na,nan\n", "id a: caption must be a finite number, not 'nan'"),
    ("p.csv", "id,caption\na,high\n", "id a: caption must be a finite number, not 'high'"),
    ("p.csv", "id,caption\na\n", "id a: caption must be a finite number, not None"),
    ("p.jsonl", '{"id": "a", "caption": true}', "id a: caption must be a finite number, not True"),
]


@pytest.mark.parametrize(("name", "text", "why"), FAULTY)
def test_faults_are_named(tmp_path: Path, name: str, text: str, why: str) -> None:
    with pytest.raises(SourceError) as refused:
        Predictions(written(tmp_path / name, text)).number("a", "caption")
    assert why in str(refused.value) and "\n" not in str(refused.value)


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file of predictions"):
        Predictions(tmp_path / "p.csv")
    (tmp_path / "q.csv").write_bytes(b"id\n\xff\xfe\n")
    with pytest.raises(SourceError, match="not readable as csv"):
        Predictions(tmp_path / "q.csv")


def test_ids_must_be_those_wanted(tmp_path: Path) -> None:
    found = Predictions(written(tmp_path / "p.csv", "id\n" + "\n".join(f"video_{n}" for n in range(9))))
    found.check([f"video_{n}" for n in range(9)], "…")
    with pytest.raises(SourceError, match=r"no prediction for video_9, video_10; every id must be there"):
        found.check([f"video_{n}" for n in range(11)], "…")
    with pytest.raises(SourceError, match=r"video_2, video_3, video_4, video_5, video_6 \(and 2 more\); ids are keys"):
        found.check(["video_0", "video_1"], "ids are keys")
    with pytest.raises(SourceError, match=r"unknown id video_8; …; did you mean 'video_9'"):
        found.check([*(f"video_{n}" for n in range(8)), "video_9"], "…")
