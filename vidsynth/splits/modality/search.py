"""The assignment of groups to parts: greedy, then moves and swaps until none lowers the cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidsynth import rng
from vidsynth.splits.modality.cost import Ints, Problem

_STARTS = 2048  # divided by the number of groups, within 8 to 64: starts are cheap where groups are few
_LEAST_GAIN = 1e-12  # smaller ones are rounding
_MAX_PAIRS = 1 << 24  # numbers that the products of all pairs of groups may take
_MAX_PRODUCTS = 1 << 28  # multiplications that computing them may take
_MAX_VISITS = 500_000


@dataclass(frozen=True, slots=True)
class Solution:
    """part : int64 [G], -1 for a group that fits nowhere. cost : what it costs.

    settled : none (the search was stopped), moves (no single move lowers the cost), or swaps (no swap of two groups
        does, either).
    """

    part: Ints
    cost: float
    settled: str


def solve(problem: Problem, seed: int) -> Solution:
    """Return a local optimum, the best of several starts where the groups are few.

    With many groups (some thousands) swaps are not searched: moves alone come close enough.
    """
    pairs = problem.groups**2 * problem.parts <= _MAX_PAIRS
    if not pairs or problem.groups * len(problem.place) > _MAX_PRODUCTS:
        part = greedy(problem, seed, 0)
        settled = _move(problem, part)
        return Solution(part, problem.cost(part), settled)
    products = np.stack([problem.products(problem.vector(group)) for group in range(problem.groups)], axis=0)
    best: Solution | None = None
    for start in range(min(max(_STARTS // max(problem.groups, 1), 8), 64)):
        part = greedy(problem, seed, start)
        _move_and_swap(problem, part, products)
        cost = problem.cost(part)
        if best is None or cost < best.cost - _LEAST_GAIN:
            best = Solution(part, cost, "swaps")
    assert best is not None
    return best


def greedy(problem: Problem, seed: int, start: int) -> Ints:
    """Send large groups first, each to the part that needs most rows; ties and groups of like size in a drawn order."""
    draws = rng.stream(seed, "splits.modality/groups", start)
    turn = draws.permutation(problem.groups)
    rank = draws.permutation(problem.parts).tolist()
    _, magnitude = np.frexp(problem.rows.max(1, initial=0))
    part = np.full(problem.groups, -1, np.int64)
    need = problem.wanted.tolist()
    rows = problem.rows.tolist()
    for group in np.lexsort((turn, -magnitude)).tolist():
        choices = [(need[p], rank[p], p) for p, count in enumerate(rows[group]) if count]
        if choices:
            chosen = max(choices)[2]
            part[group] = chosen
            need[chosen] -= rows[group][chosen]
    return part


def _move_and_swap(problem: Problem, part: Ints, products: NDArray[np.float64]) -> None:
    """Improve `part` in place. products : float64 [G, G, P], of every two groups in every part."""
    fits, price, every = problem.rows > 0, problem.price, np.arange(problem.groups)
    norm = products[every, every]
    dot = problem.products(problem.residual(part))
    placed = np.flatnonzero(part >= 0).tolist()
    improved = True
    while improved:
        improved = False
        for group in placed:
            here = part[group]
            leave = norm[every, part] - price[every, part] - 2 * dot[every, part]
            enter = np.where(fits, norm + price + 2 * dot, np.inf)
            move = leave[group] + enter[group]
            move[here] = np.inf
            together = products[group, every, here] + products[group, every, part]
            swap = leave[group] + enter[group, part] + leave + enter[:, here] - 2 * together
            swap[(part < 0) | (part == here)] = np.inf
            there, other = int(move.argmin()), int(swap.argmin())
            if min(move[there], swap[other]) > -_LEAST_GAIN:
                continue
            steps = [(group, there)] if move[there] <= swap[other] else [(group, int(part[other])), (other, int(here))]
            for one, target in steps:
                dot[:, part[one]] -= products[one, :, part[one]]
                dot[:, target] += products[one, :, target]
                part[one] = target
            improved = True


def _move(problem: Problem, part: Ints) -> str:
    """Improve `part` in place by moves alone; say whether it is settled."""
    block, every = problem.place // problem.width, np.arange(problem.groups)
    owner = np.repeat(every, np.diff(problem.start))
    cells = owner * problem.parts + block
    norm = np.bincount(cells, weights=problem.value**2, minlength=problem.rows.size).reshape(problem.rows.shape)
    # A move changes the cost by entering[there] + 2 dot[there] - (leaving[here] + 2 dot[here]).
    entering = np.where(problem.rows > 0, problem.price + norm, np.inf)
    leaving = problem.price - norm
    enter_rows, leave_rows, starts = entering.tolist(), leaving.tolist(), problem.start.tolist()
    residual = problem.residual(part)
    visits = 0
    while visits < _MAX_VISITS:
        dot = problem.products(residual)
        change = entering + 2 * dot - (leaving + 2 * dot)[every, part][:, None]
        change[every, part] = np.inf
        change[part < 0] = np.inf
        gain = change.min(1)
        promising = np.flatnonzero(gain < -_LEAST_GAIN)
        if not len(promising):
            return "moves"
        for group in promising[np.argsort(gain[promising], kind="stable")][: _MAX_VISITS - visits].tolist():
            visits += 1
            mine = slice(starts[group], starts[group + 1])
            place, value, inside = problem.place[mine], problem.value[mine], block[mine]
            now = np.bincount(inside, weights=value * residual[place], minlength=problem.parts).tolist()
            here = int(part[group])
            stay = leave_rows[group][here] + 2 * now[here]
            step, there = min((enter_rows[group][p] + 2 * now[p] - stay, p) for p in range(problem.parts) if p != here)
            if step < -_LEAST_GAIN:
                for target, sign in ((here, -1.0), (there, 1.0)):
                    some = inside == target
                    residual[place[some]] += sign * value[some]
                part[group] = there
    return "none"
