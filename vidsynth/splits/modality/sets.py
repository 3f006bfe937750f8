"""Sets of modalities: how they are written, and what it means that one was not seen in training.

Let C be the visible sets of the training rows, and T the set of an evaluation row. T is

    seen      where it is a member of C,
    covered   where it is a proper subset of a member: its modalities were seen together, among others,
    unseen    where it is a subset of no member (the strict sense).

A pair of T's modalities is unseen where no member of C holds both.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Combination = tuple[str, ...]
Relation = Literal["seen", "covered", "unseen"]
Masks = NDArray[np.uint64]
MAX_MODALITIES = 64


def combination(value: Any) -> Combination:
    """Return the modalities of `rgb+audio`, or of the list [rgb, audio]. Raises ValueError.

    >>> combination("rgb+audio")
    ('rgb', 'audio')
    """
    names = [name.strip() for name in value.split("+")] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"{value!r} is no set of modalities; write rgb+audio or [rgb, audio]")
    for name in names:
        if set("+|") & set(name):
            raise ValueError(f"{name!r} is no modality; write sets as rgb+audio, or as lists of lists")
    if len(set(names)) < len(names):
        raise ValueError(f"{text(names)} names a modality twice")
    return tuple(names)


def alternatives(value: Any) -> tuple[Combination, ...]:
    """Return the sets of `rgb | audio+flow`, of a list of lists, or the one set of a list of names. Raises ValueError.

    >>> alternatives("rgb | audio+flow")
    (('rgb',), ('audio', 'flow'))
    """
    if isinstance(value, str):
        return tuple(combination(part) for part in value.split("|"))
    if isinstance(value, list | tuple) and value and all(isinstance(part, list | tuple) for part in value):
        return tuple(combination(part) for part in value)
    return (combination(value),)


def text(names: Iterable[str]) -> str:
    """Return a set as it is written: `rgb+audio`."""
    return "+".join(names) or "none"


def relation(evaluated: Collection[str], training: Iterable[Collection[str]]) -> Relation:
    """Say whether a set was seen in training, was covered by a larger one, or is unseen.

    >>> relation({"rgb", "audio"}, [{"rgb"}, {"audio"}])
    'unseen'
    """
    members = [set(member) for member in training]
    if set(evaluated) in members:
        return "seen"
    return "covered" if any(set(evaluated) < member for member in members) else "unseen"


def unseen_pairs(evaluated: Iterable[str], training: Iterable[Collection[str]]) -> tuple[int, int]:
    """Return how many of a set's pairs of modalities no training set holds, and how many pairs there are.

    >>> unseen_pairs(["rgb", "audio", "flow"], [{"rgb", "flow"}, {"audio"}])
    (2, 3)
    """
    together = {frozenset(pair) for member in training for pair in itertools.combinations(member, 2)}
    pairs = [frozenset(pair) for pair in itertools.combinations(evaluated, 2)]
    return sum(pair not in together for pair in pairs), len(pairs)


def all_combinations(modalities: Sequence[str]) -> Iterator[Combination]:
    """Yield all 2^M - 1 sets of M modalities, small ones first."""
    for size in range(1, len(modalities) + 1):
        yield from itertools.combinations(modalities, size)


def leave_one_out(
    modalities: Sequence[str], *, strict: bool = True
) -> Iterator[tuple[Combination, tuple[Combination, ...]]]:
    """Yield (held out, training sets) for every set of two or more modalities.

    strict : training holds every set that the held-out one is no subset of, so that it is unseen; else every
        other set, so that it may be covered by larger ones.

    A single modality is never held out: what no training set holds is an unseen modality, not an unseen combination.

    >>> next(leave_one_out(["rgb", "audio"]))
    (('rgb', 'audio'), (('rgb',), ('audio',)))
    """
    known = list(all_combinations(modalities))
    for held in known[len(modalities) :]:
        kept = (other for other in known if (not set(held) <= set(other) if strict else other != held))
        yield held, tuple(kept)


def bits(names: Iterable[str], order: Sequence[str]) -> int:
    """Return a set as an integer: bit k stands for the k-th name of `order`."""
    return sum(1 << order.index(name) for name in names)


def names_of(mask: int, order: Sequence[str]) -> Combination:
    """Return the set that an integer stands for, in the order of `order`."""
    return tuple(name for bit, name in enumerate(order) if mask >> bit & 1)


def holds(available: Masks, wanted: int) -> NDArray[np.bool_]:
    """Say for each of `available`, uint64 [N], whether it holds all of `wanted`."""
    held: NDArray[np.bool_] = (available & np.uint64(wanted)) == np.uint64(wanted)
    return held
