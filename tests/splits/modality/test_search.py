"""The search ends in a local optimum: no move and no swap lowers the cost as a slow oracle counts it."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidsynth.splits.modality import search
from vidsynth.splits.modality.cost import problem
from vidsynth.splits.modality.search import solve

Ints = NDArray[np.int64]


class Case:
    """A drawn problem, and its cost by the book."""

    def __init__(self, seed: int, groups: int, parts: int, classes: int, gaps: float, stratify: float) -> None:
        draws = np.random.default_rng(seed)
        count = groups * 12
        self.group = np.append(np.arange(groups), draws.choice(groups, count, p=draws.dirichlet(np.ones(groups))))
        self.classes = draws.integers(-1, classes, len(self.group))
        self.fits = draws.random((len(self.group), parts)) >= gaps
        self.fits[:groups, 0] = True
        self.wanted = np.maximum(draws.dirichlet(np.ones(parts) * 4) * len(self.group), 1).astype(int)
        self.stratify = stratify
        self.problem = problem(self.group, self.classes, self.fits, self.wanted, groups=groups, stratify=stratify)

    def cost(self, part: Ints) -> float:
        here = part[self.group]
        usable = self.fits.any(1)
        of_class = self.classes[usable & (self.classes >= 0)]
        share = np.bincount(of_class) / max(len(of_class), 1)
        total, lost = 0.0, 0
        for number, wanted in enumerate(self.wanted):
            mine = (here == number) & self.fits[:, number]
            total += (mine.sum() / wanted - 1) ** 2
            lost += ((here == number) & usable).sum() - mine.sum()
            if (share > 0).sum() > 1:
                for one in np.flatnonzero(share):
                    off = (mine & (self.classes == one)).sum() - wanted * share[one]
                    total += self.stratify * off**2 / (wanted**2 * share[one])
        return float(total + 0.01 * lost / len(self.group))

    def neighbours(self, part: Ints, swaps: bool) -> list[Ints]:
        fits = self.problem.rows > 0
        out = []
        for group, target in itertools.product(range(len(part)), range(len(self.wanted))):
            if target != part[group] and fits[group, target]:
                out.append(np.where(np.arange(len(part)) == group, target, part))
        for one, two in itertools.combinations(range(len(part)), 2) if swaps else ():
            if fits[one, part[two]] and fits[two, part[one]]:
                other = part.copy()
                other[[one, two]] = part[[two, one]]
                out.append(other)
        return out


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3]), st.sampled_from([0.0, 0.01, 1.0]))
def test_no_move_and_no_swap_lowers_the_cost(seed: int, gaps: float, stratify: float) -> None:
    case = Case(seed, groups=9, parts=3, classes=4, gaps=gaps, stratify=stratify)
    found = solve(case.problem, seed)
    assert found.settled == "swaps"
    assert found.cost == pytest.approx(case.cost(found.part), rel=1e-9, abs=1e-12)
    assert (case.problem.rows[np.arange(9), found.part] > 0).all()
    assert all(case.cost(other) >= found.cost - 1e-9 for other in case.neighbours(found.part, swaps=True))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.3]))
def test_with_many_groups_no_move_does(seed: int, gaps: float) -> None:
    case = Case(seed, groups=12, parts=3, classes=4, gaps=gaps, stratify=0.1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_MAX_PAIRS", 0)
        found = solve(case.problem, seed)
    assert found.settled == "moves"
    assert found.cost == pytest.approx(case.cost(found.part), rel=1e-9, abs=1e-12)
    assert all(case.cost(other) >= found.cost - 1e-9 for other in case.neighbours(found.part, swaps=False))


def test_the_best_of_all_assignments_is_often_found() -> None:
    found = 0
    for seed in range(10):
        case = Case(seed, groups=6, parts=3, classes=2, gaps=0.0, stratify=0.01)
        best = min(case.problem.cost(np.array(part)) for part in itertools.product(range(3), repeat=6))
        found += solve(case.problem, 0).cost <= best + 1e-9
    assert found >= 8


def test_thirty_two_participants_come_within_a_few_clips() -> None:
    """As many participants and clips as EPIC-100 has in training and validation, in four parts of the paper's sizes."""
    draws = np.random.default_rng(1)
    group = np.append(np.arange(32), draws.choice(32, 75_788, p=draws.dirichlet(np.ones(32) * 1.5)))
    wanted = np.array([31_213, 31_216, 6_750, 6_641])
    asked = problem(group, np.full(len(group), -1), np.ones((len(group), 4), bool), wanted, groups=32, stratify=0)
    part = solve(asked, 0).part
    got = np.array([asked.rows[part == number, number].sum() for number in range(4)])
    assert (np.abs(got - wanted) <= 5).all()
