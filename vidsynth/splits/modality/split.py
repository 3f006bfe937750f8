"""From a manifest and a spec to the split's manifest, and what is to be said of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.modality.assign import assign
from vidsynth.splits.modality.check import Check, check
from vidsynth.splits.modality.rows import Rows, fitting
from vidsynth.splits.modality.sets import Masks, bits, leave_one_out, names_of, text
from vidsynth.splits.modality.shown import thinned, visible
from vidsynth.splits.modality.spec import Spec
from vidsynth.splits.modality.table import SPLIT_KEY, Codes, coded, modality_masks


@dataclass(frozen=True, slots=True)
class ModalitySplit:
    """A finished split.

    manifest : `split` is train, val or test; `modalities` holds what a row shows; `extra` keeps `available`,
        `part` and `group`.
    dropped : part → rows of its groups that lack what it shows; they are not in the manifest.
    dropped_of : video → such rows, most first.
    left_out : rows that are in no part.
    settled : how far the search went: swaps, moves or none; empty where nothing was searched.
    """

    manifest: Manifest
    spec: Spec
    check: Check
    dropped: dict[str, int]
    dropped_of: dict[str, int]
    left_out: int
    settled: tuple[str, ...]

    @property
    def published(self) -> dict[str, int]:
        """What the paper says of each part, before rows are dropped; empty if this manifest is of another size."""
        there = len(self.manifest) + sum(self.dropped.values()) + self.left_out
        known = self.spec.published
        return known.parts if known is not None and known.rows == there else {}

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values: the report."""
        return {
            "spec": self.spec.to_dict(),
            "rows": len(self.manifest),
            "left_out": self.left_out,
            "dropped": self.dropped,
            "dropped_of": self.dropped_of,
            "settled": list(self.settled),
            "published": self.published,
            **self.check.to_dict(),
        }


def split(manifest: Manifest, spec: Spec) -> ModalitySplit:
    """Split a manifest.

    The same manifest and spec give the same bytes, in whatever order the rows came. Raises RecipeError where the
    spec cannot be met, SourceError where the manifest lacks what it names.
    """
    if SPLIT_KEY in manifest.about:
        raise SourceError(f"{_name(manifest)}: is a modality split already; split the manifest that it was made from")
    available, modalities = modality_masks(manifest.table["modalities"], spec.modalities)
    available = available | np.uint64(bits(spec.assume, modalities)) if spec.assume else available
    group = coded(manifest, spec.group)
    if (group.code < 0).any():
        row = manifest[int(np.argmax(group.code < 0))].video_id
        raise SourceError(f"{_name(manifest)}: row {row!r} has no {spec.group}; a split by it needs one of every row")
    came = manifest.table["split"].to_numpy() if spec.keep_split else np.full(len(manifest), None)
    rows = Rows(available, modalities, group, coded(manifest, *spec.classes), came)
    fits = fitting(spec, rows)
    done = assign(spec, rows, fits)
    placed = done.part >= 0
    kept = placed & fits[np.arange(len(rows)), done.part]
    shown = thinned(spec, rows, done.part, visible(spec, rows, done.part))
    about = {SPLIT_KEY: json.dumps({"spec": spec.to_dict(), "targets": done.targets}, sort_keys=True)}
    result = _written(manifest, rows, spec, kept, done.part, shown, about)
    lost = placed & ~kept
    return ModalitySplit(
        result,
        spec,
        check(result, allow_covered=spec.allow_covered),
        {name: n for number, name in enumerate(spec.parts) if (n := int((lost & (done.part == number)).sum()))},
        _tally(coded(manifest, spec.video), lost),
        int((~placed).sum()),
        tuple(done.settled),
    )


def leave_one_combination_out(spec: Spec, modalities: Sequence[str], *, strict: bool = True) -> Iterator[Spec]:
    """Yield a spec for each set of two or more modalities: it alone is evaluated, the others are for training.

    Training is one part, A, whose rows take turns among the other sets that they have; see
    `vidsynth.splits.modality.sets.leave_one_out` for `strict`.
    """
    for held, training in leave_one_out(modalities, strict=strict):
        changes = {"train": {"A": training}, "test": [held], "allow_covered": not strict}
        val = {"val": [held]} if spec.val else {}
        yield Spec.from_dict(spec.to_dict() | changes | val, f"leave {text(held)} out")


def id_lists(result: ModalitySplit) -> dict[str, list[str]]:
    """Return each part's row ids in the order of the paper's lists: video by video, ids in string order."""
    manifest, video = result.manifest, coded(result.manifest, result.spec.video)
    part = manifest.extra_column("part").to_numpy(zero_copy_only=False)
    ids = manifest.table["video_id"].to_numpy()
    order = np.lexsort((np.arange(len(ids)), video.code))  # rows are sorted by id
    return {name: ids[order[part[order] == name]].tolist() for name in result.spec.parts}


def _written(
    manifest: Manifest,
    rows: Rows,
    spec: Spec,
    kept: NDArray[np.bool_],
    part: NDArray[np.int64],
    shown: Masks,
    about: dict[str, str],
) -> Manifest:
    """Return the kept rows with their new columns."""
    out = manifest.take(kept)
    number = part[kept]
    columns = {
        "split": pa.array([spec.split_of(name) for name in spec.parts]).take(pa.array(number)),
        "modalities": _lists(shown[kept], rows.modalities),
        "extra": _extras(out, rows, spec, kept, number),
    }
    table = out.table
    for name, column in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(at), column)
    return Manifest(table.combine_chunks(), manifest.root, manifest.about | about)


def _lists(masks: Masks, names: Sequence[str]) -> pa.Array:
    known, code = np.unique(masks, return_inverse=True)
    sets = [list(names_of(int(mask), names)) for mask in known]
    return pa.array(sets, pa.list_(pa.string())).take(pa.array(code))


def _extras(out: Manifest, rows: Rows, spec: Spec, kept: NDArray[np.bool_], part: NDArray[np.int64]) -> pa.Array:
    """Return `extra` with the three names added, as `Manifest` would write it: keys sorted."""
    masks, has = np.unique(rows.available[kept], return_inverse=True)
    groups, of = np.unique(rows.group.code[kept], return_inverse=True)
    sets = [list(names_of(int(mask), rows.modalities)) for mask in masks]
    names = [rows.group.names[code] for code in groups]
    parts = list(spec.parts)

    def texts(values: Sequence[Any], code: NDArray[np.int64]) -> pa.Array:
        return pa.array([json.dumps(value) for value in values], pa.string()).take(pa.array(code))

    fresh = pc.binary_join_element_wise(
        '{"available": ', texts(sets, has), ', "group": ', texts(names, of), ', "part": ', texts(parts, part), "}", ""
    )
    old = out.table["extra"].combine_chunks()
    old = old.combine_chunks() if isinstance(old, pa.ChunkedArray) else old
    if old.null_count == len(old):
        return fresh
    encode = json.JSONEncoder(sort_keys=True).encode
    joined = (
        encode(json.loads(before) | {"available": sets[a], "group": names[g], "part": parts[p]}) if before else after
        for before, after, a, g, p in zip(
            old.to_pylist(), fresh.to_pylist(), has.tolist(), of.tolist(), part.tolist(), strict=True
        )
    )
    return pa.array(joined, pa.string())


def _tally(video: Codes, lost: NDArray[np.bool_]) -> dict[str, int]:
    counts = np.bincount(video.code[lost], minlength=len(video)) if lost.any() else np.zeros(0, np.int64)
    return {video.names[at]: int(counts[at]) for at in np.argsort(-counts, kind="stable") if counts[at]}


def _name(manifest: Manifest) -> str:
    return manifest.about.get("name", str(manifest.root))
