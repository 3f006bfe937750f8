"""What a sample's columns hold, beside index, key, plan and sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class ClipColumn:
    """Frames, uint8 `shape` = (T, H, W, 3) RGB; stored as the recipe's payload says."""

    shape: tuple[int, int, int, int]

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return 1


@dataclass(frozen=True, slots=True)
class ArrayColumn:
    """Arrays of one numpy `dtype` and `shape`, stored as their bytes (little-endian, C order)."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return np.dtype(self.dtype).itemsize


Column = ClipColumn | ArrayColumn
