"""Wilson's interval, against the equation that it solves and against how often it holds the truth."""

import math

import pytest

from vidsynth.benchmark.intervals import wilson

Z = 1.959963984540054


def by_bisection(right: float, count: int, low: bool) -> float:
    """Find the outermost share that lies no more than Z of its own deviations from the one seen."""
    seen = right / count
    near, far = seen, 0.0 if low else 1.0
    for _ in range(60):
        middle = (near + far) / 2
        within = abs(middle - seen) <= Z * math.sqrt(middle * (1 - middle) / count)
        near, far = (middle, far) if within else (near, middle)
    return near


@pytest.mark.parametrize(("right", "count"), [(0, 1), (1, 1), (90, 180), (180, 180), (0, 180), (12.5, 40), (3, 7)])
def test_the_ends_solve_the_equation(right: float, count: int) -> None:
    low, high = wilson(right, count)
    assert low == pytest.approx(by_bisection(right, count, low=True), abs=1e-9)
    assert high == pytest.approx(by_bisection(right, count, low=False), abs=1e-9)


def test_a_guesser_is_held_nineteen_times_in_twenty() -> None:
    held = sum(math.comb(180, right) for right in range(181) if wilson(right, 180)[0] <= 0.5 <= wilson(right, 180)[1])
    assert 0.94 < held / 2**180 < 0.965


def test_nothing_seen_says_nothing() -> None:
    assert wilson(0, 0) == (0, 1)
