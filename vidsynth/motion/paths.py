"""Paths of a tubelet's centre over the frames of a clip.

A path is float64 [T, 2]: x and y of the box centre in pixels, measured from the frame's left and top
edges, so that a box [x1, x2) has its centre at (x1 + x2) / 2.

Source: fmthoker/tubelet-contrast, `tubelets.py` (`rectangle_movement`, `tubelet_motion`).
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidsynth.motion.keyframes import interpolate

POINTS, SIGMA, TRUNCATE = 48, 8.0, 4.0


def still(
    rng: np.random.Generator, frames: int, boxes: NDArray[np.float64], width: int, height: int
) -> NDArray[np.float64]:
    """Return paths [N, T, 2] that stay at one place each, drawn so that the box lies inside the frame.

    `boxes` holds each tubelet's (width, height), float64 [N, 2].
    """
    place = rng.random(boxes.shape) * (np.array([width, height]) - boxes) + boxes / 2
    return np.repeat(place[:, None], frames, axis=1)


def linear(
    rng: np.random.Generator,
    keys: Sequence[int],
    laws: Sequence[int],
    boxes: NDArray[np.float64],
    width: int,
    height: int,
    speed: float,
) -> NDArray[np.float64]:
    """Return paths [N, T, 2] that run straight from key to key, with the box kept inside the frame.

    Each key shifts the centre by up to `speed` pixels a frame on each axis; where that would leave
    the frame it stops at the edge, and the next shift starts from there.
    """
    low, high = boxes / 2, np.array([width, height]) - boxes / 2
    at = rng.random(boxes.shape) * (high - low) + low
    places = [at]
    for start, stop in itertools.pairwise(keys):
        at = np.clip(at + (2 * rng.random(at.shape) - 1) * speed * (stop - start), low, high)
        places.append(at)
    at_keys = np.stack(places, axis=-1)
    paths = [[interpolate(values, keys, laws) for values in box] for box in at_keys.tolist()]
    return np.array(paths).transpose(0, 2, 1)


def nonlinear(
    rng: np.random.Generator,
    frames: int,
    boxes: NDArray[np.float64],
    width: int,
    height: int,
    amplitude: tuple[float, float],
    *,
    whole_pixels: bool = False,
) -> NDArray[np.float64]:
    """Return smooth random paths [N, T, 2].

    48 random points inside the frame, smoothed by a Gaussian of sigma 8 points, each axis stretched
    to an extent drawn from `amplitude` (pixels; one for both axes), then put at a random place
    inside the frame. The T frames sit at equal steps along the 48 points. With `whole_pixels` (the
    authors' arithmetic) extent and place are integers, places are clipped to the last pixel, and the
    nearest points are taken, truncated to integers; else points are interpolated.
    """
    count = len(boxes)
    size = np.array([width, height] * count, np.float64)  # x and y of one tubelet after the other
    margin = 1 + boxes.reshape(-1) / 2
    points = margin + rng.random((POINTS, 2 * count)) * (size - 2 * margin)
    smooth = _gaussian() @ points
    start, end = smooth.min(axis=0), smooth.max(axis=0)
    extent = np.where(end > start, end - start, 1.0)

    draws = rng.random(3 * count)
    reach = (amplitude[0] + draws[:count] * (amplitude[1] - amplitude[0])).repeat(2)
    if whole_pixels:
        reach = np.floor(reach)
        shift = np.floor(draws[count:] * np.maximum(size - reach, 0))
        path = np.clip((smooth - start) / extent * reach + shift, 0, size - 1)
        path = np.trunc(path[np.rint(np.linspace(0, POINTS - 1, frames)).astype(np.int64)])
    else:
        reach = np.minimum(reach, size - 1)
        shift = draws[count:] * (size - 1 - reach)
        path = (_resampling(frames) @ smooth - start) * (reach / extent) + shift
    paths: NDArray[np.float64] = path.reshape(frames, count, 2).transpose(1, 0, 2)
    return paths


@functools.cache
def _resampling(frames: int) -> NDArray[np.float64]:
    """Return the matrix [frames, 48] that interpolates 48 points at equal steps from first to last."""
    at = np.linspace(0, POINTS - 1, frames)
    before = np.minimum(at.astype(np.int64), POINTS - 2)
    matrix = np.zeros((frames, POINTS))
    rows = np.arange(frames)
    matrix[rows, before] = 1 - (at - before)
    matrix[rows, before + 1] = at - before
    return matrix


@functools.cache
def _gaussian() -> NDArray[np.float64]:
    """Return the matrix [48, 48] that smooths 48 points: a Gaussian cut off at 4 sigma, the borders
    reflected (d c b a | a b c d), as scipy.ndimage.gaussian_filter1d does."""
    radius = int(TRUNCATE * SIGMA + 0.5)
    weights = [math.exp(-0.5 * (k / SIGMA) ** 2) for k in range(-radius, radius + 1)]
    total = sum(weights)
    matrix = np.zeros((POINTS, POINTS))
    for row in range(POINTS):
        for k, weight in zip(range(-radius, radius + 1), weights, strict=True):
            column = (row + k) % (2 * POINTS)
            matrix[row, min(column, 2 * POINTS - 1 - column)] += weight / total
    return matrix
