"""What a build recorded of its shards: in vidsynth.json and failures.parquet, and once more in their markers."""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.shards.folder import Absent, BuildFolder, Done
from vidsynth.shards.seen import from_text
from vidsynth.shards.sums import read_sums, sha256


class Record(NamedTuple):
    """What is known of a shard: as its marker would say it, and which samples it was to hold, if that is known.

    is_complete : its failures are known, too.
    """

    done: Done
    indices: range | None
    is_complete: bool


def recorded(folder: BuildFolder, summary: Mapping[str, Any]) -> list[Record]:
    """Return what vidsynth.json and failures.parquet say of each shard, in order."""
    absent = _read_failures(folder)
    positions = [failure.index for failure in absent]
    records = []
    for number, shard in enumerate(summary["shards"]):
        indices = range(shard["start"], shard["stop"])
        failures = absent[bisect.bisect_left(positions, indices.start) : bisect.bisect_left(positions, indices.stop)]
        facts = {name: shard[name] for name in ("file", "rows", "bytes", "sha256", "seconds")}
        done = Done(recipe=summary["recipe"], shard=number, failures=tuple(failures), **facts)
        records.append(Record(done, indices, done.rows + len(failures) == len(indices)))
    return records


def marked(folder: BuildFolder) -> dict[int, Record]:
    """Return what the markers say that are sound."""
    found = {}
    for number, done in folder.markers().items():
        try:
            if done.videos:
                from_text(done.videos)
        except ValueError:
            continue
        found[number] = Record(done, None, True)
    return found


def agree(record: Record, marker: Record | None) -> bool:
    """Tell whether a marker says of a shard what was recorded of it, as far as that is known."""
    if marker is None:
        return False
    known = dataclasses.replace(marker.done, videos="")
    if not record.is_complete and record.indices and known.rows + len(known.failures) == len(record.indices):
        known = dataclasses.replace(known, failures=record.done.failures)
    return known == record.done


def _read_failures(folder: BuildFolder) -> list[Absent]:
    """Return what failures.parquet lists; nothing if it is not what it was."""
    try:
        if read_sums(folder).get(folder.failures, digest := sha256(folder.failures)) != digest:
            return []
        return [Absent(**row) for row in pq.read_table(folder.failures).to_pylist()]
    except (OSError, pa.ArrowException, TypeError):
        return []
