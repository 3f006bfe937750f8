"""Files of predictions: .csv, .jsonl or .parquet, one row an id, whatever else their columns are."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.errors import SourceError, nearest

_SUFFIXES = (".csv", ".jsonl", ".parquet")
_NAMED = 5  # ids named in a message


class Predictions:
    """The rows of a file, by id.

    columns : their names, without `id`. rows : id to values, in the file's order.

    Raises SourceError if the file is not readable, has no column `id`, or an id stands twice.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.rows: dict[str, dict[str, Any]] = {}
        columns: dict[str, None] = {}
        twice: list[str] = []
        for number, row in enumerate(_read(self.path), 1):
            name = row.pop("id", None)
            if name is None or name == "":
                raise SourceError(f"{path}: row {number}: has no id (columns: {_some(list(row)) or 'none'})")
            if str(name) in self.rows:
                twice.append(str(name))
            self.rows[str(name)] = row
            columns.update(dict.fromkeys(row))
        if not self.rows:
            raise SourceError(f"{path}: no predictions in it")
        if twice:
            raise SourceError(f"{path}: {_some(twice)} predicted more than once; each id may stand in one row")
        self.columns = tuple(columns)

    def check(self, wanted: Collection[str], what: str) -> None:
        """Raise SourceError unless every id of `wanted` is there, and no other."""
        unknown = [name for name in self.rows if name not in wanted]
        if unknown:
            hint = nearest(unknown[0], wanted) if len(wanted) <= 20_000 else ""
            raise SourceError(f"{self.path}: unknown id {_some(unknown)}; {what}{hint}")
        missing = [name for name in wanted if name not in self.rows]
        if missing:
            raise SourceError(f"{self.path}: no prediction for {_some(missing)}; every id must be there")

    def number(self, name: str, column: str) -> float:
        """Return a number of the row of id `name`. Raises SourceError where there is none."""
        value = self.rows[name].get(column)
        try:
            found = float(value) if not isinstance(value, bool) else math.nan  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            found = math.nan
        if not math.isfinite(found):
            raise SourceError(f"{self.path}: id {_short(name)}: {column} must be a finite number, not {value!r:.60}")
        return found


def _some(names: Sequence[str]) -> str:
    more = f" (and {len(names) - _NAMED} more)" if len(names) > _NAMED else ""
    return ", ".join(map(_short, names[:_NAMED])) + more


def _short(name: object) -> str:
    return " ".join(str(name).encode("utf-8", "backslashreplace").decode().split())[:80]


def _read(path: Path) -> Iterable[dict[str, Any]]:
    reader = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}.get(path.suffix.lower())
    if reader is None:
        raise SourceError(f"{path}: predictions end in {', '.join(_SUFFIXES)}, not {path.suffix!r}")
    try:
        yield from reader(path)
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file of predictions") from None
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise SourceError(f"{path}: not readable as {path.suffix[1:]}: {' '.join(str(error).split())}") from None


def _csv(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            if None in row:
                raise SourceError(f"{path}: row {number}: more cells than columns")
            yield row


def _jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict):
                raise SourceError(f"{path}: line {number} is not a JSON object")
            yield row


def _parquet(path: Path) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            yield from batch.to_pylist()
