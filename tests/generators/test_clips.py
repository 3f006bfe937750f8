"""Cutting clips: strides, jitter, short videos, crops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.generators.clips import ClipParams, sample_crop, sample_frames
from vidsynth.rng import stream


@settings(deadline=None)
@given(st.integers(1, 400), st.integers(1, 40), st.integers(1, 8), st.booleans(), st.integers(0, 2**32))
def test_frames_follow_the_written_rule(frames: int, length: int, stride: int, jitter: bool, seed: int) -> None:
    params = ClipParams(frames=length, strides=(stride,), jitter=jitter)
    numbers = sample_frames(stream(seed, "t"), params, frames)
    assert len(numbers) == length
    assert numbers.min() >= 0 and numbers.max() <= frames - 1
    span = stride * (length - 1) + 1
    start = numbers[0] if not jitter else None
    if span >= frames:
        free = np.minimum(np.arange(length) * stride, frames - 1)
        moved = np.minimum(np.arange(length) * stride + stride - 1, frames - 1)
        assert ((numbers >= free) & (numbers <= moved if jitter else numbers == free)).all()
    elif start is not None:
        assert (numbers == start + stride * np.arange(length)).all()
    assert (np.diff(numbers) >= 0).all()


def test_every_start_and_stride_is_drawn_and_jitter_reaches_stride_minus_one() -> None:
    params = ClipParams(frames=4, strides=(1, 2, 3), jitter=True)
    drawn = [sample_frames(stream(n, "t"), params, 12) for n in range(3000)]
    assert {int(numbers[0]) for numbers in drawn if (np.diff(numbers) == 1).all()} >= set(range(9))
    params = ClipParams(frames=2000, strides=(3,), jitter=True)
    offsets = sample_frames(stream(0, "t"), params, 10**6)
    offsets = offsets - offsets.min() // 1 - 3 * np.arange(2000)
    assert sorted(set((offsets - offsets.min()).tolist())) == [0, 1, 2]


@settings(deadline=None)
@given(st.integers(2, 2000), st.integers(2, 2000), st.integers(0, 2**32))
def test_crops_lie_inside_the_picture_on_even_pixels(width: int, height: int, seed: int) -> None:
    params = ClipParams(size=(112, 112), scales=((149, 112), (171, 128), (192, 144)))
    crop, _ = sample_crop(stream(seed, "t"), params, width, height)
    assert crop.x >= 0 and crop.y >= 0 and crop.width >= 2 and crop.height >= 2
    assert crop.x + crop.width <= width and crop.y + crop.height <= height
    assert not any(side % 2 for side in crop)


def test_a_crop_is_the_scaled_pictures_crop_carried_back() -> None:
    params = ClipParams(size=(112, 112), scales=((171, 128),))
    crops = [sample_crop(stream(n, "t"), params, 340, 256)[0] for n in range(500)]
    assert {crop.height for crop in crops} == {224}  # 112 of 128 rows
    assert {crop.width for crop in crops} == {222}  # 112 of 171 columns is 222.7, to even
    assert min(crop.x for crop in crops) == 0 and max(crop.x for crop in crops) >= 340 - 222 - 2
    assert min(crop.y for crop in crops) == 0 and max(crop.y for crop in crops) == 32


def test_portrait_videos_swap_the_scale() -> None:
    params = ClipParams(size=(112, 112), scales=((192, 144),))
    wide, _ = sample_crop(stream(0, "t"), params, 384, 288)
    tall, _ = sample_crop(stream(0, "t"), params, 288, 384)
    assert (wide.width, wide.height) == (tall.width, tall.height) == (224, 224)


@pytest.mark.parametrize(("flip", "share"), [(0.0, 0), (1.0, 400), (0.5, 200)])
def test_flips_are_as_frequent_as_asked(flip: float, share: int) -> None:
    params = ClipParams(flip=flip)
    flipped = sum(sample_crop(stream(n, "t"), params, 340, 256)[1] for n in range(400))
    assert abs(flipped - share) < 50 * (0 < flip < 1) + 1
