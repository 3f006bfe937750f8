"""Clips as pictures that a browser cuts up again: all frames of one on a single sheet of cells.

Every browser since 2020 shows WebP, from one decoding any frame is drawn exactly, and two clips cannot fall out of
step. Videos would be smaller; but no browser promises which frame of one it shows.
"""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vidsynth.clip import Frames
from vidsynth.report.preview.overlays import COLORS

LARGEST = 256  # pixels of the longer side
_QUALITY = 80
_BLOCK = 16  # a lossy codec's: cells begin where blocks do, so that none sees its neighbour
_TINT, _SOLID = 115, (128, 128, 128)


def clip_strip(frames: Frames) -> dict[str, Any]:
    """Return frames, uint8 [T, H, W, 3], as a WebP, scaled down to fit LARGEST; see `_strip`."""
    zoom = min(1.0, LARGEST / max(frames.shape[1:3]))
    if zoom < 1:
        size = max(1, round(frames.shape[2] * zoom)), max(1, round(frames.shape[1] * zoom))
        frames = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames])
    sheet, places = _sheet(frames, _BLOCK)
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "WEBP", quality=_QUALITY, method=4)
    return {"src": _uri("webp", file.getvalue()), **places}


def mask_strip(masks: NDArray[np.uint8], *, solid: bool) -> dict[str, Any]:
    """Return masks, uint8 [t, h, w], as a PNG in the colours of the things that they are of, clear elsewhere."""
    zoom = min(1.0, LARGEST / max(masks.shape[1:3]))
    if zoom < 1:
        size = max(1, round(masks.shape[2] * zoom)), max(1, round(masks.shape[1] * zoom))
        masks = np.stack([cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST) for mask in masks])
    sheet, places = _sheet(masks, 1)
    most = int(masks.max(initial=0))
    colors = [_SOLID if solid else COLORS[number % len(COLORS)] for number in range(most)]
    picture = Image.fromarray(sheet)
    picture.putpalette([0, 0, 0, *(value for color in colors for value in color)])
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=bytes([0, *[255 if solid else _TINT] * most]))
    return {"src": _uri("png", file.getvalue()), **places}


def _sheet(frames: NDArray[np.uint8], block: int) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Return the sheet, about as high as wide, and its cells: `across` in a line, `pitch` apart, `size` of each."""
    count, height, width = frames.shape[:3]
    pitch_y, pitch_x = -(-height // block) * block, -(-width // block) * block
    across = max(1, math.isqrt(count * pitch_y // pitch_x))
    down = -(-count // across)
    around = [(0, across * down - count), (0, pitch_y - height), (0, pitch_x - width), (0, 0)][: frames.ndim]
    cells = np.pad(frames, around, mode="edge").reshape(down, across, pitch_y, pitch_x, *frames.shape[3:])
    sheet = cells.swapaxes(1, 2).reshape(down * pitch_y, across * pitch_x, *frames.shape[3:])
    places = {"frames": count, "across": across, "pitch": [pitch_x, pitch_y], "size": [width, height]}
    return np.ascontiguousarray(sheet), places


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
