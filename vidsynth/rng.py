"""All randomness: counter-based streams and keyed permutations.

A stream is a function of (seed, name, index), so sample `i` draws the same numbers whatever ran
before it, in whatever process. This is the only module that makes numpy generators.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

_MASK64 = (1 << 64) - 1


class _Key(ISeedSequence):
    """A key of two words, in the form that spares numpy a call for the system's entropy."""

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.sha256(f"vidsynth/{seed}/{name}".encode()).digest()
        self.words = np.frombuffer(digest[:16], "<u8").astype(np.uint64)

    def generate_state(self, n_words: int, dtype: object = np.uint64) -> NDArray[np.uint64]:
        return self.words


_key = functools.lru_cache(maxsize=256)(_Key)


def stream(seed: int, name: str, index: int = 0) -> np.random.Generator:
    """Return the random generator of item `index` in the stream `name`.

    Philox 4x64 (Salmon et al., SC 2011) with a key from (seed, name) and `index` in the third word
    of its counter, so that streams of one key never overlap within 2^128 draws.

    >>> float(stream(0, "doc", 7).random()) == float(stream(0, "doc", 7).random())
    True
    """
    counter = np.array([0, 0, index & _MASK64, index >> 64], dtype=np.uint64)
    bits = np.random.Philox(_key(seed, name), counter=counter)  # type: ignore[arg-type]
    return np.random.Generator(bits)


def raw16(rng: np.random.Generator, count: int) -> NDArray[np.uint16]:
    """Draw `count` integers of 16 bits, uint16 [count]: Philox's own bits, four to a word, lowest first.

    What numpy makes of these bits (its normal distribution, say) may change with its version; they may not.
    """
    words: NDArray[np.uint64] = rng.bit_generator.random_raw(-(-count // 4))
    return words.astype("<u8").view("<u2")[:count].astype(np.uint16, copy=False)


def legacy_choices(seed: int, sizes: Sequence[int], count: int) -> list[NDArray[np.int64]]:
    """Draw min(count, size) of `range(size)` without replacement, for each size in turn, from one legacy stream.

    numpy's frozen `RandomState(seed).choice(size, n, replace=False)`: only for lists that were published so.

    >>> [drawn.tolist() for drawn in legacy_choices(99999, [5, 2], 3)]
    [[2, 1, 4], [1, 0]]
    """
    legacy = np.random.RandomState(seed)
    return [legacy.choice(size, min(count, size), replace=False) for size in sizes]


def _mix(value: int) -> int:
    """SplitMix64's finaliser (Steele et al., OOPSLA 2014): 64 bits in, 64 well mixed bits out."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & _MASK64
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & _MASK64
    return value ^ (value >> 31)


def _mix_array(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


class Permutation:
    """A keyed permutation of `range(n)` that takes no memory: position -> item, and back.

    A Feistel network over just as many bits as hold `n`, in two halves that take turns to change;
    positions that fall outside walk on until they are inside (cycle walking: Black and Rogaway,
    CT-RSA 2002).

    >>> order = Permutation(0, "doc", 5)
    >>> sorted(order[i] for i in range(5))
    [0, 1, 2, 3, 4]
    """

    ROUNDS = 6

    def __init__(self, seed: int, name: str, n: int) -> None:
        if n < 0:
            raise ValueError(f"a permutation needs n >= 0, not {n}")
        self.n = n
        bits = max(n - 1, 1).bit_length()
        self._shift = bits - bits // 2  # the left half holds the smaller half of the bits
        self._low = (1 << bits // 2) - 1, (1 << self._shift) - 1
        key = _key(seed, f"permutation/{name}/{n}").words.tolist()
        keys = [_mix((key[r & 1] + r * 0x9E3779B97F4A7C15) & _MASK64) for r in range(self.ROUNDS)]
        self._rounds = list(zip(keys[::2], keys[1::2], strict=True))

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, position: int) -> int:
        """Return the item at `position`. Raises IndexError outside `range(n)`."""
        item = self._checked(position)
        while True:
            left, right = item >> self._shift, item & self._low[1]
            for left_key, right_key in self._rounds:
                left ^= _mix(right ^ left_key) & self._low[0]
                right ^= _mix(left ^ right_key) & self._low[1]
            item = left << self._shift | right
            if item < self.n:
                return item

    def position(self, item: int) -> int:
        """Return the position at which `item` stands: the inverse of `[]`."""
        place = self._checked(item)
        while True:
            left, right = place >> self._shift, place & self._low[1]
            for left_key, right_key in reversed(self._rounds):
                right ^= _mix(left ^ right_key) & self._low[1]
                left ^= _mix(right ^ left_key) & self._low[0]
            place = left << self._shift | right
            if place < self.n:
                return place

    def array(self, start: int = 0, stop: int | None = None) -> NDArray[np.int64]:
        """Return the items at positions `start` up to `stop` as int64 [stop - start]."""
        stop = self.n if stop is None else min(stop, self.n)
        return self.take(np.arange(start, max(start, stop)))

    def take(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the items at any positions, int64 [N], all in `range(n)`."""
        items = positions.astype(np.uint64)
        shift, low = np.uint64(self._shift), [np.uint64(mask) for mask in self._low]
        outside = np.ones(len(items), bool)
        while outside.any():
            left, right = items[outside] >> shift, items[outside] & low[1]
            for left_key, right_key in self._rounds:
                left ^= _mix_array(right ^ np.uint64(left_key)) & low[0]
                right ^= _mix_array(left ^ np.uint64(right_key)) & low[1]
            items[outside] = left << shift | right
            outside = items >= self.n
        return items.astype(np.int64)

    def _checked(self, position: int) -> int:
        if not 0 <= position < self.n:
            raise IndexError(f"{position} is outside 0 to {self.n - 1}")
        return position
