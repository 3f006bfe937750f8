"""What a finished split holds, and whether it keeps what a modality split promises."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.modality.sets import (
    Combination,
    Masks,
    Relation,
    bits,
    holds,
    names_of,
    relation,
    text,
    unseen_pairs,
)
from vidsynth.splits.modality.spec import EVALUATION, Spec
from vidsynth.splits.modality.table import SPLIT_KEY, Codes, coded, modality_masks

State = Literal["ok", "note", "violated"]
_SHOWN = 4  # items of a list that a line names


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check."""

    name: str
    state: State
    text: str


@dataclass(frozen=True, slots=True)
class PartCount:
    """What a part holds. target : the rows that were asked for, if that is known."""

    name: str
    split: str
    rows: int
    groups: int
    videos: int
    classes: int
    target: int | None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A set that is evaluated, and how training saw it.

    rows : those of the split that show all of it. unseen_pairs : of its `pairs`, never shown together in training.
    """

    split: str
    combination: Combination
    rows: int
    relation: Relation
    unseen_pairs: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Check:
    """matrix : set → rows that show it, one number a part. distances : total variation between two parts' classes."""

    parts: tuple[PartCount, ...]
    matrix: dict[Combination, tuple[int, ...]]
    evaluated: tuple[Evaluated, ...]
    distances: dict[tuple[str, str], float]
    findings: tuple[Finding, ...]

    @property
    def violations(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.state == "violated"]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "parts": [asdict(part) for part in self.parts],
            "matrix": [
                {"shown": list(shown), "rows": {p.name: n for p, n in zip(self.parts, counts, strict=True) if n}}
                for shown, counts in self.matrix.items()
            ],
            "evaluated": [asdict(one) for one in self.evaluated],
            "class_distances": [{"parts": list(pair), "total_variation": tv} for pair, tv in self.distances.items()],
            "invariants": [asdict(finding) for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a split, as numbers; `part` indexes `parts`, -1 where a row has no split."""

    parts: list[tuple[str, str]]
    part: NDArray[np.int64]
    names: tuple[str, ...]
    shown: Masks
    available: Masks | None
    group: Codes | None
    video: Codes
    classes: Codes

    def sets(self, split: str) -> list[Combination]:
        return [names_of(int(mask), self.names) for mask in np.unique(self.shown[self.of(split)])]

    def of(self, split: str) -> NDArray[np.bool_]:
        return np.isin(self.part, [number for number, (_, of) in enumerate(self.parts) if of == split])


def check(manifest: Manifest, *, allow_covered: bool = False, missing: Sequence[str] | None = None) -> Check:
    """Check a split's manifest. Raises SourceError if it is none.

    Training sets are those that the training rows show, whatever the spec says that made the split.

    allow_covered : let evaluated sets be covered or seen. missing : files that were looked for and not found.
    """
    made = json.loads(manifest.about.get(SPLIT_KEY, "{}"))
    spec = Spec.from_dict(made["spec"], SPLIT_KEY) if made else None
    table = _read(manifest, spec)
    parts = tuple(_counts(table, made.get("targets", {})))
    evaluated = tuple(_evaluated(table, spec))
    histogram = _histogram(table)
    distances = {
        (parts[one].name, parts[two].name): _total_variation(histogram[one], histogram[two])
        for one, two in itertools.combinations(range(len(parts)), 2)
        if histogram[one].any() and histogram[two].any()
    }
    findings = [
        _rows(table),
        _disjoint("groups", table.group, table, shared="violated"),
        _disjoint("videos", table.video, table, shared=_videos_may_be_shared(table)),
        _visible(table),
        *_unseen(table, evaluated, allow_covered, spec.missing if spec else ()),
        _union(table, evaluated),
        *_sizes(parts, spec),
        *_classes(table, parts, histogram),
        *_balance(distances),
        *_files(manifest, missing),
    ]
    return Check(parts, _matrix(table), evaluated, distances, tuple(findings))


def _read(manifest: Manifest, spec: Spec | None) -> _Table:
    split = manifest.table["split"].to_pylist()
    known = ("train", *EVALUATION)
    if not {"train", "test"} <= set(split):
        raise SourceError(
            f"{manifest.about.get('name', manifest.root)}: a modality split has the splits train and test; this has "
            f"{', '.join(sorted({str(one) for one in split if one})) or 'none'} "
            "(make one with `vidsynth splits modality`)"
        )
    named = manifest.extra_column("part")
    name = [own or of for own, of in zip(named.to_pylist(), split, strict=True)]
    pairs = sorted(
        {pair for pair in zip(name, split, strict=True) if pair[1] in known}, key=lambda p: (known.index(p[1]), p)
    )
    number = {pair: at for at, pair in enumerate(pairs)}
    shown, names = modality_masks(manifest.table["modalities"], spec.modalities if spec else ())
    available = manifest.extra_column("available")
    group = manifest.extra_column("group")
    return _Table(
        pairs,
        np.array([number.get(pair, -1) for pair in zip(name, split, strict=True)], np.int64),
        names,
        shown,
        modality_masks(available, names)[0] if pa.types.is_list(available.type) else None,
        coded(manifest, "extra.group") if group.null_count < len(group) else None,
        coded(manifest, spec.video if spec else "path"),
        coded(manifest, *(spec.classes if spec else ("labels",))),
    )


# ------------------------------------------------------------------------------ counting


def _counts(table: _Table, targets: dict[str, int]) -> list[PartCount]:
    def different(codes: Codes | None, mine: NDArray[np.bool_]) -> int:
        return int((np.bincount(codes.code[mine & (codes.code >= 0)]) > 0).sum()) if codes else 0

    out = []
    for number, (name, split) in enumerate(table.parts):
        mine = table.part == number
        groups, videos, classes = (different(codes, mine) for codes in (table.group, table.video, table.classes))
        out.append(PartCount(name, split, int(mine.sum()), groups, videos, classes, targets.get(name)))
    return out


def _matrix(table: _Table) -> dict[Combination, tuple[int, ...]]:
    masks, row = np.unique(table.shown, return_inverse=True)
    placed = table.part >= 0
    cells = np.bincount(row[placed] * len(table.parts) + table.part[placed], minlength=len(masks) * len(table.parts))
    counts = cells.reshape(len(masks), len(table.parts))
    sets = [names_of(int(mask), table.names) for mask in masks]
    order = sorted(range(len(sets)), key=lambda at: (len(sets[at]), [table.names.index(name) for name in sets[at]]))
    return {sets[at]: tuple(counts[at].tolist()) for at in order}


def _histogram(table: _Table) -> NDArray[np.int64]:
    """Return rows of each class in each part, int64 [P, C]."""
    mine = (table.part >= 0) & (table.classes.code >= 0)
    wide = len(table.classes)
    cells = np.bincount(table.part[mine] * wide + table.classes.code[mine], minlength=len(table.parts) * wide)
    return cells.reshape(len(table.parts), wide)


def _total_variation(one: NDArray[np.int64], two: NDArray[np.int64]) -> float:
    """Return half the sum of the differences of two distributions: 0 where equal, 1 where disjoint."""
    return float(np.abs(one / one.sum() - two / two.sum()).sum() / 2)


def _evaluated(table: _Table, spec: Spec | None) -> list[Evaluated]:
    training = table.sets("train")
    out = []
    for split in EVALUATION:
        declared = list(getattr(spec, split)) if spec else []
        thinned = spec is not None and split in spec.missing
        # What rows show is evaluated, too: all sets together, unless rows lose some of them on purpose.
        shown = [] if thinned and declared else table.sets(split)
        together = {frozenset(name for one in declared for name in one)} if len(declared) > 1 else set()
        known = {frozenset(one) for one in declared}
        others = [one for one in shown if one and frozenset(one) not in known | together]
        mine = table.shown[table.of(split)]
        for one in declared + others:
            known_bits = bits(one, table.names) if set(one) <= set(table.names) else 0
            rows = int(holds(mine, known_bits).sum()) if known_bits else 0
            out.append(Evaluated(split, one, rows, relation(one, training), *unseen_pairs(one, training)))
    return out


# ------------------------------------------------------------------------------ the invariants, a line each


def _rows(table: _Table) -> Finding:
    lost = int((table.part < 0).sum())
    if lost:
        return Finding("rows", "violated", f"{lost} of {len(table.part)} rows are in none of train, val and test")
    return Finding("rows", "ok", f"{len(table.part)} rows, each in one of {len(table.parts)} parts")


def _disjoint(what: str, codes: Codes | None, table: _Table, shared: State) -> Finding:
    if codes is None:
        return Finding(what, "note", "the manifest does not say which group a row is of (extra.group)")
    mine = (codes.code >= 0) & (table.part >= 0)
    wide = len(table.parts)
    cells = np.bincount(codes.code[mine] * wide + table.part[mine], minlength=len(codes) * wide)
    inside = cells.reshape(-1, wide) > 0
    twice = np.flatnonzero(inside.sum(1) > 1)
    if not len(twice):
        return Finding(what, "ok", f"{len(codes)} {what}, each in one part")
    where = [table.parts[part][0] for part in np.flatnonzero(inside[twice[0]])]
    return Finding(
        what,
        shared,
        f"{len(twice)} of {len(codes)} {what} are in more than one part, such as {codes.names[twice[0]]!r} "
        f"in {' and '.join(where)}",
    )


def _videos_may_be_shared(table: _Table) -> State:
    """Where groups are single rows, that rows of one video part was asked for."""
    single = table.group is not None and len(table.group) == len(table.part)
    return "note" if single or table.group is None else "violated"


def _visible(table: _Table) -> Finding:
    empty = int((table.shown == 0).sum())
    if empty:
        return Finding("visible", "violated", f"{empty} rows show no modality")
    if table.available is None:
        return Finding("visible", "note", "the manifest does not say what is available (extra.available)")
    beyond = int(((table.shown & ~table.available) > 0).sum())
    if beyond:
        return Finding("visible", "violated", f"{beyond} rows show a modality that they do not have")
    return Finding("visible", "ok", "every row shows only what it has")


def _unseen(
    table: _Table, evaluated: Sequence[Evaluated], allow_covered: bool, thinned: Collection[str]
) -> list[Finding]:
    """One line a set; where modalities were taken from rows on purpose (`thinned`), no row need show all of it."""
    training = table.sets("train")
    out = []
    for one in evaluated:
        line = f"{text(one.combination)} is {one.relation}"
        if one.relation == "seen":
            line += " in training"
        if one.relation == "covered":
            line += f" by {text(next(m for m in training if set(one.combination) < set(m)))}"
        line += f"; {one.unseen_pairs} of {one.pairs} pairs never shown together in training"
        line += f"; {one.rows} rows show it"
        good: State = "ok" if one.relation == "unseen" else "note" if allow_covered else "violated"
        state: State = good if one.rows or one.split in thinned else "violated"
        out.append(Finding(f"unseen in {one.split}", state, line))
    return out


def _union(table: _Table, evaluated: Sequence[Evaluated]) -> Finding:
    known = {name for one in table.sets("train") for name in one}
    new = sorted({name for one in evaluated for name in one.combination} - known)
    if new:
        return Finding("modalities", "violated", f"{text(new)} is evaluated, and no training row shows it")
    return Finding("modalities", "ok", "every modality that is evaluated was shown in training")


def _sizes(parts: Sequence[PartCount], spec: Spec | None) -> list[Finding]:
    asked = [(part.name, part.rows, part.target) for part in parts if part.target]
    if not asked or spec is None:
        return []
    name, rows, target = max(asked, key=lambda one: abs(one[1] - one[2]) / one[2])
    worst = abs(rows - target) / target
    state: State = "ok" if worst <= spec.tolerance else "violated"
    line = (
        "every part has the rows asked for"
        if rows == target
        else f"{name} has {rows} of {target} rows, {worst:.2%} off"
    )
    return [Finding("sizes", state, f"{line} (tolerance {spec.tolerance:.1%})")]


def _classes(table: _Table, parts: Sequence[PartCount], histogram: NDArray[np.int64]) -> list[Finding]:
    """For each evaluation part: which of its classes no row of A has, none of B, none of training."""
    train = [number for number, part in enumerate(parts) if part.split == "train"]
    out = []
    for number, part in enumerate(parts):
        if part.split == "train" or not part.classes:
            continue
        here = histogram[number] > 0
        rows = int(histogram[number].sum())
        absent = [(parts[one].name, here & (histogram[one] == 0)) for one in train]
        everywhere = here & ~(histogram[train] > 0).any(0)
        said = [
            f"{int(gone.sum())} absent from {name} ({histogram[number][gone].sum() / rows:.1%} of rows)"
            for name, gone in absent
        ]
        some = ", ".join(repr(table.classes.names[at]) for at in np.flatnonzero(everywhere)[:_SHOWN])
        more = ", …" if everywhere.sum() > _SHOWN else ""
        said.append(f"{int(everywhere.sum())} absent from all of training" + (f": {some}{more}" if some else ""))
        anything = any(gone.any() for _, gone in absent)
        out.append(
            Finding(
                f"classes of {part.name}", "note" if anything else "ok", f"{part.classes} classes; {'; '.join(said)}"
            )
        )
    return out


def _balance(distances: dict[tuple[str, str], float]) -> list[Finding]:
    if not distances:
        return []
    said = ", ".join(f"{one}-{two} {value:.3f}" for (one, two), value in distances.items())
    return [Finding("class balance", "note", f"total variation between parts: {said}")]


def _files(manifest: Manifest, missing: Sequence[str] | None) -> list[Finding]:
    if missing is None:
        return []
    if missing:
        line = f"{len(missing)} are not under {manifest.root}, such as {missing[0]}"
        return [Finding("files", "violated", line)]
    return [Finding("files", "ok", f"every file is under {manifest.root}")]
