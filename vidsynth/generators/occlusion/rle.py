"""Masks as run lengths, as COCO counts them: down the columns, outside and inside in turn, outside first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]  # [H, W], 1 inside


def encoded(mask: Mask) -> list[int]:
    """Return the run lengths of a mask.

    >>> encoded(np.array([[0, 1], [1, 1]], np.uint8))
    [1, 3]
    """
    flat = (mask != 0).ravel(order="F")
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    bounds = np.concatenate([[0], changes, [flat.size]])
    runs: list[int] = np.diff(bounds).tolist()
    return [0, *runs] if flat.size and flat[0] else runs


def decoded(runs: Sequence[int], height: int, width: int) -> Mask:
    """Return the mask, uint8 [height, width]. Raises ValueError if the runs do not make one of that size."""
    lengths = np.asarray(runs, np.int64)
    if lengths.ndim != 1 or (lengths < 0).any() or (lengths > height * width).any() or lengths.sum() != height * width:
        raise ValueError(f"run lengths do not make {height}x{width} pixels")
    inside = (np.arange(len(lengths)) % 2).astype(np.uint8)
    return np.repeat(inside, lengths).reshape(width, height).T


def parsed(text: str) -> list[int]:
    """Return the run lengths that COCO's compressed form tells. Raises ValueError.

    Five bits a character from 48 on, the lowest first, 32 for more to come, the last one signed; from
    the fourth number on, the difference to the one before the last.

    >>> parsed("13")
    [1, 3]
    """
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 40:
            raise ValueError(f"{character!r} is not of COCO's run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("the run lengths are cut off")
    return runs
