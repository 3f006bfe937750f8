"""Files of predictions, good and bad."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vidsynth.benchmark.predictions import Predictions
from vidsynth.errors import SourceError

ROWS = [{"id": "a", "caption": 0.5}, {"id": "b", "caption": 1.0}]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    match path.suffix:
        case ".csv":
            lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
        case ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n\n" for row in rows))
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
    return path


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_form_reads_the_same(tmp_path: Path, suffix: str) -> None:
    given = Predictions(write(tmp_path / f"p.{suffix}", ROWS))
    assert given.columns == ("caption",) and list(given.rows) == ["a", "b"]
    assert [given.number(name, "caption") for name in "ab"] == [0.5, 1.0]
    given.check(["a", "b"], "ids are letters")


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (["a", "b", "c", "d"], "no prediction for c, d; every id must be there"),
        (["a"], "unknown id b; ids are letters"),
        (["alpha", "b"], "unknown id a; ids are letters"),
    ],
)
def test_missing_and_unknown_ids_are_named(tmp_path: Path, wanted: list[str], why: str) -> None:
    with pytest.raises(SourceError, match=why):
        Predictions(write(tmp_path / "p.csv", ROWS)).check(wanted, "ids are letters")


def test_repeated_ids_are_named_and_counted(tmp_path: Path) -> None:
    rows = [{"id": f"v{n % 8}", "caption": n} for n in range(16)]
    with pytest.raises(SourceError, match=r"v0, v1, v2, v3, v4 \(and 3 more\) predicted more than once"):
        Predictions(write(tmp_path / "p.jsonl", rows))


@pytest.mark.parametrize("value", ["", "nan", "inf", "high", None, True])
def test_what_is_no_number_is_named(tmp_path: Path, value: object) -> None:
    given = Predictions(write(tmp_path / "p.jsonl", [{"id": "a", "caption": value}]))
    with pytest.raises(SourceError, match="id a: caption must be a finite number"):
        given.number("a", "caption")


BAD = {
    "gone.csv": (None, "no such file of predictions"),
    "p.txt": (b"id\n", "predictions end in .csv, .jsonl, .parquet, not '.txt'"),
    "empty.csv": (b"id,caption\n", "no predictions in it"),
    "noid.csv": (b"video,caption\na,1\n", "row 1: has no id"),
    "wide.csv": (b"id,caption\na,1,2\n", "row 1: more cells than columns"),
    "list.jsonl": (b"[1]\n", "line 1 is not a JSON object"),
    "text.parquet": (b"id,caption\n", "not readable as parquet"),
    "bytes.csv": (b"id,caption\n\xff\xfe,1\n", "not readable as csv"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_one_line(tmp_path: Path, name: str) -> None:
    data, why = BAD[name]
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError) as refused:
        Predictions(tmp_path / name)
    assert why in str(refused.value) and "\n" not in str(refused.value)
