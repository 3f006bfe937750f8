"""Closing a build: the failure report and, last of all, vidsynth.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.shards.folder import SCHEMA_VERSION, Absent, BuildFolder, Done, write_atomically
from vidsynth.shards.sums import write_sums

_FAILURES = pa.schema({"index": pa.int64(), "video": pa.string(), "stage": pa.string(), "reason": pa.string()})


def write_failures(folder: BuildFolder, done: Sequence[Done]) -> list[Absent]:
    """Write failures.parquet, one row a sample that is absent; return them, in order."""
    absent = [failure for shard in done for failure in shard.failures]
    rows = [{name: getattr(failure, name) for name in _FAILURES.names} for failure in absent]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, _FAILURES), sink)
    write_atomically(folder.failures, sink.getvalue().to_pybytes())
    return absent


def summarise(done: Sequence[Done], ranges: Sequence[range], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what vidsynth.json says. `facts` are what the build knows: hashes, versions, samples."""
    absent = [failure for shard in done for failure in shard.failures]
    return {
        "schema": SCHEMA_VERSION,
        **facts,
        "rows": sum(shard.rows for shard in done),
        "absent": len(absent),
        "failures": failures_by_reason(absent),
        "bytes": sum(shard.bytes for shard in done),
        "seconds": round(sum(shard.seconds for shard in done), 3),
        "shards": [
            {
                "file": shard.file,
                "start": indices.start,
                "stop": indices.stop,
                "rows": shard.rows,
                "bytes": shard.bytes,
                "sha256": shard.sha256,
                "seconds": shard.seconds,
            }
            for shard, indices in zip(done, ranges, strict=True)
        ],
    }


def write_summary(folder: BuildFolder, summary: Mapping[str, Any]) -> None:
    """Write vidsynth.json, a line a shard: from now on the build is finished."""
    head = json.dumps({**summary, "shards": []}, indent=1).removesuffix("[]\n}")
    shards = ",\n  ".join(map(json.dumps, summary["shards"]))
    data = f"{head}[\n  {shards}\n ]\n}}\n".encode()
    write_sums(folder, data)
    write_atomically(folder.summary, data)


def failures_by_reason(absent: Sequence[Absent]) -> dict[str, int]:
    """Return how many videos failed for each reason, the most frequent first."""
    videos = {failure.video: failure.reason for failure in absent}
    return dict(Counter(videos.values()).most_common())
