"""Decoded frames as they lie in the decoder's memory: which component stands where, without a copy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

# What each plane holds, a letter a channel, by libav's name of the pixel format. X is of no interest: alpha, padding.
_CHANNELS = [
    (re.compile(pattern), channels)
    for pattern, channels in (
        (r"yuv[aj]?4\d\dp(\d+le)?", ("Y", "U", "V")),
        (r"gray(\d+le)?", ("Y",)),
        (r"ya(8|16le)", ("YX",)),
        (r"nv(12|16|24|20le)|p[024]1[026]le", ("Y", "UV")),
        (r"nv(21|42)", ("Y", "VU")),
        (r"gbra?p(\d+le)?", ("G", "B", "R")),
        (r"rgb24|rgb48le", ("RGB",)),
        (r"bgr24|bgr48le", ("BGR",)),
        (r"rgb[a0]|rgba64le", ("RGBX",)),
        (r"bgr[a0]|bgra64le", ("BGRX",)),
        (r"[a0]rgb", ("XRGB",)),
        (r"[a0]bgr", ("XBGR",)),
    )
]
_IN_HIGH_BITS = re.compile(r"nv20le|p[024]1[026]le")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the components of a pixel format stand.

    channels : of each plane, the letters Y, U (Cb), V (Cr), R, G, B, or X for what is of no interest.
    bits : of a sample. shift : how far up in its 16 bits a sample stands.
    chroma_steps : rows and columns of luma for one of chroma.
    """

    channels: tuple[str, ...]
    bits: int
    shift: int = 0
    chroma_steps: tuple[int, int] = (1, 1)

    def view(self, plane: VideoPlane, channels: int) -> NDArray[Any]:
        """Return a plane, uint8 or uint16 [H, W] or [H, W, channels], as it lies in the decoder's memory."""
        dtype, size = (np.uint8, 1) if self.bits <= 8 else (np.uint16, 2)
        height, width, line = plane.height, plane.width, plane.line_size
        first = (1 - height) * line if line < 0 else 0  # a picture that is stored from its lowest row up
        if channels == 1:
            return np.ndarray((height, width), dtype, plane, first, (line, size))  # type: ignore[arg-type]
        shape, strides = (height, width, channels), (line, size * channels, size)
        return np.ndarray(shape, dtype, plane, first, strides)  # type: ignore[arg-type]


def layout_of(frame: VideoFrame) -> Layout | None:
    """Return where a frame's components stand; None for packed chroma, palettes, big-endian and float samples."""
    name = frame.format.name
    for pattern, channels in _CHANNELS:
        if pattern.fullmatch(name):
            bits = frame.format.components[0].bits
            steps = 8 // frame.format.chroma_height(8), 8 // frame.format.chroma_width(8)
            return Layout(channels, bits, 16 - bits if _IN_HIGH_BITS.fullmatch(name) else 0, steps)
    return None
