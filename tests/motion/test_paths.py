"""Paths of centres: the Gaussian is scipy's, and paths keep to the frame."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from vidsynth.motion import paths
from vidsynth.rng import stream

BOXES = np.array([[20.0, 30.0], [48.0, 16.0]])


def test_the_smoothing_is_scipys_gaussian() -> None:
    points = stream(0, "t").random((48, 6)) * 100
    assert np.allclose(paths._gaussian() @ points, gaussian_filter1d(points, 8.0, axis=0, mode="reflect"), atol=1e-9)


@pytest.mark.parametrize("whole", [False, True])
def test_nonlinear_paths_are_those_of_a_plain_rewrite(whole: bool) -> None:
    """The paper's recipe, written once more in the plainest way, from the same draws."""
    got = paths.nonlinear(stream(3, "t"), 16, BOXES, 112, 96, (20, 90), whole_pixels=whole)
    rng = stream(3, "t")
    size = np.array([112.0, 96.0])
    points = rng.random((48, 4))
    draws = rng.random(6)
    for n in range(2):
        amplitude = 20 + draws[n] * 70
        for axis in range(2):
            margin = 1 + BOXES[n, axis] / 2
            line = margin + points[:, 2 * n + axis] * (size[axis] - 2 * margin)
            line = gaussian_filter1d(line, 8.0, mode="reflect")
            line = (line - line.min()) / (line.max() - line.min())
            shift = draws[2 + 2 * n + axis]
            if whole:
                line = line * int(amplitude) + int(shift * (size[axis] - int(amplitude)))
                line = np.clip(line, 0, size[axis] - 1)[np.rint(np.linspace(0, 47, 16)).astype(int)].astype(int)
            else:
                line = np.interp(np.linspace(0, 47, 16), np.arange(48), line) * amplitude
                line = line + shift * (size[axis] - 1 - amplitude)
            assert np.allclose(got[n, :, axis], line, atol=1e-6)


def test_nonlinear_paths_extend_by_one_amplitude_on_both_axes() -> None:
    # One frame for each of the 48 points: nothing is lost between them.
    drawn = [np.ptp(paths.nonlinear(stream(n, "t"), 48, BOXES, 112, 112, (20, 90)), axis=1) for n in range(800)]
    extent = np.array(drawn)
    assert np.allclose(extent[..., 0], extent[..., 1])
    assert extent.min() >= 20 and extent.max() < 90
    assert np.allclose(np.quantile(extent[..., 0], [0.25, 0.5, 0.75]), [37.5, 55, 72.5], atol=3)
    sixteen = [np.ptp(paths.nonlinear(stream(n, "t"), 16, BOXES, 112, 112, (20, 90)), axis=1) for n in range(800)]
    assert (np.array(sixteen) <= extent + 1e-9).all() and (np.array(sixteen) / extent).mean() > 0.97


@settings(deadline=None)
@given(st.integers(1, 50), st.integers(16, 300), st.integers(16, 300), st.integers(0, 2**40), st.booleans())
def test_nonlinear_centres_stay_in_the_frame(frames: int, width: int, height: int, seed: int, whole: bool) -> None:
    boxes = np.array([[10.0, 12.0]])
    path = paths.nonlinear(stream(seed, "t"), frames, boxes, width, height, (20, 90), whole_pixels=whole)[0]
    assert path.shape == (frames, 2)
    assert path.min() >= -1e-9 and (path <= np.array([width, height]) - 1 + 1e-9).all()


@settings(deadline=None)
@given(st.integers(2, 50), st.integers(0, 2**40), st.floats(0, 30))
def test_linear_boxes_stay_in_the_frame_and_keep_their_speed(frames: int, seed: int, speed: float) -> None:
    keys = sorted({0, frames // 2, frames - 1})
    path = paths.linear(stream(seed, "t"), keys, [0] * (len(keys) - 1), BOXES, 112, 96, speed)
    assert path.shape == (2, frames, 2)
    assert (path >= BOXES[:, None] / 2 - 1e-9).all()
    assert (path <= np.array([112, 96]) - BOXES[:, None] / 2 + 1e-9).all()
    assert np.abs(np.diff(path, axis=1)).max() <= speed + 1e-9


def test_still_boxes_lie_anywhere_inside() -> None:
    places = np.array([paths.still(stream(n, "t"), 2, BOXES, 112, 96)[:, 0] for n in range(2000)])
    assert (places.min(axis=0) - BOXES / 2 < 2).all() and (places.min(axis=0) >= BOXES / 2).all()
    assert (np.array([112, 96]) - BOXES / 2 - places.max(axis=0) < 2).all()
