"""Text on pictures, in the face that matplotlib brings along: the same letters on every machine, of many scripts."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vidsynth.clip import Frames

INK, FAINT = (38, 38, 36), (118, 116, 110)
_LONGEST = 400  # characters that are looked at; more fit on no line


def write_text(
    picture: Frames,
    text: str,
    left: int,
    top: int,
    width: int,
    *,
    size: int = 11,
    ink: tuple[int, int, int] = INK,
    align: Literal["left", "right"] = "left",
) -> int:
    """Write one line onto uint8 [H, W, 3], in place, and return how many pixels wide it came out.

    left, top : of the line's box. width : pixels that it may take; what does not fit ends in "…".
    """
    font = _font(size)
    text = "".join(" " if sign.isspace() else sign for sign in text[:_LONGEST])
    if font.getlength(text) > width:
        low, high = 0, len(text)  # the longest beginning that fits: low fits, high does not
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if font.getlength(text[:middle].rstrip() + "…") <= width else (low, middle)
        text = text[:low].rstrip() + "…"
    wide = round(font.getlength(text))
    part = picture[top : top + 2 * size, left : left + width]
    page = Image.fromarray(part)
    ImageDraw.Draw(page).text((max(0, width - wide) if align == "right" else 0, 0), text, ink, font)
    part[:] = np.asarray(page)
    return wide


@functools.cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)
