"""Finding the exposure that gives a clip the mean luma asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2

from vidsynth.clip import Frames
from vidsynth.generators.lowlight.sensor import FULL, Camera

_PIXELS = 1 << 13  # looked at in a bisection
_CLOSE, _ROUNDS = 0.5, 6


def mean_luma(frames: Frames, weights: Sequence[float]) -> float:
    """Return the mean of the weighted sum of R, G and B over a clip, uint8 [T, H, W, 3]; 0 to 255."""
    red, green, blue, _ = cv2.sumElems(frames.reshape(-1, frames.shape[2], 3))
    return (weights[0] * red + weights[1] * green + weights[2] * blue) / (frames.size // 3)


def expose_to(camera: Camera, target: float, weights: Sequence[float]) -> tuple[Frames, int]:
    """Return the clip whose mean luma comes nearest to `target`, and its exposure, 0 to FULL.

    Bisection over a lattice of pixels, with the very noise that they will have; where the whole clip is
    brighter or darker than its lattice, again, with the aim changed by that ratio. A clip that is
    darker than the target stays as dark as it is (exposure FULL); one whose noise alone is brighter
    gets no light at all.
    """
    frames, height, width, _ = camera.frames.shape
    step = max(1, math.floor(math.sqrt(frames * height * width / _PIXELS)))
    aim, best = target, (math.inf, camera.frames, FULL)
    for _ in range(_ROUNDS):
        exposure = _bisected(lambda exposure: mean_luma(camera.expose(exposure, step), weights), aim)
        clip = camera.expose(exposure)
        got = mean_luma(clip, weights)
        if abs(got - target) < best[0]:
            best = abs(got - target), clip, exposure
        if best[0] <= _CLOSE or exposure in (0, FULL) or not got:
            break
        aim *= target / got
    return best[1], best[2]


def _bisected(luma: Callable[[int], float], target: float) -> int:
    """Return the exposure whose luma is nearest to `target`; luma rises with it."""
    low, high = 0, FULL
    dark, bright = luma(low), luma(high)
    if not dark < target < bright:
        return low if target <= dark else high
    while high - low > 1:
        middle = (low + high) // 2
        got = luma(middle)
        if got <= target:
            low, dark = middle, got
        else:
            high, bright = middle, got
    return low if target - dark <= bright - target else high
