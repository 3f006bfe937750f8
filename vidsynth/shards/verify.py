"""Checking a finished build against what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.errors import ShardError, StoreError, Unreachable
from vidsynth.part_files import left_over
from vidsynth.shards.folder import SHARDS, BuildFolder, read_summary
from vidsynth.shards.mirror import build_folder
from vidsynth.shards.records import Record, agree, marked, recorded
from vidsynth.shards.schema import described_columns
from vidsynth.shards.sums import read_sums, sha256

Mend = Literal["build", "mark", "report", "restore", "delete", "leave"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a build.

    file : relative to the folder. what : is wrong with it.
    mend : what repairing does about it: `build` the shard again, `mark` it as finished, write the `report` again,
        `restore` what the build was made from, `delete` what is left over; or `leave` what is somebody's own.
    shard : the number of the shard that is concerned; -1 if none is.
    """

    file: str
    what: str
    mend: Mend
    shard: int = -1

    def __str__(self) -> str:
        return f"{self.file}: {self.what}"


def check(path: str | Path) -> Iterator[Problem]:
    """Yield each thing that is wrong with a finished build: nothing if all is well.

    Checked are each shard's presence, size, sha256, schema, number of rows and indices, and its marker; the files
    that say what the build is; that rows and failures together are all samples; and files that do not belong.
    Raises ShardError if there is no finished build.
    """
    folder = build_folder(path)
    folder.refresh()
    sums = read_sums(folder) if folder.has_markers else {}
    damaged = [file for file, digest in sums.items() if sha256(file) != digest]
    summary = None if folder.summary in damaged and folder.summary.exists() else read_summary(folder)
    if folder.has_markers and set(sums) != set(folder.papers):
        yield Problem(_name(folder, folder.sums), "missing or damaged", "report")
    for file in damaged:
        what = "its bytes have changed (sha256 differs)" if file.exists() else "missing"
        yield Problem(_name(folder, file), what, "restore" if file in (folder.recipe, folder.manifest) else "report")
    yield from check_shards(folder, summary)
    if summary is not None and folder.failures not in damaged:
        yield from _check_counts(folder, summary)
    if folder.card.name not in folder.names():
        yield Problem(_name(folder, folder.card), "missing", "report")
    for place in (folder.path, folder.done.parent, folder.done):
        for file in left_over(place):
            yield Problem(_name(folder, file), "was left half-written", "delete")
    for scratch in (folder.tmp, folder.crumb(0).parent):
        for file in sorted(scratch.glob("*")):
            yield Problem(_name(folder, file), "was left by a build that was killed", "delete")


def check_shards(folder: BuildFolder, summary: Mapping[str, Any] | None) -> Iterator[Problem]:
    """Check shards and their markers, and what else lies beside them.

    summary : what vidsynth.json holds. Without it (the build is not finished, or it is damaged) the markers tell.
    """
    markers = marked(folder) if folder.has_markers else {}
    there = folder.data_files()
    records = recorded(folder, summary) if summary else list(markers.values())
    schema: pa.Schema | None = None
    for record in records:
        done = record.done
        problem, found = _check_shard(folder, there.get(done.file), record, schema)
        schema = schema or found
        if problem:
            yield Problem(done.file, problem, "build", done.shard)
        if summary and folder.has_markers and not agree(record, markers.pop(done.shard, None)):
            yield Problem(
                done.file, "its marker is missing or damaged", "mark" if record.is_complete else "build", done.shard
            )
    if summary:
        for number in markers:
            yield Problem(
                _name(folder, folder.done), f"a marker of shard {number}, which is none of this build", "mark", number
            )
    elif records:
        finished = {record.done.shard for record in records}
        total = int(records[0].done.file.rpartition("-of-")[2].partition(".")[0])
        for number in sorted(set(range(total)) - finished):
            yield Problem(folder.shard_name(number, total), "no marker says that it is whole", "build", number)
    yield from _check_beside(folder, there, records)


def _check_beside(folder: BuildFolder, there: Mapping[str, int], records: Sequence[Record]) -> Iterator[Problem]:
    """Name the files in data/ that are no shards of this build; copies of its shards, and shards of none, can go."""
    copies = {(record.done.bytes, record.done.sha256) for record in records}
    sizes = {size for size, _ in copies}
    for name in sorted(there.keys() - {record.done.file for record in records}):
        if there[name] in sizes:
            with folder.borrowed(name) as file:
                if (there[name], sha256(file)) in copies:
                    yield Problem(name, "a copy of a shard: does not belong to this build", "delete")
                    continue
        if PurePath(name).match(SHARDS):
            yield Problem(name, "a shard that does not belong to this build", "delete")
        else:
            yield Problem(name, "does not belong to this build; it is not vidsynth's: move it elsewhere", "leave")


def _check_counts(folder: BuildFolder, summary: Mapping[str, Any]) -> Iterator[Problem]:
    try:
        with folder.borrowed(folder.failures.name) as file:
            absent = pq.read_metadata(file).num_rows
    except Unreachable:
        raise
    except (OSError, StoreError, pa.ArrowException):
        yield Problem(_name(folder, folder.failures), "not readable", "report")
    else:
        if absent != summary["absent"]:
            what = f"{absent} rows, vidsynth.json says {summary['absent']}"
            yield Problem(_name(folder, folder.failures), what, "report")
    name = _name(folder, folder.summary)
    if summary["rows"] + summary["absent"] != summary["samples"]:
        what = f"{summary['rows']} rows and {summary['absent']} failures do not make {summary['samples']} samples"
        yield Problem(name, what, "report")
    stop, seen = 0, set()
    for shard in summary["shards"]:
        if shard["file"] in seen:
            yield Problem(name, f"lists {shard['file']} twice", "report")
        elif shard["start"] != stop:
            yield Problem(name, f"samples {stop} to {shard['start']} are in no shard, or in two", "report")
        seen.add(shard["file"])
        stop = shard["stop"]


def _check_shard(
    folder: BuildFolder, size: int | None, record: Record, schema: pa.Schema | None
) -> tuple[str, pa.Schema | None]:
    if size is None:
        return "missing", None
    if size != record.done.bytes:
        return f"{size} bytes, not {record.done.bytes}", None
    with folder.borrowed(record.done.file) as file:
        return _check_file(file, record, schema)


def _check_file(file: Path, record: Record, schema: pa.Schema | None) -> tuple[str, pa.Schema | None]:
    done = record.done
    if sha256(file) != done.sha256:
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
    except ShardError as error:
        return str(error), None
    except (OSError, pa.ArrowInvalid) as error:
        return f"not readable: {' '.join(str(error).split())}", None
    if len(indices) != done.rows:
        return f"{len(indices)} rows, not {done.rows}", found
    if record.indices and len(indices):
        inside = record.indices.start <= indices[0] and indices[-1] < record.indices.stop
        if not (inside and np.all(np.diff(indices) > 0)):
            return f"indices are not ascending inside {record.indices.start} to {record.indices.stop - 1}", found
    return "", found


def _has_markers(folder: BuildFolder) -> bool:
    """Tell whether the build lies where it was made: when it is published, its markers stay behind."""
    return folder.done.parent.exists()


def _name(folder: BuildFolder, file: Path) -> str:
    return file.relative_to(folder.path).as_posix()
