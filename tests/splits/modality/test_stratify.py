"""Single rows: sizes exact, classes in their shares."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.splits.modality.quotas import quotas
from vidsynth.splits.modality.stratify import dealt, stratified


@given(st.lists(st.integers(0, 40), min_size=1, max_size=5))
def test_every_stretch_of_a_line_holds_each_part_in_its_share(quota: list[int]) -> None:
    line = dealt(np.array(quota))
    assert np.bincount(line, minlength=len(quota)).tolist() == quota
    for part, count in enumerate(quota):
        upto = np.cumsum(line == part)
        share = count / max(len(line), 1) * np.arange(1, len(line) + 1)
        assert (np.abs(upto - share) <= len(quota)).all()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_sizes_are_exact_and_only_fitting_parts_are_used(seed: int) -> None:
    draws = np.random.default_rng(seed)
    rows, parts, kinds = draws.integers(5, 200), draws.integers(1, 4), draws.integers(1, 4)
    eligible = np.c_[draws.random((kinds, parts)) < 0.6]
    eligible[0] = True
    kind = np.append(np.zeros(rows, int), draws.integers(0, kinds, rows))
    counts = np.bincount(kind, minlength=kinds)
    wanted = draws.multinomial(draws.integers(1, rows + 1), np.ones(parts) / parts)
    quota = quotas(counts, eligible, wanted)
    classes = draws.integers(0, draws.integers(1, 9), len(kind))
    part = stratified(kind, classes, draws.permutation(len(kind)), eligible, quota)
    placed = part >= 0
    assert np.bincount(part[placed], minlength=parts).tolist() == wanted.tolist()
    assert eligible[kind[placed], part[placed]].all()


def test_classes_are_within_a_row_of_their_share() -> None:
    draws = np.random.default_rng(3)
    classes = draws.choice(12, 6000, p=np.arange(1, 13) / 78)
    kind = draws.integers(0, 3, 6000)
    eligible = np.ones((3, 3), bool)
    counts = np.bincount(kind)
    part = stratified(
        kind, classes, draws.permutation(6000), eligible, quotas(counts, eligible, np.array([3000, 2000, 1000]))
    )
    for number, size in enumerate((3000, 2000, 1000)):
        share = np.bincount(classes) * size / 6000
        assert (np.abs(np.bincount(classes[part == number]) - share) <= 1.5).all()


def test_rows_that_few_parts_take_do_not_spoil_the_classes() -> None:
    """Half of class 0 fits part 0 alone: part 0 then takes less of its other half."""
    kind = np.repeat([0, 1, 1], 300)
    classes = np.repeat([0, 0, 1], 300)
    eligible = np.array([[True, False], [True, True]])
    quota = quotas(np.array([300, 600]), eligible, np.array([450, 450]))
    part = stratified(kind, classes, np.arange(900), eligible, quota)
    assert np.bincount(classes[part == 0]).tolist() == [300, 150]
    assert np.bincount(classes[part == 1]).tolist() == [300, 150]


def test_the_turn_decides_which_rows_of_those_alike() -> None:
    draws = np.random.default_rng(0)
    kind, classes = np.zeros(100, int), np.zeros(100, int)
    one, two = (
        stratified(kind, classes, draws.permutation(100), np.ones((1, 2), bool), np.array([[30, 70]])) for _ in "ab"
    )
    assert (one != two).any() and (one == 0).sum() == (two == 0).sum() == 30
