"""Whole numbers of rows: what each part should get, whether that can be, and from which rows it comes.

Rows that can go to the same parts are alike. With `counts` rows of each kind and a target for each part, the question
is a flow from kinds to parts; where it cannot fill them, the parts and kinds that a cut separates say why (Hall, 1935).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import RecipeError

Ints = NDArray[np.int64]
_SCALINGS = 64


class Short(Exception):
    """Some parts together need more rows than can go to any of them: their numbers, the rows needed and there."""

    def __init__(self, parts: list[int], needed: int, there: int) -> None:
        super().__init__(parts, needed, there)
        self.parts, self.needed, self.there = parts, needed, there


def targets(sizes: Mapping[str, int | float], parts: Sequence[str], rows: int) -> Ints:
    """Return each part's rows, int64 [P]: numbers as given, shares of `rows`, what is left evenly to the others.

    Fractions go to the largest remainders, so that shares that add up to 1 take every row. Raises RecipeError.

    >>> targets({"test": 0.5}, ["A", "B", "test"], 11).tolist()
    [3, 3, 5]
    """
    fixed = sum(size for size in sizes.values() if isinstance(size, int))
    shares = sum(size for size in sizes.values() if isinstance(size, float))
    open_parts = [part for part in parts if part not in sizes]
    left = rows - fixed - shares * rows
    if left < -1e-6 * max(rows, 1) or (open_parts and left < len(open_parts)):
        asked = f"sizes: {fixed} rows and {shares:g} of all" if shares else f"sizes: {fixed} rows"
        others = f", and {', '.join(open_parts)} would get nothing" if open_parts else ""
        raise RecipeError(f"{asked} are asked for; {rows} rows can be used{others}")
    wanted = np.array(
        [size if isinstance(size := sizes.get(part), int) else rows * size if size else left / max(len(open_parts), 1)
         for part in parts]
    )  # fmt: skip
    whole = np.floor(wanted + 1e-9).astype(np.int64)
    missing = round(wanted.sum()) - int(whole.sum())
    whole[np.argsort(-(wanted - whole), kind="stable")[:missing]] += 1
    if (whole == 0).any():
        empty = parts[int(np.argmax(whole == 0))]
        raise RecipeError(f"sizes: {sizes.get(empty, 0):g} of {rows} rows that can be used leave none for {empty}")
    return whole


def quotas(counts: Ints, eligible: NDArray[np.bool_], wanted: Ints) -> Ints:
    """Return how many rows of each kind go to each part, int64 [K, P]: exactly `wanted` in all.

    counts : rows of each kind, [K]. eligible : whether a kind may go to a part, [K, P].
    Kinds are shared out in proportion as far as that can be. Raises Short.
    """
    for part, needed in enumerate(wanted):
        if needed > (there := counts[eligible[:, part]].sum()):
            raise Short([part], int(needed), int(there))
    flow = _proportional(counts, eligible, wanted)
    for part in range(len(wanted)):
        while flow[:, part].sum() < wanted[part]:
            _augment(flow, counts, eligible, wanted, part)
    return flow


def _proportional(counts: Ints, eligible: NDArray[np.bool_], wanted: Ints) -> Ints:
    """Scale rows and columns in turns (Sinkhorn and Knopp, 1967), the rows that stay over as one more column."""
    spare = max(int(counts.sum() - wanted.sum()), 0)
    columns = np.append(wanted, spare).astype(np.float64)
    shares = np.c_[eligible, np.ones(len(counts), bool)] * counts[:, None] * columns
    for _ in range(_SCALINGS):
        shares *= columns / np.maximum(shares.sum(0), 1e-300)
        shares *= (counts / np.maximum(shares.sum(1), 1e-300))[:, None]
    flow: Ints = np.floor(shares[:, :-1] + 1e-9).astype(np.int64)
    over = np.maximum(flow.sum(0) - wanted, 0)
    for part in np.flatnonzero(over):
        flow[:, part] = flow[:, part] * int(wanted[part]) // int(flow[:, part].sum())
    return flow


def _augment(flow: Ints, counts: Ints, eligible: NDArray[np.bool_], wanted: Ints, part: int) -> None:
    """Bring more rows to a part, from spare ones or from parts that can take others instead."""
    came_from: dict[int, tuple[int, int]] = {}  # part → the part that would take of its rows, and their kind
    queue, seen = [part], {part}
    spare = counts - flow.sum(1)
    for taker in queue:
        for kind in np.flatnonzero(eligible[:, taker]):
            if spare[kind] > 0:
                _shift(
                    flow, came_from, taker, int(kind), part, int(min(spare[kind], wanted[part] - flow[:, part].sum()))
                )
                return
            for giver in np.flatnonzero(flow[kind] > 0):
                if int(giver) not in seen:
                    seen.add(int(giver))
                    queue.append(int(giver))
                    came_from[int(giver)] = taker, int(kind)
    reached = eligible[:, queue].any(1)
    raise Short(sorted(queue), int(wanted[queue].sum()), int(counts[reached].sum()))


def _shift(flow: Ints, came_from: dict[int, tuple[int, int]], giver: int, kind: int, part: int, most: int) -> None:
    """Give `giver` rows of `kind`, and hand as many on along the chain of takers to `part`."""
    chain, at = [], giver
    while at != part:
        taker, handed = came_from[at]
        chain.append((at, taker, handed))
        at = taker
    amount = min([most, *(int(flow[handed, one]) for one, _, handed in chain)])
    flow[kind, giver] += amount
    for one, taker, handed in chain:
        flow[handed, one] -= amount
        flow[handed, taker] += amount
