"""Masks against their definition, pixel by pixel."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.motion.masks import ELLIPSE, RECTANGLE, RHOMBUS, alpha


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([RECTANGLE, ELLIPSE, RHOMBUS]), st.integers(1, 30), st.integers(1, 30),
    st.none() | st.floats(0.3, 0.45), st.booleans(),
)  # fmt: skip
def test_each_pixel_follows_the_definition(
    shape: int, width: int, height: int, soft: float | None, whole: bool
) -> None:
    mask = alpha(shape, width, height, soft, whole_center=whole)
    cx, cy = ((width - 1) // 2, (height - 1) // 2) if whole else ((width - 1) / 2, (height - 1) / 2)
    for y in range(height):
        for x in range(width):
            dx, dy = abs(x - cx) / width, abs(y - cy) / height
            distance = (max(dx, dy), math.hypot(dx, dy), dx + dy)[shape]
            value = 1.0 if shape == RECTANGLE or distance < 0.5 else 0.0
            if soft is not None:
                value *= min(max((0.5 - distance) / (0.5 - soft), 0), 1)
            assert abs(int(mask[y, x]) - value * 255) <= 0.51


@pytest.mark.parametrize("shape", [RECTANGLE, ELLIPSE, RHOMBUS])
@pytest.mark.parametrize("soft", [None, 0.4])
def test_masks_are_the_same_from_both_sides(shape: int, soft: float | None) -> None:
    mask = alpha(shape, 17, 22, soft)
    assert (mask == mask[::-1]).all() and (mask == mask[:, ::-1]).all()


def test_shapes_cover_the_areas_they_should() -> None:
    areas = [alpha(shape, 200, 100, None).mean() / 255 for shape in (RECTANGLE, ELLIPSE, RHOMBUS)]
    assert np.allclose(areas, [1, math.pi / 4, 0.5], atol=0.02)
