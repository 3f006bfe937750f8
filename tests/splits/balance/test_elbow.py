"""The elbow of a curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.splits.balance.elbow import elbow

# What kneed 0.8.1 finds (KneeLocator(range(len(y)), y, curve="convex", direction="decreasing").knee).
KNEED = [
    ([100, 40, 12, 10, 9, 8, 7], 2),
    ([float(1000 / n) for n in range(1, 21)], 4),
    ([1000 * 0.5**n for n in range(20)], 4),
    ([20 - n for n in range(20)], None),
    ([10, 9, 8, 7, 1], 0),
    ([5, 1, 1], None),
    ([5, 1, 0.9, 0.8], 1),
    ([9, 8, 3, 2.9, 2.8, 1, 0.5], 2),
]


@pytest.mark.parametrize(("values", "at"), KNEED)
def test_elbows_are_those_of_the_kneedle_rule(values: list[float], at: int | None) -> None:
    assert elbow(values) == at


@given(st.lists(st.floats(0, 1e6), min_size=0, max_size=2))
def test_two_points_have_none(values: list[float]) -> None:
    assert elbow(values) is None


@given(st.integers(3, 30), st.floats(0.5, 1e6), st.floats(-1e6, 1e6))
def test_neither_a_level_nor_a_scale_matters(count: int, scale: float, level: float) -> None:
    assert elbow([level] * count) is None
    curve = [1 / (1 + n) ** 2 for n in range(count)]
    assert elbow([1e6 * value for value in curve]) == elbow(curve)
    assert elbow([scale * value for value in curve]) == elbow(curve)


@given(st.integers(2, 10), st.integers(3, 10))
def test_a_corner_is_found_where_it_is(corner: int, after: int) -> None:
    steep = [100.0 * (corner - n) + 10 for n in range(corner)]
    flat = [10 - 0.01 * n for n in range(after + corner)]
    assert elbow(steep + flat) == corner


def test_values_that_are_no_numbers_have_none() -> None:
    assert elbow([3, np.nan, 1, 0]) is None
