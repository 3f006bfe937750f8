"""Reading annotation files: where they lie, and CSV, JSON and lists of words in them, with line numbers."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vidsynth.errors import SourceError

MAX_JSON_BYTES = 1 << 30


def find(root: Path, *names: str) -> Path | None:
    """Return the first file with one of these names: in the root, then in each folder of it, `annotations` first.

    The names go from the most to the least wanted.
    """
    for name in names:
        for folder in _folders(root):
            if (folder / name).is_file():
                return folder / name
    return None


def find_one(root: Path, *names: str, what: str) -> Path:
    """Return the first file with one of these names, as `find`. Raises SourceError that says `what` it is."""
    found = find(root, *names)
    if found is None:
        raise SourceError(f"{root}: no {' or '.join(names)} here or in a folder of it: {what}")
    return found


def find_splits(root: Path, files: Sequence[tuple[str, Sequence[str]]], *, what: str) -> list[tuple[str, Path]]:
    """Return (split, file) for each split that has a file, given (split, its possible names).

    Raises SourceError, saying `what` they are, if none has.
    """
    found = [(split, file) for split, names in files if (file := find(root, *names)) is not None]
    if not found:
        wanted = ", ".join(names[0] for _, names in files)
        raise SourceError(f"{root}: none of {wanted} here or in a folder of it: {what}")
    return found


def find_all(root: Path, pattern: str, *, what: str) -> list[Path]:
    """Return the files that match a pattern, sorted, of the first folder that has any: the root, or one in it.

    Raises SourceError, saying `what` they are, if there are none.
    """
    for folder in _folders(root):
        if found := sorted(folder.glob(pattern)):
            return found
    raise SourceError(f"{root}: no {pattern} here or in a folder of it: {what}")


def _folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise SourceError(f"{root}: no such folder" if not root.exists() else f"{root}: not a folder")
    try:
        inside = sorted(entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        raise SourceError(f"{root}: cannot be listed: {error.strerror}") from None
    return [root, *(root / name for name in sorted(inside, key=lambda name: name.lower() != "annotations"))]


def where(root: Path, file: Path, place: int | str) -> str:
    """Return `file:place` as a row's `where`; the place is a line number, or a path of keys in JSON."""
    return f"{file.relative_to(root).as_posix()}:{place}"


def csv_rows(
    file: Path, needed: Sequence[str], *, names: Sequence[str] | None = None, delimiter: str = ","
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, cells by column) of a CSV file; absent cells are empty.

    needed : columns that must be there. names : the columns, where the file has no header.

    Raises SourceError.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = csv.DictReader(lines, names, delimiter=delimiter, restval="")
            absent = [name for name in needed if name not in (rows.fieldnames or ())]
            if absent:
                raise SourceError(
                    f"{file}: no column {', '.join(absent)} (it has {_short(', '.join(rows.fieldnames or ()))})"
                )
            for row in rows:
                yield rows.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{file}: not readable as CSV: {_short(error)}") from None


def lines_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) of each line that is not empty. Raises SourceError."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line.strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: not readable as text: {_short(error)}") from None


def json_of(file: Path, kind: type[dict[str, Any]] | type[list[Any]]) -> Any:
    """Return the object or list that a JSON file holds. Raises SourceError."""
    try:
        if file.stat().st_size > MAX_JSON_BYTES:
            raise SourceError(f"{file}: more than {MAX_JSON_BYTES >> 20} MiB of JSON; is this the annotation file?")
        value = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{file}: not readable as JSON: {_short(error)}") from None
    if not isinstance(value, kind):
        raise SourceError(f"{file}: holds {type(value).__name__}, not the {kind.__name__} that this data set's has")
    return value


def _short(what: object) -> str:
    return " ".join(str(what).split())[:200]


def seconds(text: object) -> float:
    """Return a number of seconds; what is none becomes NaN, which is dropped with the row.

    >>> seconds(" 11.90")
    11.9
    """
    try:
        return float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def clock_seconds(text: str) -> float:
    """Return the seconds of HH:MM:SS.ff; what is no such time becomes NaN.

    >>> clock_seconds("01:02:03.50")
    3723.5
    """
    parts = [seconds(part) for part in text.split(":")]
    return parts[0] * 3600 + parts[1] * 60 + parts[2] if len(parts) == 3 else math.nan
