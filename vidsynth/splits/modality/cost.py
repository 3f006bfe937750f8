"""What it costs to send groups to parts.

Part p wants t_p rows, and of class c the share q_c that the class has of all rows. With n_p rows, n_pc of them of class
c, an assignment costs

    sum over p of  (n_p / t_p - 1)^2  +  stratify * sum over c of (n_pc - t_p q_c)^2 / (t_p^2 q_c)

the squared relative errors of the sizes, and the chi-squared distances of the parts' classes from those of all rows (a
class that a part lacks costs its whole share); and a hundredth of the share of rows that are lost because their group
went where they lack what is shown. The first two are squared distances: each group adds a vector to the part that it
goes to, one number for its size and one a class, and a part should add up to (1, sqrt(stratify * q_c), …). So what a
move changes follows from the part's residual, and what a swap changes from two moves and the product of the two groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_LOST = 0.01


@dataclass(frozen=True, slots=True)
class Problem:
    """Groups, and what each would add to each part.

    rows : int64 [G, P], the rows that a group would bring to a part; 0 where it cannot go.
    wanted : int64 [P], rows.
    price : float64 [G, P], what the rows cost that a group would lose in a part.
    start, place, value : the vectors: those of group g are `value[start[g] : start[g + 1]]`, for all parts one
        after the other, at places in a line of P blocks of `width` = 1 + classes numbers.
    goal : float64 [P * width], what each part should add up to.
    """

    rows: Ints
    wanted: Ints
    price: Floats
    start: Ints
    place: Ints
    value: Floats
    goal: Floats
    width: int

    @property
    def groups(self) -> int:
        return len(self.rows)

    @property
    def parts(self) -> int:
        return len(self.wanted)

    def cost(self, part: Ints) -> float:
        """Return the cost of an assignment: int64 [G], a part a group, -1 for none."""
        off = self.residual(part)
        placed = np.flatnonzero(part >= 0)
        return float((off * off).sum() + self.price[placed, part[placed]].sum())

    def residual(self, part: Ints) -> Floats:
        """Return what the parts add up to less what they should, float64 [P * width]."""
        owner = np.repeat(part, np.diff(self.start))
        mine = self.place // self.width == owner
        total = np.bincount(self.place[mine], weights=self.value[mine], minlength=len(self.goal))
        return total - self.goal

    def products(self, vector: Floats) -> Floats:
        """Return each group's product with a vector [P * width] in each part, float64 [G, P]."""
        # bincount adds in order, so that every machine gets the same bits.
        row = np.repeat(np.arange(self.groups), np.diff(self.start)) * self.parts + self.place // self.width
        weights = self.value * vector[self.place]
        return np.bincount(row, weights, self.rows.size).astype(np.float64).reshape(self.rows.shape)

    def vector(self, group: int) -> Floats:
        """Return what a group would add, in every part at once, float64 [P * width]."""
        out = np.zeros(len(self.goal))
        cells = slice(self.start[group], self.start[group + 1])
        out[self.place[cells]] = self.value[cells]
        return out


def problem(
    group: Ints, classes: Ints, fits: NDArray[np.bool_], wanted: Ints, *, groups: int, stratify: float
) -> Problem:
    """Set up the optimisation.

    group : int64 [N], the group of each row. classes : int64 [N], -1 for none.
    fits : bool [N, P], whether a row can be used in a part. wanted : int64 [P] rows.
    """
    parts = len(wanted)
    usable = fits.any(1) & (classes >= 0)
    used, code = np.unique(classes[usable], return_inverse=True)
    counts = np.bincount(code, minlength=len(used))
    share = counts / max(counts.sum(), 1)
    stratify = stratify if len(used) > 1 else 0.0
    width = 1 + (len(used) if stratify else 0)
    class_of = np.full(len(group), -1, np.int64)
    class_of[usable] = code
    usable_of = np.bincount(group[fits.any(1)], minlength=groups)
    rows = np.stack([np.bincount(group[fits[:, p]], minlength=groups) for p in range(parts)], axis=1)
    owner, place, value = [], [], []
    for p in range(parts):
        some = np.flatnonzero(rows[:, p])
        owner.append(some)
        place.append(np.full(len(some), p * width))
        value.append(rows[some, p] / wanted[p])
        if stratify:
            mine = fits[:, p] & (class_of >= 0)
            cell, count = np.unique(group[mine] * len(used) + class_of[mine], return_counts=True)
            owner.append(cell // len(used))
            place.append(p * width + 1 + cell % len(used))
            value.append(np.sqrt(stratify) * count / (wanted[p] * np.sqrt(share[cell % len(used)])))
    owners = np.concatenate(owner)
    order = np.lexsort((np.concatenate(place), owners))
    goal = np.concatenate([[1.0], np.sqrt(stratify * share) if stratify else []])
    start = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=groups))])
    return Problem(
        rows=rows,
        wanted=wanted,
        price=_LOST * (usable_of[:, None] - rows) / max(len(group), 1),
        start=start,
        place=np.concatenate(place)[order],
        value=np.concatenate(value)[order],
        goal=np.tile(goal, parts),
        width=width,
    )
