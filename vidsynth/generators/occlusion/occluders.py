"""Occluders that need no annotation: boxes, ellipses and rhombi that stand or move like tubelets."""

from __future__ import annotations

import numpy as np

from vidsynth.generators.occlusion.recipe import OccluderParams
from vidsynth.generators.occlusion.rle import Mask
from vidsynth.motion import masks, paths
from vidsynth.motion.keyframes import choose, sample_keys, sample_laws

_KEY_COUNTS, _KEY_LAWS = (0.5, 0.3, 0.2), (0.7, 0.15, 0.15)  # as of tubelets


def draw_occluders(rng: np.random.Generator, params: OccluderParams, frames: int, height: int, width: int) -> Mask:
    """Return the union of a clip's occluders, uint8 [T, H, W], 1 inside."""
    shorter = min(height, width)
    low, high = params.side
    sides = np.maximum(1, np.rint((low + rng.random((params.count, 2)) * (high - low)) * shorter))
    sides = np.minimum(sides, [[width - 1, height - 1]])
    if params.motion == "none":
        centers = paths.still(rng, frames, sides, width, height)
    elif params.motion == "linear":
        keys = sample_keys(rng, frames, _KEY_COUNTS)
        laws = sample_laws(rng, keys, _KEY_LAWS)
        centers = paths.linear(rng, keys, laws, sides, width, height, params.linear_speed)
    else:
        amplitude = params.amplitude[0] * shorter, params.amplitude[1] * shorter
        centers = paths.nonlinear(rng, frames, sides, width, height, amplitude)
    out = np.zeros((frames, height, width), np.uint8)
    for (across, down), path in zip(sides.astype(int).tolist(), centers, strict=True):
        shape = (masks.alpha(choose(rng, params.shapes), across, down, None) > 0).astype(np.uint8)
        corners = np.rint(path - [across / 2, down / 2]).astype(int).tolist()
        for frame, (x, y) in zip(out, corners, strict=True):
            part = frame[max(y, 0) : max(y + down, 0), max(x, 0) : max(x + across, 0)]
            top, left = max(-y, 0), max(-x, 0)
            part |= shape[top : top + part.shape[0], left : left + part.shape[1]]
    return out
