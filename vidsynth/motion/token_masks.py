"""Masks over the tokens of a clip, as masked autoencoders hide them: uint8 [T, H, W] in tokens, 1 where masked.

A token is a cuboid of `tubelet` frames by `patch` x `patch` pixels. Tong et al., "VideoMAE", NeurIPS 2022, hide the
same patches at all times (`TubeMaskingGenerator` of MCG-NJU/VideoMAE); Feichtenhofer et al., "Masked Autoencoders As
Spatiotemporal Learners", NeurIPS 2022, compare that with tokens at random and with blocks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Grid = tuple[int, int, int]


def masked_count(ratio: float, tokens: int) -> int:
    """Return how many of `tokens` a ratio hides: rounded down, as VideoMAE does.

    >>> masked_count(0.9, 14 * 14)
    176
    """
    return int(ratio * tokens)


def tube(rng: np.random.Generator, grid: Grid, ratio: float) -> Mask:
    """Hide the same int(ratio * H * W) patches at every time."""
    times, height, width = grid
    frame = np.zeros(height * width, np.uint8)
    frame[_some(rng, frame.size, masked_count(ratio, frame.size))] = 1
    return np.tile(frame.reshape(1, height, width), (times, 1, 1))


def scattered(rng: np.random.Generator, grid: Grid, ratio: float) -> Mask:
    """Hide int(ratio * T * H * W) tokens, each as likely as any other."""
    mask = np.zeros(math.prod(grid), np.uint8)
    mask[_some(rng, mask.size, masked_count(ratio, mask.size))] = 1
    return mask.reshape(grid)


def cuboids(rng: np.random.Generator, grid: Grid, ratio: float, block: Grid) -> Mask:
    """Hide int(ratio * T * H * W) tokens in cuboids of up to `block` = (T, H, W) tokens.

    Each side is uniform over 1 to the block's (at most the grid's); places are uniform. Cuboids are added until enough
    is hidden, and of the last one, what goes beyond is left open again, its end first.
    """
    mask = np.zeros(grid, np.uint8)
    left = masked_count(ratio, mask.size)
    while left:
        sides = [1 + int(rng.random() * min(side, most)) for side, most in zip(block, grid, strict=True)]
        starts = [int(rng.random() * (most - side + 1)) for side, most in zip(sides, grid, strict=True)]
        part = mask[tuple(slice(start, start + side) for start, side in zip(starts, sides, strict=True))]
        fresh = part.size - int(part.sum())
        if fresh <= left:
            part[:] = 1
        else:
            part[tuple(np.argwhere(part == 0)[:left].T)] = 1
        left -= min(fresh, left)
    return mask


def _some(rng: np.random.Generator, tokens: int, count: int) -> NDArray[np.int64]:
    """Draw `count` of `tokens` without replacement: those with the smallest of as many uniform numbers."""
    return np.argsort(rng.random(tokens), kind="stable")[:count]
