"""The ranges of indices that are built together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.generator import EvenRanges


@given(st.integers(0, 200), st.integers(1, 30))
def test_ranges_cover_all_in_order(length: int, size: int) -> None:
    ranges = EvenRanges(length, size)
    assert list(ranges) == [range(start, min(start + size, length)) for start in range(0, length, size)]
    assert len(ranges) == len(list(ranges)) and ranges[:2] == list(ranges)[:2]
    with pytest.raises(IndexError):
        ranges[len(ranges)]


def test_the_last_of_fewer_ranges_takes_in_the_rest() -> None:
    assert list(EvenRanges(7, 3, 2)) == [range(3), range(3, 7)] and EvenRanges(7, 3, 2)[-1] == range(3, 7)
