"""Single rows to parts: sizes exact, and every class in about its share.

Rows of one kind (those that fit the same parts) stand in line class by class, and the parts take evenly spaced places.
What the classes then lack is made good by exchanges: two parts swap rows of different classes, which changes no size.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from vidsynth.splits.modality.quotas import Ints

_MAX_CELLS = 1 << 24  # of kinds, classes and parts; with more, classes are hardly larger than a row
_ROUNDS = 32


def stratified(kind: Ints, classes: Ints, turn: Ints, eligible: NDArray[np.bool_], quota: Ints) -> Ints:
    """Return a part for each row, int64 [N], -1 for rows that no part takes.

    kind, classes : of each row, from 0. turn : a number for each row; rows that are alike are taken in its order.
    eligible : bool [K, P]. quota : rows of each kind for each part, int64 [K, P]; the parts' totals are kept.
    """
    kinds, parts = quota.shape
    line = np.lexsort((turn, classes, kind))
    counts = np.bincount(kind, minlength=kinds)
    places = [dealt(np.append(few, count - few.sum())) for few, count in zip(quota, counts, strict=True)]
    part = np.concatenate([*places, np.empty(0, np.int64)])
    shape = (kinds, int(classes.max(initial=0)) + 1, parts + 1)
    if np.prod(shape) <= _MAX_CELLS:
        cell = kind[line] * shape[1] + classes[line]
        table = np.bincount(cell * shape[2] + part, minlength=int(np.prod(shape))).reshape(shape)
        _exchange(table, np.c_[eligible, np.ones(kinds, bool)])
        part = np.repeat(np.tile(np.arange(shape[2]), shape[0] * shape[1]), table.ravel())
    out = np.empty(len(kind), np.int64)
    out[line] = np.where(part < parts, part, -1)
    return out


def _exchange(table: Ints, eligible: NDArray[np.bool_]) -> None:
    """Swap rows between parts, in place, while that brings both nearer to the classes' shares.

    table : rows of each kind and class in each part, int64 [K, C, P]; the last part is of those left out, whose
        classes do not matter. eligible : [K, P].
    """
    size = table.sum((0, 1))
    share = table.sum((0, 2)) / max(table.sum(), 1)
    weight = 1 / np.maximum(size, 1).astype(np.float64) ** 2
    weight[-1] = 0
    for _ in range(_ROUNDS):
        changed = False
        for one, two in itertools.combinations(np.flatnonzero(size), 2):
            both = np.flatnonzero(eligible[:, one] & eligible[:, two])
            over = table.sum(0) - np.outer(share, size)
            best = np.rint(
                (over[:, one] * weight[one] - over[:, two] * weight[two]) / (weight[one] + weight[two])
            ).astype(np.int64)
            there = np.minimum(np.maximum(best, 0), table[both][:, :, one].sum(0))
            back = np.minimum(np.maximum(-best, 0), table[both][:, :, two].sum(0))
            amount = min(there.sum(), back.sum())
            for rows, source, target in ((there, one, two), (back, two, one)):
                left = _first(rows, amount)
                for kind in both:
                    taken = np.minimum(left, table[kind, :, source])
                    table[kind, :, source] -= taken
                    table[kind, :, target] += taken
                    left -= taken
            changed |= amount > 0
        if not changed:
            return


def _first(rows: Ints, amount: int) -> Ints:
    """Return at most `rows`, in all `amount`, the largest first."""
    order = np.argsort(-rows, kind="stable")
    out = np.zeros_like(rows)
    out[order] = np.clip(amount - (np.cumsum(rows[order]) - rows[order]), 0, rows[order])
    return out


def dealt(quota: Ints) -> NDArray[np.int64]:
    """Return a part for each of `quota.sum()` places in line, every part's places as evenly spaced as they can be.

    quota : places of each part, [P]. Any stretch of the line thus holds each part in about its share.

    >>> dealt(np.array([2, 4])).tolist()
    [1, 0, 1, 1, 0, 1]
    """
    place = np.concatenate([(np.arange(count) + 0.5) / count for count in quota if count] or [np.empty(0)])
    part = np.repeat(np.arange(len(quota)), quota)
    return part[np.argsort(place, kind="stable")]
