"""Weights: the published ones, and what must hold of all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.splits.balance.weights import class_weights, clip_weight, cluster_weights, effective_number
from vidsynth.splits.domain.presets import EPIC_COUNTS

PUBLISHED = {
    "D1": [0.2696, 0.2911, 0.4491, 0.7710, 0.4634, 1.3516, 2.2522, 2.1519],
    "D2": [0.3333, 0.3409, 0.7834, 0.8836, 0.6606, 1.9989, 1.5930, 1.4064],
    "D3": [0.2423, 0.2161, 0.4019, 0.4741, 0.2628, 1.3979, 2.8209, 2.1840],
}
COUNTS = st.lists(st.integers(1, 100_000), min_size=1, max_size=20)
BETA = st.floats(0.1, 0.99999)


@pytest.mark.parametrize("domain", PUBLISHED)
def test_the_class_weights_of_the_kitchens_come_out(domain: str) -> None:
    assert class_weights(EPIC_COUNTS[domain][0]).round(4).tolist() == PUBLISHED[domain]


@given(COUNTS, BETA)
def test_effective_numbers_are_sums_of_powers(counts: list[int], beta: float) -> None:
    expected = [sum(beta**n for n in range(count)) if count < 100 else None for count in counts]
    for found, exact in zip(effective_number(counts, beta), expected, strict=True):
        assert found * (1 + 1e-9) >= 1 and found <= (1 + 1e-9) / (1 - beta)
        assert exact is None or found == pytest.approx(exact, rel=1e-6)


@given(COUNTS, BETA)
def test_class_weights_add_up_to_the_number_of_classes(counts: list[int], beta: float) -> None:
    weights = class_weights(counts, beta)
    assert weights.sum() == pytest.approx(len(counts))
    assert np.all(np.diff(weights[np.argsort(counts, kind="stable")]) <= 1e-9)


@given(COUNTS, st.floats(0.01, 10), BETA)
def test_cluster_weights_average_to_the_class_weight(sizes: list[int], class_weight: float, beta: float) -> None:
    weights = cluster_weights(sizes, class_weight, beta)
    assert weights.mean() == pytest.approx(class_weight)
    v = [(1 - beta) / (1 - beta**size) for size in sizes]
    assert weights == pytest.approx([value / sum(v) * len(v) * class_weight for value in v], rel=1e-6)


def test_a_clip_weighs_as_the_segments_that_hold_its_first_frame() -> None:
    segments = {"c001": [(0.0, 2.0, 0.5), (4.0, 6.0, 0.9)], "c002": [(1.0, 3.0, 2.0)]}
    of_class = {"c001": 0.7, "c002": 1.5, "c003": 3.0}
    assert clip_weight(["c001"], 0.0, segments, of_class) == 0.5
    assert clip_weight(["c001"], 2.0, segments, of_class) == 0.7  # between its segments
    assert clip_weight(["c001"], 4.5, segments, of_class) == 0.9
    assert clip_weight(["c001", "c002", "c003"], 1.0, segments, of_class) == pytest.approx((0.5 + 2.0 + 3.0) / 3)
    with pytest.raises(ValueError, match="without a positive class"):
        clip_weight([], 0.0, segments, of_class)
