"""How far the labels of two domains differ, as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from vidsynth.errors import SourceError
from vidsynth.splits.balance.weights import effective_number


class LabelShift(NamedTuple):
    """Two distributions of labels, p of the source and q of the target.

    source, target : counts of each class.
    total_variation : sum |p - q| / 2, from 0 (equal) to 1 (nothing in common).
    kl : sum q ln(q / p), of the target from the source, in nats; infinite if a class of the target has no source.
    ratio : q / p of each class; infinite or NaN where p is 0.
    effective : effective number of the source's samples of each class; see `balance.weights.effective_number`.
    """

    classes: tuple[str, ...]
    source: tuple[int, ...]
    target: tuple[int, ...]
    total_variation: float
    kl: float
    ratio: tuple[float, ...]
    effective: tuple[float, ...]


def label_shift(
    source: Mapping[str, int], target: Mapping[str, int], classes: Sequence[str] | None = None, *, beta: float = 0.999
) -> LabelShift:
    """Compare counts of labels. `classes` says which, and in which order; by default all, sorted.

    Raises SourceError if either side has no label at all.

    >>> label_shift({"take": 3, "put": 1}, {"take": 1, "put": 1}).total_variation
    0.25
    """
    names = tuple(classes or sorted({*source, *target}))
    counts = [np.array([side.get(name, 0) for name in names], np.int64) for side in (source, target)]
    for side, count in zip(("source", "target"), counts, strict=True):
        if not count.sum():
            raise SourceError(f"the {side} has no labels to compare")
    p, q = (count / count.sum() for count in counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = q / p
        terms = np.where(q > 0, q * np.log(ratio), 0.0)
    return LabelShift(
        names,
        tuple(counts[0].tolist()),
        tuple(counts[1].tolist()),
        float(np.abs(p - q).sum() / 2),
        float(terms.sum()),
        tuple(ratio.tolist()),
        tuple(effective_number(counts[0], beta).tolist()),
    )
