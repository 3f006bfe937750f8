"""Checking a finished build against what it says of itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.errors import StoreError, Unreachable
from vidsynth.shards.folder import BuildFolder, read_summary
from vidsynth.shards.mirror import build_folder
from vidsynth.shards.schema import described_columns


def check(path: str | Path) -> Iterator[str]:
    """Yield one line for each thing that is wrong with a finished build: nothing if all is well.

    Checked are each file's presence, size, sha256, schema, number of rows and indices; files that do
    not belong; and that rows and failures together are all samples. Raises ShardError if there is no
    finished build.
    """
    folder = build_folder(path)
    folder.refresh()
    summary = read_summary(folder)
    listed = {shard["file"] for shard in summary["shards"]}
    there = folder.data_files()
    yield from (f"{name}: does not belong to this build" for name in sorted(there.keys() - listed))
    schema: pa.Schema | None = None
    for shard in summary["shards"]:
        problem, found = _check_shard(folder, there.get(shard["file"]), shard, schema)
        schema = schema or found
        if problem:
            yield f"{shard['file']}: {problem}"
    try:
        with folder.borrowed(folder.failures.name) as file:
            absent = pq.read_metadata(file).num_rows
    except Unreachable:
        raise
    except (OSError, StoreError, pa.ArrowInvalid):
        yield f"{folder.failures.name}: not readable"
    else:
        if absent != summary["absent"]:
            yield f"{folder.failures.name}: {absent} rows, vidsynth.json says {summary['absent']}"
    if summary["rows"] + summary["absent"] != summary["samples"]:
        yield f"{summary['rows']} rows and {summary['absent']} failures do not make {summary['samples']} samples"


def _check_shard(
    folder: BuildFolder, size: int | None, shard: dict[str, Any], schema: pa.Schema | None
) -> tuple[str, pa.Schema | None]:
    if size is None:
        return "missing", None
    if size != shard["bytes"]:
        return f"{size} bytes, not {shard['bytes']}", None
    with folder.borrowed(shard["file"]) as file:
        return _check_file(file, shard, schema)


def _check_file(file: Path, shard: dict[str, Any], schema: pa.Schema | None) -> tuple[str, pa.Schema | None]:
    with file.open("rb") as data:
        if hashlib.file_digest(data, "sha256").hexdigest() != shard["sha256"]:
            return "its bytes have changed (sha256 differs)", None
    try:
        with pa.memory_map(str(file)) as source:
            reader = pa.ipc.open_file(source)
            described_columns(reader.schema)
            if schema is not None and not reader.schema.equals(schema, check_metadata=True):
                return "its schema differs from the first shard's", None
            table = reader.read_all()
            indices = table["index"].to_numpy()
            table.validate(full=True)
            found = reader.schema
    except (OSError, pa.ArrowInvalid) as error:
        return f"not readable: {' '.join(str(error).split())}", None
    if len(indices) != shard["rows"]:
        return f"{len(indices)} rows, not {shard['rows']}", found
    if len(indices) and not (
        shard["start"] <= indices[0] and indices[-1] < shard["stop"] and np.all(np.diff(indices) > 0)
    ):
        return f"indices are not ascending inside {shard['start']} to {shard['stop'] - 1}", found
    return "", found
