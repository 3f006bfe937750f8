"""Timed captions as a table of events: what pairs are chosen from, wherever they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest

EVENTS = pa.schema(
    {
        "video": pa.string(),
        "path": pa.string(),
        "split": pa.string(),
        "start_s": pa.float64(),
        "end_s": pa.float64(),
        "text": pa.string(),
        "label": pa.string(),
        "length_s": pa.float64(),
    }
)
_PIECE = 65536  # rows
_SUFFIX = r"\.[A-Za-z0-9]{1,5}$"


class AnnotatedRow(Protocol):
    """A row of an annotation file, as sources read them."""

    @property
    def video_id(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def split(self) -> str | None: ...
    @property
    def start_s(self) -> float: ...
    @property
    def end_s(self) -> float | None: ...
    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def text(self) -> str | None: ...
    @property
    def length_s(self) -> float | None: ...
    @property
    def extra(self) -> Mapping[str, Any]: ...


def from_rows(rows: Iterable[AnnotatedRow], path_of: Callable[[str], str] = str) -> pa.Table:
    """Return the events of an annotation file's rows, senseless ones too: a table with the columns of EVENTS.

    `path_of` gives a video's path, relative to the root of the videos, for its file name. An event's text is the
    row's text or else its first label.
    """
    pieces: list[pa.RecordBatch] = []
    waiting: list[tuple[Any, ...]] = []

    def flush() -> None:
        columns = zip(*waiting, strict=True)
        pieces.append(
            pa.record_batch(
                [pa.array(column, field.type) for column, field in zip(columns, EVENTS, strict=True)], schema=EVENTS
            )
        )
        waiting.clear()

    for row in rows:
        label = row.labels[0] if row.labels else None
        text = row.text or label
        waiting.append(
            (row.file, path_of(row.file), row.split, row.start_s, row.end_s, text, label, row.length_s),
        )
        if len(waiting) == _PIECE:
            flush()
    if waiting:
        flush()
    return pa.Table.from_batches(pieces, EVENTS)


def from_manifest(manifest: Manifest) -> pa.Table:
    """Return the events of a manifest of segments: rows of one path are events of one video."""
    table = manifest.table
    lists = table["labels"].combine_chunks()
    heads = pc.if_else(pc.greater(pc.list_value_length(lists), 0), lists.offsets[:-1], None)
    label = lists.values.take(heads)
    columns = {
        "video": pc.replace_substring_regex(table["path"], _SUFFIX, ""),
        "path": table["path"],
        "split": table["split"],
        "start_s": table["start_s"].fill_null(0.0),
        "end_s": table["end_s"],
        "text": pc.coalesce(table["text"].combine_chunks(), label),
        "label": label,
        "length_s": pa.nulls(len(table), pa.float64()),
    }
    return pa.table(columns, schema=EVENTS)


def with_lists(captions: pa.Table, lists: Mapping[str, Sequence[str]], key: str = "video") -> pa.Table:
    """Return the captions of the videos that `lists` (split → videos) name, with those splits.

    `key` is the column that the lists name, such as `id` of sentences. Raises SourceError for a video in two lists,
    and for a list of which nothing is there.
    """
    splits = [split for split, names in lists.items() for _ in names]
    names = pa.array([name for listed in lists.values() for name in listed], pa.string())
    seen = pc.value_counts(names)
    twice = seen.field("values").filter(pc.greater(seen.field("counts"), 1))
    if len(twice):
        raise SourceError(f"the lists name {twice[0].as_py()!r} more than once; each {key} has one split")
    found = pc.index_in(captions[key], value_set=names).combine_chunks()
    split = pa.array(splits, pa.string()).take(found)
    captions = captions.set_column(captions.column_names.index("split"), "split", split).filter(pc.is_valid(found))
    have = set(pc.unique(captions["split"]).to_pylist())
    for name, listed in lists.items():
        if name not in have:
            example = f", such as {listed[0]!r}," if listed else ""
            raise SourceError(f"the list of {name!r}: none of its {len(listed)} entries{example} is a {key} here")
    return captions


def mean_length(events: pa.Table) -> float:
    """Return the mean length, in seconds, of the videos whose length is known; nan if none is."""
    known = events.filter(pc.is_valid(events["length_s"])).group_by(["split", "video"]).aggregate([("length_s", "max")])
    return float(np.mean(known["length_s_max"])) if len(known) else float("nan")
