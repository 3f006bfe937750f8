"""Designs: everything equally often."""

from collections import Counter

import pytest

from vidsynth.generators.time_order.design import Factor, arranging, couple, listed, rotated, shuffled


def test_shuffled_factors_are_even_in_every_round_and_depend_on_the_seed() -> None:
    factors = {"color": Factor(6), "pattern": Factor(5, stay=6), "shape": Factor(3)}
    found = [shuffled(0, number, factors) for number in range(90)]
    for start in range(0, 90, 6):
        assert Counter(each["color"] for each in found[start : start + 6]) == Counter(range(6))
        assert len({each["pattern"] for each in found[start : start + 6]}) == 1
    assert Counter((each["color"], each["pattern"]) for each in found) == Counter(
        {(color, pattern): 3 for color in range(6) for pattern in range(5)}
    )
    assert found != [shuffled(1, number, factors) for number in range(90)]


def test_listed_goes_through_all_combinations() -> None:
    factors = {"a": Factor(4), "b": Factor(6), "c": Factor(3)}
    assert len({tuple(listed(number, factors).values()) for number in range(72)}) == 72


@pytest.mark.parametrize(("items", "count"), [(4, 2), (5, 3), (9, 4)])
def test_arrangements_hold_every_one_once_and_put_everything_everywhere(items: int, count: int) -> None:
    factors = arranging("place", items, count)
    total = items * factors["place_pattern"].size
    found = []
    for number in range(total):
        chosen = shuffled(0, number, factors)
        found.append(rotated(chosen["place"], chosen["place_pattern"], items, count))
    assert len(set(found)) == total and all(len(set(each)) == count for each in found)
    for place in range(count):  # after each lap, not only at the end
        assert Counter(each[place] for each in found[: 2 * items]) == Counter(dict.fromkeys(range(items), 2))


def test_couples() -> None:
    assert [couple(index, 4) for index in range(6)] == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
