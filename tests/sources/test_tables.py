"""Annotation files: found, read, and refused with the place of the fault."""

import math
from pathlib import Path

import pytest

from vidsynth.errors import SourceError
from vidsynth.sources import tables


def test_files_are_looked_for_in_the_root_and_its_folders(tmp_path: Path) -> None:
    for folder in ("zz", "annotations", ".hidden", "zz/deep"):
        (tmp_path / folder).mkdir()
    assert tables.find(tmp_path, "a.csv", "b.csv") is None
    for name in (".hidden/a.csv", "zz/deep/a.csv"):
        (tmp_path / name).touch()
    assert tables.find(tmp_path, "a.csv") is None
    for name in ("zz/b.csv", "zz/a.csv", "annotations/a.csv"):
        (tmp_path / name).touch()
    assert tables.find(tmp_path, "a.csv", "b.csv") == tmp_path / "annotations/a.csv"
    assert tables.find(tmp_path, "b.csv", "a.csv") == tmp_path / "zz/b.csv"
    assert tables.where(tmp_path, tmp_path / "zz/b.csv", 3) == "zz/b.csv:3"
    with pytest.raises(SourceError, match="no such folder"):
        tables.find(tmp_path / "nowhere", "a.csv")


def test_csv_rows_know_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b'\xef\xbb\xbfid,text\na,"two\nlines"\nb\n')
    assert list(tables.csv_rows(file, ["id"])) == [(3, {"id": "a", "text": "two\nlines"}), (4, {"id": "b", "text": ""})]
    with pytest.raises(SourceError, match=r"a\.csv: no column x \(it has id, text\)"):
        list(tables.csv_rows(file, ["x"]))


def test_json_larger_than_any_annotation_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_JSON_BYTES", 3)
    (tmp_path / "a.json").write_text("[1, 2]")
    with pytest.raises(SourceError, match=r"a\.json: more than"):
        tables.json_of(tmp_path / "a.json", list)


def test_what_is_no_time_is_no_number() -> None:
    for text in ("", "soon", None, [1]):
        assert math.isnan(tables.seconds(text))
    for text in ("1:2", "a:b:c", ""):
        assert math.isnan(tables.clock_seconds(text))
    assert tables.clock_seconds("00:01:02.345") == 62.345
