"""A manifest's columns as arrays of numbers: what each row has, and to which group, video and class it belongs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vidsynth.errors import SourceError, nearest
from vidsynth.manifest import SCHEMA, Manifest
from vidsynth.splits.modality.sets import MAX_MODALITIES, Masks

SPLIT_KEY = "modality_split"  # in a manifest's `about`: the spec that made it, as JSON


@dataclass(frozen=True, slots=True)
class Codes:
    """Equal values share a number: `code` int64 [N] indexes `names`, which is sorted; -1 is no value."""

    code: NDArray[np.int64]
    names: list[str]

    def __len__(self) -> int:
        return len(self.names)


def modality_masks(lists: pa.ChunkedArray | pa.Array, order: Sequence[str] = ()) -> tuple[Masks, tuple[str, ...]]:
    """Return sets of modalities as bits, uint64 [N], and the names that the bits stand for, those of `order` first.

    Raises SourceError where there are more than 64 modalities.
    """
    column = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    items = column.flatten().dictionary_encode()
    found = items.dictionary.to_pylist()
    names = (*order, *sorted(set(found) - set(order)))
    if len(names) > MAX_MODALITIES:
        raise SourceError(f"{len(names)} modalities ({', '.join(names[:4])}, …); a split knows up to {MAX_MODALITIES}")
    masks = np.zeros(len(column), np.uint64)
    if found:
        bit = np.array([1 << names.index(name) for name in found], np.uint64)
        np.bitwise_or.at(masks, pc.list_parent_indices(column).to_numpy(), bit[items.indices.to_numpy()])
    return masks, names


def coded(manifest: Manifest, *names: str) -> Codes:
    """Return the values of a column, or of several together. Raises SourceError if there is no such column."""
    first, *others = (_coded(_values(manifest, name)) for name in names)
    for other in others:
        both = np.where((first.code < 0) | (other.code < 0), -1, first.code * len(other) + other.code)
        used, code = np.unique(both, return_inverse=True)
        pairs = [f"{first.names[pair // len(other)]}; {other.names[pair % len(other)]}" for pair in used if pair >= 0]
        first = Codes(code.astype(np.int64) - (used[:1] < 0).sum(), pairs)
    return first


def _values(manifest: Manifest, name: str) -> pa.Array:
    """Return a column as strings, a list as one; `row` is the row's id, `video` its file."""
    column = {"row": "video_id", "video": "path"}.get(name, name)
    if column in SCHEMA.names and column != "extra":
        values = manifest.table[column].combine_chunks()
    else:
        key = column.removeprefix("extra.")
        values = manifest.extra_column(key)
        if values.null_count == len(values) and len(values):
            known = [*SCHEMA.names[:-1], *json.loads(manifest[0].extra or "{}")]
            raise SourceError(
                f"{manifest.about.get('name', manifest.root)} has no column {name!r}, nor is it in `extra`"
                f"{nearest(key, known)} (known: row, video, {', '.join(dict.fromkeys(known))})"
            )
    if pa.types.is_list(values.type):
        return pc.binary_join(values, "; ")
    return values.cast(pa.string())


def _coded(values: pa.Array | pa.ChunkedArray) -> Codes:
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    encoded = whole.dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names) + 1, np.int64)
    rank[order] = np.arange(len(names))
    rank[-1] = -1
    return Codes(rank[encoded.indices.fill_null(len(names)).to_numpy()], [names[number] for number in order])
