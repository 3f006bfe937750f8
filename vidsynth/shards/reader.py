"""Reading a build back: memory-mapped, one row at a time, without copying raw clips."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vidsynth.errors import DecodeError, ShardError
from vidsynth.recipe import load_values
from vidsynth.shards.folder import BuildFolder, read_summary
from vidsynth.shards.remote import open_remote, through_cache
from vidsynth.shards.schema import described_columns, to_value
from vidsynth.store import Url, location


def load(path: str | Path, columns: Sequence[str] | None = None) -> Shards:
    """Open a finished build: a folder, or a URL that fsspec opens (`hf://datasets/user/name`, `s3://bucket/out`).

    Of what lies at a URL, each shard is fetched into the cache and checked when one of its samples is first read.

    >>> shards = load("shards/")  # doctest: +SKIP
    >>> shards[0]["clip1"].shape  # doctest: +SKIP
    (16, 112, 112, 3)

    columns : which columns to read (default: all).

    Raises ShardError if there is no finished build or a column is not there; StoreError if a URL cannot be read;
    MissingDependency if a URL needs a package that is not installed.
    """
    return Shards(path, columns)


class Shards:
    """The samples of a build, by position: `shards[0]` to `shards[len(shards) - 1]`.

    Where samples failed, rows are absent, so that a position may differ from the sample's `index`;
    `position` tells. Files are mapped when first touched and closed at once: a mapping needs no open
    file. Pickles to its path: worker processes map the files for themselves.

    folder : where it is; of a build at a URL, the part of it in the cache.
    summary : what vidsynth.json holds. recipe : the recipe's values.
    described : of each clip or array, its kind (of payload, or `array`), shape and dtype.
    """

    def __init__(
        self,
        path: str | Path | BuildFolder,
        columns: Sequence[str] | None = None,
        *,
        summary: dict[str, Any] | None = None,
    ) -> None:
        folder = path if isinstance(path, BuildFolder) else _folder(path)
        self.summary = summary or read_summary(folder)
        self.folder = through_cache(folder, self.summary)
        rows = [shard["rows"] for shard in self.summary["shards"]]
        self._stops: list[int] = np.cumsum(rows, dtype=np.int64).tolist()
        self._readers: dict[int, pa.ipc.RecordBatchFileReader] = {}
        self._batches: dict[tuple[int, int], pa.RecordBatch] = {}
        self.schema: pa.Schema = self._open(0).schema
        self.described = described_columns(self.schema)
        unknown = set(columns or ()) - set(self.schema.names)
        if unknown:
            raise ShardError(
                f"{self.folder}: no column {', '.join(sorted(unknown))} (columns: {', '.join(self.schema.names)})"
            )
        self.columns: tuple[str, ...] = tuple(columns or self.schema.names)

    @property
    def recipe(self) -> dict[str, Any]:
        return load_values(self.folder.recipe)

    def __len__(self) -> int:
        return self._stops[-1] if self._stops else 0

    def __getitem__(self, position: int) -> dict[str, Any]:
        batch, row = self._locate(position)
        sample = {}
        for name in self.columns:
            try:
                sample[name] = to_value(batch.column(name), row, self.described.get(name))
            except (DecodeError, ValueError) as error:
                reason = error.reason if isinstance(error, DecodeError) else str(error)
                shard = self._shard(position % len(self))
                raise self._damaged(shard, f"sample {position}, column {name}: {reason}") from None
        return sample

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[position] for position in range(len(self)))

    def __repr__(self) -> str:
        return f"Shards({str(self.folder)!r}, {len(self)} samples in {len(self._stops)} shards)"

    def __reduce__(self) -> tuple[Any, ...]:
        return Shards, (self.folder, self.columns)

    def row(self, position: int) -> pa.RecordBatch:
        """Return one row as it is stored: a record batch of length 1."""
        batch, row = self._locate(position)
        return batch.slice(row, 1)

    def table(self, columns: Sequence[str]) -> pa.Table:
        """Return columns of all rows as they are stored: an Arrow table over the mapped files."""
        tables = (self._open(number).read_all() for number in range(len(self._stops)))
        return pa.concat_tables([table.select(list(columns)) for table in tables])

    def position(self, index: int) -> int:
        """Return where the sample of a generator's `index` stands. Raises KeyError if it is absent."""
        number = bisect.bisect_right([shard["start"] for shard in self.summary["shards"]], index) - 1
        if number >= 0:
            indices = self._open(number).read_all()["index"].to_numpy()
            found = int(np.searchsorted(indices, index))
            if found < len(indices) and indices[found] == index:
                return self._stops[number] - len(indices) + found
        raise KeyError(f"sample {index} is not in {self.folder}")

    def _shard(self, position: int) -> int:
        return bisect.bisect_right(self._stops, position)

    def _locate(self, position: int) -> tuple[pa.RecordBatch, int]:
        if not -len(self) <= position < len(self):
            raise IndexError(f"{position} is outside 0 to {len(self) - 1}")
        position %= len(self)
        shard = self._shard(position)
        row = position - (self._stops[shard - 1] if shard else 0)
        # Every batch but the last is equally long: the first tells which one holds the row.
        size = self._batch(shard, 0).num_rows
        return self._batch(shard, row // size), row % size

    def _batch(self, shard: int, number: int) -> pa.RecordBatch:
        batch = self._batches.get((shard, number))
        if batch is None:
            try:
                batch = self._open(shard).get_batch(number)
                batch.validate(full=True)  # microseconds, and no damaged offset is followed out of the file
            except (OSError, ValueError) as error:  # pa.ArrowInvalid is a ValueError
                raise self._damaged(shard, _one_line(error)) from None
            self._batches[shard, number] = batch
        return batch

    def _open(self, shard: int) -> pa.ipc.RecordBatchFileReader:
        if shard not in self._readers:
            try:
                self._readers[shard] = pa.ipc.open_file(self.folder.open_shard(self.summary["shards"][shard]))
            except (OSError, ValueError) as error:
                raise self._damaged(shard, f"not readable as a shard: {_one_line(error)}") from None
        return self._readers[shard]

    def _damaged(self, shard: int, reason: str) -> ShardError:
        file = self.folder.shard_file(self.summary["shards"][shard])
        return ShardError(f"{file}: {reason} ({self.folder.remedy})")


def _folder(path: str | Path) -> BuildFolder:
    place = location(path)
    return open_remote(place) if isinstance(place, Url) else BuildFolder(place)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
