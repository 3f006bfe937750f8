"""Which colours, shapes and places each pair gets: every one equally often, by counting, not by chance."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import NamedTuple

from vidsynth.rng import Permutation


class Factor(NamedTuple):
    """Something that is gone through evenly: `size` values, each kept for `stay` pairs on end."""

    size: int
    stay: int = 1


def shuffled(seed: int, number: int, factors: Mapping[str, Factor]) -> dict[str, int]:
    """Return for each factor a value below its size: all of them once a round, each round in another random order."""
    found = {}
    for name, (size, stay) in factors.items():
        lap, place = divmod(number // stay, size)
        found[name] = Permutation(seed, f"time-order/{name}/{lap}", size)[place]
    return found


def listed(number: int, factors: Mapping[str, Factor]) -> dict[str, int]:
    """Return combination `number` of all values of the factors, the first factor changing fastest.

    >>> [tuple(listed(number, {"color": Factor(2), "shape": Factor(3)}).values()) for number in range(6)]
    [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2), (1, 2)]
    """
    found = {}
    for name, factor in factors.items():
        number, found[name] = divmod(number, factor.size)
    return found


def arranging(name: str, items: int, count: int) -> dict[str, Factor]:
    """Return the factors that arrange `count` of `items` with `rotated`.

    The pattern stays while the first goes once through all items: so every item is in every place equally often.
    """
    return {name: Factor(items), f"{name}_pattern": Factor(math.perm(items - 1, count - 1), stay=items)}


def couple(index: int, items: int) -> tuple[int, int]:
    """Return couple number `index` of two different items, the smaller first, in dictionary order."""
    return next(itertools.islice(itertools.combinations(range(items), 2), index, None))


def rotated(first: int, pattern: int, items: int, count: int) -> tuple[int, ...]:
    """Return `count` different items of `items` that begin with `first`.

    `pattern`, below perm(items - 1, count - 1), says how far round from it the others lie. When `first` takes all
    values, so does every other, whatever the pattern.

    >>> [rotated(first, 3, 4, 3) for first in range(4)]
    [(0, 2, 3), (1, 3, 0), (2, 0, 1), (3, 1, 2)]
    """
    left = list(range(1, items))
    chosen = [first]
    for place in range(1, count):
        number, pattern = divmod(pattern, math.perm(len(left) - 1, count - place - 1))
        chosen.append((first + left.pop(number)) % items)
    return tuple(chosen)
