"""Wilson's interval against its own definition."""

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.benchmark.intervals import wilson


@given(st.integers(1, 2000), st.floats(0, 1))
def test_the_ends_are_where_the_score_test_turns(count: int, share: float) -> None:
    right = round(2 * share * count) / 2
    low, high = wilson(right, count)
    assert 0 <= low <= right / count <= high <= 1 or right in (0, count)
    for end in (low, high):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(right / count - end) == pytest.approx(
                1.959964 * sqrt(end * (1 - end) / count), rel=1e-5, abs=1e-9
            )


def test_known_values() -> None:
    assert wilson(180, 180) == pytest.approx((0.97911, 1), abs=1e-4)
    assert wilson(0, 0) == (0, 1)
