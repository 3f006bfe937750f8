"""Decoded pictures to RGB: crop, scale and colour in one swscale call, then orientation.

The flags are the ones whose result depends neither on the CPU's instruction set nor carries the
grey-level bias of swscale's default (about one level too dark).
"""

from __future__ import annotations

from fractions import Fraction
from typing import cast

import av
import av.filter
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from vidsynth.clip import Box, ClipRef, Frames
from vidsynth.errors import DecodeError
from vidsynth.video.probe import VideoInfo

EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT
_COLORSPACES = {
    "bt601": Colorspace.ITU601,
    "bt709": Colorspace.ITU709,
    "bt2020": Colorspace.BT2020,
    "fcc": Colorspace.FCC,
    "smpte240m": Colorspace.SMPTE240M,
}


class Converter:
    """Turns decoded frames of one video into upright RGB pictures, as one `ClipRef` asks.

    A crop whose edges lie between chroma samples is cut out before the conversion, which then reads
    that part alone: its two outermost rows and columns do not see the chroma outside. Any other crop
    is cut out of the converted picture. Keeps its scaler between frames: a new one a frame would cost
    more than the conversion.
    """

    def __init__(self, info: VideoInfo, ref: ClipRef) -> None:
        picture = Box(0, 0, info.width, info.height)
        crop = ref.crop or picture
        if crop.width < 1 or crop.height < 1 or _clipped(crop, picture) != crop:
            raise DecodeError(info.path, f"crop {tuple(crop)} is not inside its {info.width}x{info.height} picture")
        self._info = info
        self._turned = info.rotation in (90, 270)
        self._stored = (info.height, info.width) if self._turned else (info.width, info.height)
        self._crop = _stored_box(crop, info)
        self.height, self.width = ref.size or (crop.height, crop.width)
        self._flip = ref.flip
        self._scaler = VideoReformatter()
        self._cropper: _Cropper | None = None
        self._second: VideoReformatter | None = None

    def __call__(self, frame: VideoFrame, out: NDArray[np.uint8]) -> None:
        """Write the picture of `frame` into `out`, uint8 [height, width, 3]."""
        if (frame.width, frame.height) != self._stored:
            raise DecodeError(self._info.path, "its picture size changes in mid-stream")
        width, height = (self.height, self.width) if self._turned else (self.width, self.height)
        crop = self._crop
        if (crop.width, crop.height) == self._stored:
            rgb = self._rgb(frame, width, height)
        elif _on_chroma_grid(frame, crop):
            if self._cropper is None or self._cropper.pix_fmt != frame.format.name:  # it may change in mid-stream
                self._cropper = _Cropper(frame, crop)
            rgb = self._rgb(self._cropper(frame), width, height)
        else:  # the edge of the crop runs through chroma samples: convert whole, then cut and scale
            whole = pixels(self._rgb(frame, *self._stored))
            part = whole[crop.y : crop.y + crop.height, crop.x : crop.x + crop.width]
            self._second = self._second or VideoReformatter()
            rgb = self._second.reformat(
                av.VideoFrame.from_ndarray(np.ascontiguousarray(part), "rgb24"),
                width, height, "rgb24", interpolation=EXACT, threads=1,
            )  # fmt: skip
        picture = np.rot90(pixels(rgb), -self._info.rotation // 90)
        out[...] = picture[:, ::-1] if self._info.mirrored != self._flip else picture

    def _rgb(self, frame: VideoFrame, width: int, height: int) -> VideoFrame:
        return to_rgb(self._scaler, frame, width, height, self._info.matrix, self._info.full_range)


def to_rgb(
    scaler: VideoReformatter, frame: VideoFrame, width: int, height: int, matrix: str, full_range: bool
) -> VideoFrame:
    """Return a frame as rgb24 of a given size; `matrix` and `full_range` as in `VideoInfo`."""
    return scaler.reformat(
        frame,
        width,
        height,
        "rgb24",
        src_colorspace=_COLORSPACES.get(matrix),
        src_color_range=ColorRange.JPEG if full_range or matrix == "rgb" else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=EXACT,
        threads=1,
    )


def pixels(frame: VideoFrame) -> Frames:
    """Return an rgb24 frame's pixels without a copy: uint8 [H, W, 3]."""
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width * 3].reshape(plane.height, plane.width, 3)


class _Cropper:
    """Cuts a part out of decoded frames without a copy, in libavfilter: chroma siting stays known."""

    def __init__(self, frame: VideoFrame, crop: Box) -> None:
        self.pix_fmt = frame.format.name
        graph = av.filter.Graph()
        graph.threads = 1
        self._source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, 1000)
        )
        cut = graph.add("crop", f"{crop.width}:{crop.height}:{crop.x}:{crop.y}:exact=1")
        self._sink = graph.add("buffersink")
        self._source.link_to(cut)
        cut.link_to(self._sink)
        graph.configure()
        self._graph = graph

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        self._source.push(frame)
        return cast(VideoFrame, self._sink.pull())


def _on_chroma_grid(frame: VideoFrame, crop: Box) -> bool:
    """Tell whether the crop's edges fall between chroma samples, not through them."""
    across = 8 // frame.format.chroma_width(8)
    down = 8 // frame.format.chroma_height(8)
    return not (crop.x % across or crop.width % across or crop.y % down or crop.height % down)


def _clipped(box: Box, inside: Box) -> Box:
    x, y = max(box.x, inside.x), max(box.y, inside.y)
    right, bottom = min(box.x + box.width, inside.width), min(box.y + box.height, inside.height)
    return Box(x, y, right - x, bottom - y)


def _stored_box(box: Box, info: VideoInfo) -> Box:
    """Map a box of the upright picture to the picture as it is stored."""
    x, y, width, height = box
    if info.mirrored:
        x = info.width - x - width
    match info.rotation:
        case 90:
            return Box(y, info.width - x - width, height, width)
        case 180:
            return Box(info.width - x - width, info.height - y - height, width, height)
        case 270:
            return Box(info.height - y - height, x, height, width)
    return Box(x, y, width, height)
