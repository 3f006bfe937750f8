"""Token masks: exact counts, tubes that are tubes, cuboids that are cuboids, and every token's turn."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.motion.token_masks import cuboids, masked_count, scattered, tube
from vidsynth.rng import stream

GRIDS = st.tuples(st.integers(1, 8), st.integers(1, 14), st.integers(1, 14))
RATIOS = st.floats(0, 1, exclude_max=True)


def as_videomae_masks(grid: tuple[int, int, int], ratio: float) -> tuple[int, int]:
    """Return (hidden a time, hidden in all) of TubeMaskingGenerator."""
    frames, height, width = grid
    a_frame = int(ratio * (height * width))
    return a_frame, frames * a_frame


@given(GRIDS, RATIOS, st.integers(0, 2**40))
def test_tubes_hide_the_same_patches_at_all_times(grid: tuple[int, int, int], ratio: float, seed: int) -> None:
    mask = tube(stream(seed, "mask"), grid, ratio)
    assert mask.shape == grid and mask.dtype == np.uint8 and set(np.unique(mask)) <= {0, 1}
    assert (mask == mask[:1]).all()
    assert (mask[0].sum(), mask.sum()) == as_videomae_masks(grid, ratio)


@settings(deadline=None)
@given(GRIDS, RATIOS, st.integers(0, 2**40), st.tuples(*[st.integers(1, 6)] * 3))
def test_the_other_kinds_hide_an_exact_number_of_tokens(
    grid: tuple[int, int, int], ratio: float, seed: int, block: tuple[int, int, int]
) -> None:
    for mask in (scattered(stream(seed, "mask"), grid, ratio), cuboids(stream(seed, "mask"), grid, ratio, block)):
        assert mask.shape == grid and mask.dtype == np.uint8
        assert mask.sum() == masked_count(ratio, math.prod(grid)) == int(ratio * mask.size)


def test_the_published_masks() -> None:
    assert as_videomae_masks((8, 14, 14), 0.9) == (176, 1408)
    assert tube(stream(0, "mask"), (8, 14, 14), 0.9).sum() == 1408
    assert scattered(stream(0, "mask"), (8, 14, 14), 0.9).sum() == 1411


def test_cuboids_hold_together() -> None:
    """Neighbours share their state far more often than under a mask at random of the same ratio."""

    def alike(mask: np.ndarray) -> float:
        return float(np.mean([(np.diff(mask.astype(int), axis=axis) == 0).mean() for axis in range(3)]))

    rngs = [stream(seed, "mask") for seed in range(20)]
    blocks = np.mean([alike(cuboids(rng, (8, 14, 14), 0.5, (4, 6, 6))) for rng in rngs])
    single = np.mean([alike(scattered(rng, (8, 14, 14), 0.5)) for rng in rngs])
    assert blocks > 0.75 and 0.45 < single < 0.55


def test_a_cuboid_that_is_whole_is_a_cuboid() -> None:
    mask = cuboids(stream(3, "mask"), (8, 14, 14), 0.001, (1, 1, 1))
    assert mask.sum() == 1
    mask = cuboids(stream(3, "mask"), (4, 4, 4), 0.999, (4, 4, 4))
    assert mask.sum() == 63


@pytest.mark.parametrize("kind", ["tube", "random", "cuboid"])
def test_every_token_has_its_turn(kind: str) -> None:
    grid, total = (4, 6, 6), np.zeros((4, 6, 6))
    for seed in range(400):
        rng = stream(seed, "mask")
        if kind == "tube":
            total += tube(rng, grid, 0.5)
        else:
            total += scattered(rng, grid, 0.5) if kind == "random" else cuboids(rng, grid, 0.5, (2, 3, 3))
    # Cuboids that lie inside reach a corner less often than the middle, but reach it.
    low = 30 if kind == "cuboid" else 160
    assert total.min() > low and total.max() < 400 - low


def test_masks_do_not_change() -> None:
    masks = [
        tube(stream(0, "a"), (8, 14, 14), 0.75),
        scattered(stream(0, "b"), (8, 14, 14), 0.75),
        cuboids(stream(0, "c"), (8, 14, 14), 0.75, (4, 5, 5)),
    ]
    assert [hashlib.sha256(mask.tobytes()).hexdigest()[:12] for mask in masks] == [
        "9571af725dac",
        "e262f4646186",
        "1d1c8ad86e70",
    ]
