"""A contact sheet of single frames: rows of pictures, each with a caption."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from vidsynth.clip import Frames
from vidsynth.report.lettering import write_text
from vidsynth.shards.folder import write_atomically

_CELL = (120, 160)  # height and width that a picture is fitted into
_GAP, _LINE = 4, 18
_PAPER, _ABSENT = (255, 255, 255), (200, 200, 200)


def write_contact_sheet(file: Path, rows: Sequence[tuple[str, Sequence[tuple[str, Frames | None]]]]) -> None:
    """Write a PNG: of each row its title and its pictures, uint8 [H, W, 3] RGB, with their captions.

    A picture that could not be read is None, and grey.
    """
    columns = max(1, *(len(pictures) for _, pictures in rows))
    height, width = _CELL[0] + _LINE + _GAP, _CELL[1] + _GAP
    sheet = np.full((len(rows) * (height + _LINE + _GAP), columns * width, 3), _PAPER, np.uint8)
    top = 0
    for title, pictures in rows:
        write_text(sheet, title, _GAP // 2, top + 2, sheet.shape[1] - _GAP)
        top += _LINE
        for number, (caption, picture) in enumerate(pictures):
            left = number * width
            sheet[top : top + _CELL[0], left : left + _CELL[1]] = _fitted(picture)
            write_text(sheet, caption, left + _GAP // 2, top + _CELL[0] + 2, _CELL[1] - _GAP, size=10)
        top += height + _GAP
    png = io.BytesIO()
    Image.fromarray(sheet).save(png, "PNG", compress_level=3)
    write_atomically(file, png.getvalue())


def _fitted(picture: Frames | None) -> Frames:
    cell = np.full((*_CELL, 3), _ABSENT, np.uint8)
    if picture is not None:
        height, width, _ = picture.shape
        zoom = min(_CELL[0] / height, _CELL[1] / width)
        size = max(1, round(width * zoom)), max(1, round(height * zoom))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        y, x = (_CELL[0] - size[1]) // 2, (_CELL[1] - size[0]) // 2
        cell[y : y + size[1], x : x + size[0]] = small
    return cell
