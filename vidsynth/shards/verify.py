"""Checking a finished build against what it says of itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.shards.folder import BuildFolder, read_summary
from vidsynth.shards.schema import described_columns


def check(path: str | Path) -> Iterator[str]:
    """Yield one line for each thing that is wrong with a finished build: nothing if all is well.

    Checked are each file's presence, size, sha256, schema, number of rows and indices; files that do
    not belong; and that rows and failures together are all samples. Raises ShardError if there is no
    finished build.
    """
    folder = BuildFolder(Path(path))
    summary = read_summary(folder)
    listed = {shard["file"] for shard in summary["shards"]}
    for file in sorted(folder.data.glob("*")):
        name = file.relative_to(folder.path).as_posix()
        if name not in listed:
            yield f"{name}: does not belong to this build"
    schema: pa.Schema | None = None
    for shard in summary["shards"]:
        problem, found = _check_shard(folder, shard, schema)
        schema = schema or found
        if problem:
            yield f"{shard['file']}: {problem}"
    try:
        absent = pq.read_metadata(folder.failures).num_rows
    except (OSError, pa.ArrowInvalid):
        yield f"{folder.failures.name}: not readable"
    else:
        if absent != summary["absent"]:
            yield f"{folder.failures.name}: {absent} rows, vidsynth.json says {summary['absent']}"
    if summary["rows"] + summary["absent"] != summary["samples"]:
        yield f"{summary['rows']} rows and {summary['absent']} failures do not make {summary['samples']} samples"


def _check_shard(folder: BuildFolder, shard: dict[str, Any], schema: pa.Schema | None) -> tuple[str, pa.Schema | None]:
    file = folder.path / shard["file"]
    if not file.is_file():
        return "missing", None
    size = file.stat().st_size
    if size != shard["bytes"]:
        return f"{size} bytes, not {shard['bytes']}", None
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
