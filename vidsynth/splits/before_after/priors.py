"""Models of order that see no video: learnt from which text came first, asked about two texts.

Each is made of pairs as codes of texts, `first` and `second`, int64 [P], and called with such codes returns
margins, float64 [N]: above 0 where it says that the first comes first, 0 where it does not know.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_WORD = re.compile(r"[a-z0-9']+")


class WordCount:
    """A naive Bayes of the words of first against those of second texts.

    A word's weight is log((1 + pairs whose first text holds it) / (1 + pairs whose second does)); the text with the
    larger sum over its words, each counted once, is said to be first.
    """

    def __init__(self, first: Ints, second: Ints, names: pa.Array) -> None:
        holder, word, words = _incidence(names)
        counts = [
            np.bincount(word, np.bincount(side, minlength=len(names))[holder], minlength=words)
            for side in (first, second)
        ]
        weights = np.log((1 + counts[0]) / (1 + counts[1]))
        self.text: Floats = np.bincount(holder, weights[word], minlength=len(names)).astype(np.float64)

    def __call__(self, first: Ints, second: Ints) -> Floats:
        return _tied(self.text[first] - self.text[second])


class PairPrior:
    """How often text a came before text b, n(a→b), against n(b→a).

    One more count is shared between the two by a logistic of the difference of their log-odds of being first:
    p(a→b) = (n(a→b) + σ(l(a) − l(b))) / (n(a→b) + n(b→a) + 1), l = log((1 + times first) / (1 + times second)).
    """

    def __init__(self, first: Ints, second: Ints, texts: int) -> None:
        self.texts = texts
        self.keys, self.counts = np.unique(first * texts + second, return_counts=True)
        times = [np.bincount(side, minlength=texts) for side in (first, second)]
        self.odds = np.log((1 + times[0]) / (1 + times[1]))

    def __call__(self, first: Ints, second: Ints) -> Floats:
        there, back = self._seen(first, second), self._seen(second, first)
        prior = 1 / (1 + np.exp(self.odds[second] - self.odds[first]))
        return _tied((there + prior) / (there + back + 1) - 0.5)

    def _seen(self, first: Ints, second: Ints) -> Ints:
        wanted = first * self.texts + second
        if not len(self.keys):
            return np.zeros(len(wanted), np.int64)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        seen: Ints = np.where(self.keys[at] == wanted, self.counts[at], 0)
        return seen


def _tied(margin: Floats) -> Floats:
    """Return the margins, 0 for those that only rounding tells from 0: a tie."""
    tied: Floats = np.where(np.abs(margin) < 1e-9, 0.0, margin)
    return tied


def _incidence(names: pa.Array) -> tuple[Ints, Ints, int]:
    """Return which text holds which word, each once: text numbers, word numbers, and how many words there are."""
    known: dict[str, int] = {}
    holder: list[int] = []
    word: list[int] = []
    for number, text in enumerate(names.to_pylist()):
        found = {known.setdefault(each, len(known)) for each in _WORD.findall(text.lower())}
        word += found
        holder += [number] * len(found)
    return np.array(holder, np.int64), np.array(word, np.int64), len(known)
