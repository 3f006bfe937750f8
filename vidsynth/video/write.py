"""Frames to a video file on disk, in the codecs and containers that data sets use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import av.codec
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vidsynth.errors import MissingDependency
from vidsynth.video.convert import EXACT
from vidsynth.video.probe import assumed_matrix

# AVColorSpace's values, and what swscale calls them.
_MATRICES = {"bt709": (1, Colorspace.ITU709), "bt601": (6, Colorspace.ITU601)}
_LIMITED = 1  # AVColorRange


def write_video(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    codec: str,
    fps: float | Fraction,
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
) -> None:
    """Encode frames, each uint8 [H, W, 3] RGB, as a file whose suffix names the container.

    One codec thread and no dates: the same frames give the same bytes. Colours are limited range.

    Parameters
    ----------
    codec : libav's name of the encoder, such as libx264, libx265, libvpx-vp9 or mpeg4.
    options : the encoder's options, such as crf, g (frames from one key frame to the next) or bf (B-frames).

    Raises ValueError if there is no frame or their size changes, MissingDependency if there is no such encoder.
    """
    try:
        av.codec.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        raise MissingDependency(f"this PyAV has no encoder {codec}; the wheels on PyPI have the usual ones") from None
    shape: tuple[int, ...] | None = None
    rate = Fraction(fps).limit_denominator(1001)
    scaler = VideoReformatter()
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate, options=dict(options or {}))
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        context.pix_fmt, context.time_base = pix_fmt, 1 / rate
        context.thread_count = 1
        context.flags |= av.codec.context.Flags.bitexact
        for number, picture in enumerate(frames):
            if shape is None:
                shape = picture.shape
                stream.height, stream.width, _ = shape
                # As is assumed of a stream without a tag, since AVI keeps none.
                tag, matrix = _MATRICES[assumed_matrix(stream.height)]
                context.colorspace, context.color_range = tag, _LIMITED
            elif picture.shape != shape:
                raise ValueError(f"{path}: frame {number} is {picture.shape}, those before it {shape}")
            frame = scaler.reformat(
                av.VideoFrame.from_ndarray(picture, "rgb24"),
                format=pix_fmt, dst_colorspace=matrix, dst_color_range=ColorRange.MPEG, interpolation=EXACT, threads=1,
            )  # fmt: skip
            frame.time_base, frame.pts = 1 / rate, number
            container.mux(stream.encode(frame))
        if shape is None:
            raise ValueError(f"{path}: no frames to write")
        container.mux(stream.encode(None))
