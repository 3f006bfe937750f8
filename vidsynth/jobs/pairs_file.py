"""Files of before/after pairs: Parquet that is a manifest, with further columns and the rules that made it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.errors import RecipeError, SourceError
from vidsynth.part_files import written_whole
from vidsynth.splits.before_after.pairs import SCHEMA, Pairs
from vidsynth.splits.before_after.rules import PairRules

SUFFIXES = (".parquet", ".csv", ".jsonl")
_ABOUT_KEY = b"vidsynth"  # where a manifest keeps what is known of it


def check_place(path: Path) -> None:
    """Raise SourceError if pairs cannot be written there."""
    if path.suffix.lower() not in SUFFIXES:
        raise SourceError(f"{path}: pairs are written as {', '.join(SUFFIXES)}, not {path.suffix!r}")
    if not path.absolute().parent.is_dir():
        raise SourceError(f"{path}: no such folder as {path.parent}")


def write(pairs: Pairs, path: str | Path) -> None:
    """Write pairs as .parquet, piece by piece, or as .csv or .jsonl: whole or not at all. Raises SourceError."""
    path = Path(path)
    check_place(path)
    try:
        with written_whole(path) as beside:
            if path.suffix.lower() == ".parquet":
                schema = SCHEMA.with_metadata({_ABOUT_KEY: json.dumps(pairs.facts(), sort_keys=True)})
                with pq.ParquetWriter(beside, schema, compression="zstd") as out:
                    for batch in pairs.batches():
                        out.write_batch(batch)
            else:
                pairs.manifest(".").write(beside)
    except OSError as error:
        raise SourceError(f"{path}: cannot be written: {error.strerror or error}") from None


class PairsFile:
    """A Parquet file of pairs.

    rules : those that made it. Raises SourceError if it is no such file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            metadata = pq.read_metadata(path)
            schema = metadata.schema.to_arrow_schema()
        except FileNotFoundError:
            raise SourceError(f"{path}: no such file") from None
        except (OSError, pa.ArrowInvalid) as error:
            raise SourceError(f"{path}: not readable as Parquet: {' '.join(str(error).split())}") from None
        lacks = [name for name in SCHEMA.names if name not in schema.names]
        try:
            rules = json.loads(json.loads((schema.metadata or {})[_ABOUT_KEY])["rules"])
            self.rules = PairRules.from_dict(rules, f"{path}: rules")
        except (KeyError, ValueError, TypeError, RecipeError):
            lacks.append("rules")
        if lacks:
            made = "pairs are made with `vidsynth before-after --out FILE.parquet`"
            raise SourceError(f"{path}: no file of pairs (it lacks {', '.join(lacks)}); {made}")
        self._rows: int = metadata.num_rows

    def __len__(self) -> int:
        return self._rows

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the rows as plain values."""
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(4096):
                yield from batch.to_pylist()

    def table(self, columns: Sequence[str]) -> pa.Table:
        """Return some columns."""
        return pq.read_table(self.path, columns=list(columns))
