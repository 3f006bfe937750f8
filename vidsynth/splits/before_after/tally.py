"""Counts of what each rule removed, by split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Tally:
    """Counts int64 [splits] by name, in the order in which they were told.

    counts : what there was: captions, events, candidates (ordered pairs of events of one video), pairs.
    dropped : what each rule removed, of captions or of candidates. Each of them is removed by one rule, or stays.
    of_pairs : the rules that removed candidates.
    """

    def __init__(self) -> None:
        self.splits: tuple[str, ...] = ()
        self.counts: dict[str, Ints] = {}
        self.dropped: dict[str, Ints] = {}
        self.of_pairs: set[str] = set()

    def begin(self, splits: Sequence[str], codes: Ints) -> None:
        """Set the names of splits, and count the captions that came in."""
        self.splits = tuple(splits)
        self.count("captions", codes)

    def count(self, name: str, codes: Ints, weights: Ints | None = None) -> None:
        """Add to a count, each item given as the code of its split."""
        self.counts[name] = self.counts.get(name, 0) + self._by_split(codes, weights)

    def drop(self, rule: str, codes: Ints, weights: Ints | None = None) -> None:
        """Tell what a rule removed, each item given as the code of its split; of candidates, once they are counted."""
        removed = self._by_split(codes, weights)
        if rule in self.dropped or removed.any():
            self.dropped[rule] = self.dropped.get(rule, 0) + removed
            if "candidates" in self.counts:
                self.of_pairs.add(rule)

    def _by_split(self, codes: Ints, weights: Ints | None) -> Ints:
        counts = np.zeros(len(self.splits), np.int64)
        if weights is None:
            counts += np.bincount(codes, minlength=len(counts))
        else:
            np.add.at(counts, codes, weights)
        return counts
