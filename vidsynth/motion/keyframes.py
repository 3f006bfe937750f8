"""Values that run from key frame to key frame.

Source: fmthoker/tubelet-contrast, `dynamic_utils.py` (`sample_key_frames`, `extend_key_frame_to_all`).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

# How a value runs from one key frame (u = 0) to the next (u = 1).
UNIFORM, ACCELERATE, DECELERATE = range(3)
LAWS = ("uniform", "accelerate", "decelerate")


def below(rng: np.random.Generator, stop: int) -> int:
    """Draw an integer of 0..stop - 1 from one uniform number."""
    return int(rng.random() * stop)


def choose(rng: np.random.Generator, weights: Sequence[float]) -> int:
    """Draw an index with probability proportional to `weights`, from one uniform number."""
    mark = rng.random() * sum(weights)
    for index, weight in enumerate(weights):
        mark -= weight
        if mark < 0:
            return index
    return len(weights) - 1


def sample_keys(rng: np.random.Generator, frames: int, counts: Sequence[float]) -> list[int]:
    """Draw the key frames of a clip: ascending frame numbers, the first and the last among them.

    `counts[k]` weighs k inner keys. Inner key i (1..k) sits at int(i * frames / (k + 1)), moved by an
    integer from [-j, j) with j = int(frames / (k + 1) / 3); keys that fall together collapse.
    """
    inner = choose(rng, counts)
    keys = {0, frames - 1}
    spacing = frames / (inner + 1)
    jitter = int(spacing / 3)
    for i in range(1, inner + 1):
        moved = int(spacing * i) + (below(rng, 2 * jitter) - jitter if jitter else 0)
        keys.add(min(max(moved, 0), frames - 1))
    return sorted(keys)


def sample_laws(rng: np.random.Generator, keys: Sequence[int], weights: Sequence[float]) -> list[int]:
    """Draw one law (an index into LAWS) for each segment between keys."""
    return [choose(rng, weights) for _ in keys[1:]]


def interpolate(values: Sequence[float], keys: Sequence[int], laws: Sequence[int]) -> list[float]:
    """Extend a value at each key to all frames.

    With s the share of a segment's frames passed: uniform s, acceleration from rest s^2, deceleration
    to rest 1 - (1 - s)^2.
    """
    out = [values[0]]
    for number, law in enumerate(laws):
        start, stop = keys[number], keys[number + 1]
        value, change = values[number], values[number + 1] - values[number]
        for frame in range(1, stop - start + 1):
            s = frame / (stop - start)
            if law == ACCELERATE:
                s *= s
            elif law == DECELERATE:
                s = 1 - (1 - s) * (1 - s)
            out.append(value + change * s)
    return out


def random_walk(rng: np.random.Generator, keys: Sequence[int], speed: float) -> list[float]:
    """Return a value at each key: 0 at the first, and each adds to the one before a shift uniform on
    +-speed * (frames between the two keys)."""
    values = [0.0]
    for start, stop in itertools.pairwise(keys):
        values.append(values[-1] + (2 * rng.random() - 1) * speed * (stop - start))
    return values
