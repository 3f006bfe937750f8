"""Counts of what each rule removed, by split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Tally:
    """Counts int64 [splits] by name, in the order in which they were told.

    counts : what is there at a stage (`captions`, `events`, `candidates`, `pairs`, …).
    dropped : what each rule removed. Every candidate is removed by one rule or is a pair.
    """

    def __init__(self) -> None:
        self.splits: tuple[str, ...] = ()
        self.counts: dict[str, Ints] = {}
        self.dropped: dict[str, Ints] = {}

    def begin(self, splits: Sequence[str], codes: Ints) -> None:
        """Set the names of splits, and count the captions that came in."""
        self.splits = tuple(splits)
        self.count("captions", codes)

    def count(self, name: str, codes: Ints, weights: Ints | None = None) -> None:
        """Add to a count, each item given as the code of its split."""
        self.counts[name] = self.counts.get(name, 0) + self._by_split(codes, weights)

    def drop(self, rule: str, codes: Ints, weights: Ints | None = None) -> None:
        """Tell what a rule removed, each item given as the code of its split."""
        removed = self._by_split(codes, weights)
        if rule in self.dropped or removed.any():
            self.dropped[rule] = self.dropped.get(rule, 0) + removed

    def _by_split(self, codes: Ints, weights: Ints | None) -> Ints:
        counts = np.zeros(len(self.splits), np.int64)
        if weights is None:
            counts += np.bincount(codes, minlength=len(counts))
        else:
            np.add.at(counts, codes, weights)
        return counts
