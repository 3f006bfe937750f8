"""Overlays drawn onto frames, for pictures that cannot draw them themselves."""

from __future__ import annotations

from collections.abc import Collection

import cv2
import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Frames
from vidsynth.report.preview.overlays import COLORS, Overlays

_SHIFT = 4  # OpenCV draws in 16ths of a pixel
_CASING = (20, 20, 20)  # under each line, so that it shows on any ground
_TINT, _SOLID = 0.45, (128, 128, 128)


def drawn(frame: Frames, over: Overlays, t: int, frames: int, zoom: float, only: Collection[str]) -> Frames:
    """Return frame `t` of `frames`, uint8 [H, W, 3], scaled by `zoom`, with the overlays named in `only`.

    Outlines stand for boxes where a sample has both.
    """
    picture = scaled(frame, zoom)
    mask = over.mask_at(t, frames) if "masks" in only else None
    if mask is not None:
        _tint(picture, mask, solid=over.solid)
    if over.paths is not None and "paths" in only:
        for number, path in enumerate(over.paths):
            seen = path[~np.isnan(path[:, 0])]
            if len(seen) and np.ptp(seen, axis=0).max() > 1:
                _line(picture, seen * zoom, number, closed=False)
            _dot(picture, path[t] * zoom, number, 3)
    if over.outlines is not None and "outlines" in only:
        for number, outline in enumerate(over.outlines[:, t]):
            _line(picture, outline * zoom, number, closed=True)
    elif over.boxes is not None and "boxes" in only:
        for number, (x1, y1, x2, y2) in enumerate(over.boxes[:, t]):
            _line(picture, np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)]) * zoom, number, closed=True)
    if over.tracks is not None and "tracks" in only:
        for number, points in enumerate(over.tracks[:, :, t]):
            for point in points:
                _dot(picture, point * zoom, number, 2)
    return picture


def scaled(frame: Frames, zoom: float) -> Frames:
    """Return a copy of a frame, uint8 [H, W, 3], larger or smaller."""
    way = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    height, width, _ = frame.shape
    size = max(1, round(width * zoom)), max(1, round(height * zoom))
    return np.array(cv2.resize(frame, size, interpolation=way), np.uint8)


def color(number: int) -> tuple[int, int, int]:
    """Return the colour of thing `number`."""
    return COLORS[number % len(COLORS)]


def _tint(picture: Frames, mask: NDArray[np.uint8], *, solid: bool) -> None:
    height, width, _ = picture.shape
    large = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
    if solid:
        picture[large > 0] = _SOLID
        return
    for number in np.unique(large[large > 0]).tolist():
        there = large == number
        mixed = (1 - _TINT) * picture[there] + _TINT * np.array(color(number - 1))
        picture[there] = np.rint(mixed).astype(np.uint8)


def _line(picture: Frames, points: NDArray[np.float64], number: int, *, closed: bool) -> None:
    if not np.isnan(points).any():
        at = [_fixed(points)]
        cv2.polylines(picture, at, closed, _CASING, 3, cv2.LINE_AA, _SHIFT)
        cv2.polylines(picture, at, closed, color(number), 1, cv2.LINE_AA, _SHIFT)


def _dot(picture: Frames, point: NDArray[np.float64], number: int, radius: int) -> None:
    if not np.isnan(point).any():
        x, y = _fixed(point[None])[0].tolist()
        cv2.circle(picture, (x, y), radius + 1 << _SHIFT, _CASING, -1, cv2.LINE_AA, _SHIFT)
        cv2.circle(picture, (x, y), radius << _SHIFT, color(number), -1, cv2.LINE_AA, _SHIFT)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return points as OpenCV draws them: int32 [P, 2], from pixel centres."""
    return np.rint((np.clip(points, -1e4, 1e4) - 0.5) * (1 << _SHIFT)).astype(np.int32)
