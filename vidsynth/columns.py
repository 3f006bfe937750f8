"""What a sample's columns hold, beside index, key, plan and sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    """Arrays of one numpy `dtype` and `shape`, stored as their bytes (little-endian, C order).

    `tolerance` is how far values may differ where they were made on a processor of another kind.
    """

    dtype: str
    shape: tuple[int, ...]
    tolerance: float = 0.0

    @property
    def itemsize(self) -> int:
        """Bytes an element."""
        return np.dtype(self.dtype).itemsize


ValueType = Literal["bool", "int64", "float64", "string", "list<int64>", "list<float64>", "list<string>"]


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """Plain values of one Arrow type: a caption, a number, a list of them. `about` says in a few words what."""

    dtype: ValueType
    about: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    @property
    def itemsize(self) -> int:
        """Bytes a value, about: next to pixels they hardly count."""
        return 8


Column = ClipColumn | ArrayColumn | ValueColumn
