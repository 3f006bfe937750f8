"""Shapes to coverage masks, in whole numbers only: the same bytes on every machine.

Smooth masks count, for each pixel, how many of 16 x 16 points inside it lie within the shape (even-odd
rule). Hard masks follow Pillow's drawing, which the authors' notebook uses.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import nearest

Mask = NDArray[np.uint8]
Points = tuple[tuple[int, int], ...]

# Corners in hundredths of the size, from the centre; x right, y down. A circle has none.
_SHAPES: dict[str, Points] = {
    "circle": (),
    "square": ((-50, -50), (50, -50), (50, 50), (-50, 50)),
    "triangle": ((0, -43), (50, 43), (-50, 43)),
    "diamond": ((0, -50), (50, 0), (0, 50), (-50, 0)),
    "pentagon": ((0, -50), (48, -15), (29, 40), (-29, 40), (-48, -15)),
    "hexagon": ((50, 0), (25, 43), (-25, 43), (-50, 0), (-25, -43), (25, -43)),
    "star": (
        (0, -50), (11, -15), (48, -15), (18, 6), (29, 40), (0, 19), (-29, 40), (-18, 6), (-48, -15), (-11, -15),
    ),
    "cross": (
        (-17, -50), (17, -50), (17, -17), (50, -17), (50, 17), (17, 17),
        (17, 50), (-17, 50), (-17, 17), (-50, 17), (-50, -17), (-17, -17),
    ),
}  # fmt: skip
HARD = ("circle", "square", "triangle")
_DEFINED = re.compile(r"(?P<name>[a-z][a-z -]*)=(?P<points>-?\d+,-?\d+(?: -?\d+,-?\d+){2,63})")
_FINE = 16  # points a pixel, each way


def parse_shape(text: str) -> tuple[str, Points]:
    """Return (name, corners) of `star` or of `kite=0,-50 35,-10 0,50 -35,-10`. Raises ValueError.

    Corners are hundredths of the size from the centre, -50 to 50, x right and y down; none for a circle.
    """
    defined = _DEFINED.fullmatch(text)
    if defined:
        points = tuple((int(x), int(y)) for x, y in (point.split(",") for point in defined["points"].split()))
        if max(abs(value) for point in points for value in point) > 50:
            raise ValueError(f"the corners of {defined['name']!r} must lie in -50 to 50 hundredths of the size")
        return defined["name"], points
    if text not in _SHAPES:
        known = ", ".join(_SHAPES)
        raise ValueError(f"no shape {text!r}{nearest(text, _SHAPES)} (known: {known}; or name=x,y x,y x,y …)")
    return text, _SHAPES[text]


@functools.lru_cache(maxsize=1024)
def smooth(points: Points, size: int) -> Mask:
    """Return the coverage of a shape, uint8 [S, S] with S odd: its centre is that of the middle pixel.

    size : pixels: a circle's diameter, else what a hundred hundredths of `points` make.
    """
    half = size // 2 + 1
    side = 2 * half + 1
    inside = np.zeros((side * _FINE, side * _FINE + 1), bool)
    rows = np.arange(side * _FINE)
    for crossed, columns in _disc(size, side) if not points else _polygon(points, size, side):
        inside[rows[crossed], columns] ^= True
    counted = np.logical_xor.accumulate(inside, axis=1)[:, :-1].reshape(side, _FINE, side, _FINE).sum((1, 3))
    return _frozen((counted * 255 + 128) // _FINE**2)


def _fine_rows(side: int) -> NDArray[np.int64]:
    """Return how far each row of points lies below the centre, in 32nds of a pixel."""
    return 2 * np.arange(side * _FINE) + 1 - side * _FINE


def _disc(size: int, side: int) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Yield, for either edge, which rows it crosses, and the first point right of it in each of those."""
    below = _fine_rows(side)
    crossed = np.abs(below) <= _FINE * size
    half_widths = [isqrt((_FINE * size) ** 2 - y * y) for y in below[crossed].tolist()]
    # Points lie at odd 32nds from the centre: these are the first one within, and the first one past it.
    right = np.array([(side * _FINE + half + 1) // 2 for half in half_widths], np.int64)
    for columns in (side * _FINE - right, right):
        yield crossed, columns


def _polygon(points: Points, size: int, side: int) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Yield the same for every edge of a polygon."""
    below = 100 * _fine_rows(side)  # in 3,200ths of a pixel, as the corners are
    corners = [(2 * _FINE * size * x, 2 * _FINE * size * y) for x, y in points]
    for (x1, y1), (x2, y2) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y1 == y2:
            continue
        if y1 > y2:
            (x1, y1), (x2, y2) = (x2, y2), (x1, y1)
        crossed = (y1 <= below) & (below < y2)
        # The edge at that height, and the first point at or right of it: x >= x1 + (y - y1) dx / dy.
        dy = y2 - y1
        edge = x1 * dy + (below[crossed] - y1) * (x2 - x1)
        leftmost = 100 * (1 - side * _FINE)
        yield crossed, -((leftmost * dy - edge) // (200 * dy))


@functools.lru_cache(maxsize=1024)
def hard(name: str, size: int, center_y: int) -> tuple[Mask, int]:
    """Return a mask of 0 and 255 without soft edges, uint8 [h, w], and how far below the centre its first row is.

    The figures of the authors' notebook as Pillow draws them: circle of radius size // 2, square from
    -size // 2 to size // 2, equilateral triangle of side `size` about its centroid. Pillow cuts corners
    to whole pixels towards zero, so that a triangle that reaches out of the frame is a row shorter.
    """
    half = size // 2
    if name == "square":
        return _frozen(np.full((2 * half + 1, 2 * half + 1), 255)), -half
    if name == "circle":
        lower = _circle_half_widths(half)
        return _spans([*lower[:0:-1], *lower], half), -half
    apex = isqrt(size * size // 3)  # from the centroid up: size / sqrt(3), whole pixels of it; half that to the base
    top, bottom = -apex - (center_y > apex), isqrt(size * size // 12)
    height = bottom - top
    widths = [(2 * half * row + height - 1) // (2 * height) for row in range(height + 1)]
    return _spans(widths, half), top


def _circle_half_widths(radius: int) -> list[int]:
    """Return the half width of each row, from the middle down: Pillow's walk along the circle (`ImageDraw.ellipse`)."""

    def miss(step: tuple[int, int]) -> int:
        return abs(step[0] ** 2 + step[1] ** 2 - radius**2)

    half_widths = [radius] + [0] * radius
    x, y = radius, 0
    while y < radius or x > 0:
        steps = [(x, y + 1)] + ([(x - 1, y + 1), (x - 1, y)] if x > 0 else [])
        x, y = min(steps, key=miss)
        if y <= radius:
            half_widths[y] = max(half_widths[y], x)
    return half_widths


def _spans(half_widths: list[int], half: int) -> Mask:
    across = np.abs(np.arange(-half, half + 1))
    return _frozen(255 * (across <= np.array(half_widths)[:, None]))


def _frozen(values: NDArray[np.int64]) -> Mask:
    mask = values.astype(np.uint8)
    mask.flags.writeable = False
    return mask
