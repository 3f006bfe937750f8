"""Run lengths: there and back, against a slow decoder, and what is refused."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vidsynth.generators.occlusion import rle

MASKS = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=st.integers(0, 1))
)


def slowly_decoded(runs: list[int], height: int, width: int) -> np.ndarray:
    mask, at = np.zeros((height, width), np.uint8), 0
    for number, run in enumerate(runs):
        for pixel in range(at, at + run):
            mask[pixel % height, pixel // height] = number % 2
        at += run
    return mask


def compressed(runs: list[int]) -> str:
    """What pycocotools' `rleToString` makes of runs."""
    text = ""
    for number, run in enumerate(runs):
        value, more = run - runs[number - 2] if number > 2 else run, True
        while more:
            bits, value = value & 31, value >> 5
            more = value != (-1 if bits & 16 else 0)
            text += chr((bits | 32 if more else bits) + 48)
    return text


@given(MASKS)
def test_masks_come_back(mask: np.ndarray) -> None:
    runs = rle.encoded(mask)
    assert sum(runs) == mask.size and all(run > 0 for run in runs[1:])
    assert (slowly_decoded(runs, *mask.shape) == mask).all()
    assert (rle.decoded(runs, *mask.shape) == mask).all()


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=12))
def test_the_compressed_form_comes_back(runs: list[int]) -> None:
    assert rle.parsed(compressed(runs)) == runs


def test_a_string_in_cocos_form() -> None:
    """By hand: 6 is '6'; 40 is 8 with more to come ('X') and 1 ('1'); 5 is '5'; 3 after 40 is -37 ('kN')."""
    assert rle.parsed("6X153") == [6, 40, 5, 43]
    assert rle.parsed("6X15kN") == [6, 40, 5, 3]


@pytest.mark.parametrize(
    "runs", [[3], [5], [-1, 5], [1 << 62, 1 << 62, 1 << 62, 1 << 62, 4], [[1, 3]], []], ids=lambda runs: str(runs)[:20]
)
def test_runs_that_make_no_mask_are_refused(runs: list[int]) -> None:
    with pytest.raises(ValueError, match="do not make 2x2"):
        rle.decoded(runs, 2, 2)


@pytest.mark.parametrize("text", ["é", " ", "P" * 12, "1P"])
def test_strings_of_another_kind_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"run lengths"):
        rle.parsed(text)


def test_every_small_mask() -> None:
    for bits in itertools.product((0, 1), repeat=6):
        mask = np.array(bits, np.uint8).reshape(2, 3)
        assert (rle.decoded(rle.encoded(mask), 2, 3) == mask).all()
