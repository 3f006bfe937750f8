"""Writing one shard: an Arrow IPC file that gets its name only when it is whole."""

from __future__ import annotations

import hashlib
import io
import math
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from vidsynth.columns import Column
from vidsynth.recipe import Payload
from vidsynth.shards.folder import sync_folder, writer
from vidsynth.shards.schema import to_batch

_BATCH_ROWS = 32
_BATCH_BYTES = 32 << 20


def batch_rows(columns: Mapping[str, Column]) -> int:
    """Return how many samples a record batch holds: 32, or fewer where their pixels take over 32 MiB."""
    size = sum(math.prod(column.shape) * column.itemsize for column in columns.values())
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(size, 1)))


class ShardWriter:
    """Writes samples to `file`, through `tmp / name` until it is complete.

    Use it as a context manager: leaving it without an exception puts the file in place, an exception
    removes what was written. `rows`, `bytes` and `sha256` describe the file afterwards.
    """

    def __init__(self, file: Path, tmp: Path, schema: pa.Schema, stored: Payload, batch_rows: int) -> None:
        self.rows = self.bytes = 0
        self.sha256 = ""
        self._file, self._schema, self._stored = file, schema, stored
        self._batch_rows = batch_rows
        self._beside = tmp / f"{file.name}.{writer()}"
        self._waiting: list[Mapping[str, Any]] = []

    def __enter__(self) -> Self:
        self._beside.parent.mkdir(parents=True, exist_ok=True)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._out = _HashedFile(self._beside)
        self._writer = pa.ipc.new_file(pa.PythonFile(self._out, "w"), self._schema)
        return self

    def write(self, sample: Mapping[str, Any]) -> None:
        """Add a sample."""
        self._waiting.append(sample)
        if len(self._waiting) == self._batch_rows:
            self._flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._flush()
                self._writer.close()
                self._out.sync()
                self.bytes, self.sha256 = self._out.tell(), self._out.digest.hexdigest()
                os.replace(self._beside, self._file)
                sync_folder(self._file.parent)
        finally:
            self._out.close()
            self._beside.unlink(missing_ok=True)

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_batch(to_batch(self._waiting, self._schema, self._stored))
            self.rows += len(self._waiting)
            self._waiting.clear()


class _HashedFile(io.RawIOBase):
    """A file that is hashed as it is written, so that it need not be read again."""

    def __init__(self, path: Path) -> None:
        self.digest = hashlib.sha256()
        self._file = path.open("wb", buffering=0)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self.digest.update(view)
        done = 0
        while done < view.nbytes:  # an unbuffered write may stop short
            done += self._file.write(view[done:]) or 0
        return done

    def tell(self) -> int:
        return self._file.tell()

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
        super().close()
