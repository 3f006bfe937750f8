"""Streams and permutations: golden, independent of order, and true permutations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.rng import Permutation, raw16, stream


def test_streams_do_not_change() -> None:
    assert stream(0, "tubelets", 0).random(2).tolist() == [0.42603862833708184, 0.6140048312535628]
    assert stream(2**63 - 1, "clip/3", 10**12).integers(0, 2**32, 3).tolist() == [1812806726, 2069518346, 1073740319]


def test_permutations_do_not_change() -> None:
    assert [Permutation(0, "order", 10)[i] for i in range(10)] == [9, 5, 3, 0, 4, 2, 1, 7, 6, 8]
    assert Permutation(7, "order", 10**9)[123_456_789] == 988457853


def test_streams_of_other_seeds_names_and_indices_differ() -> None:
    draws = {
        stream(seed, name, index).random()
        for seed in (0, 1, 2**62)
        for name in ("a", "b", "a/0")
        for index in (0, 1, 2**64, 2**64 + 1)
    }
    assert len(draws) == 36


def test_long_draws_of_neighbours_do_not_overlap() -> None:
    one, two = stream(0, "a", 0).integers(0, 2**63, 10_000), stream(0, "a", 1).integers(0, 2**63, 10_000)
    assert not set(one.tolist()) & set(two.tolist())


@settings(deadline=None)
@given(st.integers(0, 2**63 - 1), st.integers(0, 600))
def test_a_permutation_holds_each_item_once_and_knows_its_way_back(seed: int, n: int) -> None:
    order = Permutation(seed, "p", n)
    items = [order[position] for position in range(n)]
    assert sorted(items) == list(range(n))
    assert [order.position(item) for item in items] == list(range(n))
    assert order.array().tolist() == items
    assert order.array(n // 3, n // 2).tolist() == items[n // 3 : n // 2]


@settings(deadline=None)
@given(st.integers(1, 2**45), st.integers(0, 2**45))
def test_large_permutations_are_one_to_one_too(n: int, position: int) -> None:
    order = Permutation(5, "p", n)
    position %= n
    item = order[position]
    assert 0 <= item < n and order.position(item) == position
    assert order.array(position, position + 3).tolist() == [order[p] for p in range(position, min(n, position + 3))]


@pytest.mark.parametrize("n", [5, 10, 23])
def test_permutations_look_random(n: int) -> None:
    drawn = np.array([Permutation(seed, "p", n).array() for seed in range(300 * n)])
    for position in range(n):
        counts = np.bincount(drawn[:, position], minlength=n)
        assert abs(counts - 300).max() < 90
    # Which item follows which is as even.
    follows = np.bincount(drawn[:, 0] * n + drawn[:, 1], minlength=n * n).reshape(n, n)[~np.eye(n, dtype=bool)]
    assert abs(follows * (n - 1) / 300 - 1).max() < 6 / np.sqrt(300 / (n - 1))


def test_neighbours_in_a_permutation_lie_far_apart() -> None:
    neighbours = np.abs(np.diff(Permutation(0, "p", 10_000).array()))
    assert 3000 < neighbours.mean() < 3700  # a third of the length


@pytest.mark.parametrize("position", [-1, 5])
def test_positions_outside_are_refused(position: int) -> None:
    order = Permutation(0, "p", 5)
    with pytest.raises(IndexError):
        order[position]
    with pytest.raises(IndexError):
        order.position(position)


def test_raw_bits_are_philoxs_own() -> None:
    words = raw16(stream(0, "golden"), 7)
    assert words.dtype == np.uint16 and words.tolist() == [19563, 31709, 59356, 46214, 47187, 52535, 8142]
    assert stream(0, "golden").bit_generator.random_raw() == 0xB486E7DC7BDD4C6B  # four of them, the lowest first
    assert (raw16(stream(0, "golden"), 9)[:7] == words).all() and len(raw16(stream(0, "golden"), 0)) == 0
