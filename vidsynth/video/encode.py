"""Frames to video files and back, deterministically: one codec thread, no dates, fixed options."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Literal

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from vidsynth.clip import Frames
from vidsynth.errors import DecodeError
from vidsynth.video.container import meaning
from vidsynth.video.convert import EXACT, pixels

_CODECS = {
    # 4:2:0 BT.709, what the Hub's viewer and every browser play
    "h264": ("libx264", "yuv420p", {"preset": "veryfast"}),
    # RGB, quantiser 0: the very pixels back
    "lossless": ("libx264rgb", "rgb24", {"preset": "veryfast", "qp": "0"}),
}
_TICKS = 90_000


def encode_mp4(frames: Frames, kind: Literal["h264", "lossless"], *, fps: float = 25.0, crf: int = 18) -> bytes:
    """Encode frames, uint8 [T, H, W, 3] RGB, as an mp4 file in memory.

    `h264` wants even sizes and loses a little (`crf`, 0 to 51); `lossless` gives the same bytes back.
    """
    codec, pix_fmt, options = _CODECS[kind]
    count, height, width, _ = frames.shape
    if kind == "h264" and (height % 2 or width % 2):
        raise ValueError(f"h264 stores even sizes only, not {width}x{height}; use jpeg, raw or lossless")
    rate = Fraction(fps).limit_denominator(1001)
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream(codec, rate=rate, options=options | ({"crf": str(crf)} if kind == "h264" else {}))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        context = stream.codec_context
        context.thread_count = 1
        context.time_base = Fraction(1, _TICKS)
        context.flags |= av.codec.context.Flags.bitexact
        if kind == "h264":
            context.colorspace, context.color_range = 1, 1  # BT.709, limited
        scaler = VideoReformatter()
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(frames[number], "rgb24")
            if kind == "h264":
                frame = scaler.reformat(
                    frame, format=pix_fmt, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG,
                    interpolation=EXACT, threads=1,
                )  # fmt: skip
            frame.time_base, frame.pts = Fraction(1, _TICKS), round(number * _TICKS / rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def decode_mp4(data: bytes | memoryview, shape: tuple[int, int, int, int]) -> Frames:
    """Decode what `encode_mp4` made: uint8 [T, H, W, 3] RGB. Raises DecodeError."""
    frames = np.empty(shape, np.uint8)
    count = 0
    try:
        with av.open(io.BytesIO(data), "r", metadata_errors="replace") as container:
            stream = next(iter(container.streams.video), None)
            if stream is None or stream.codec_context is None:
                raise DecodeError("payload", "no video stream")
            stream.codec_context.thread_count = 1
            stream.codec_context.thread_type = "NONE"
            scaler = VideoReformatter()
            for frame in container.decode(stream):
                if count == len(frames) or (frame.height, frame.width) != shape[1:3]:
                    raise DecodeError("payload", f"other frames than {shape}")
                if not frame.format.is_rgb:
                    frame = scaler.reformat(
                        frame, format="rgb24", src_colorspace=Colorspace.ITU709, src_color_range=ColorRange.MPEG,
                        dst_color_range=ColorRange.JPEG, interpolation=EXACT, threads=1,
                    )  # fmt: skip
                elif frame.format.name != "rgb24":
                    frame = scaler.reformat(frame, format="rgb24", interpolation=EXACT, threads=1)
                frames[count] = pixels(frame)
                count += 1
    except (av.FFmpegError, ValueError) as error:
        raise DecodeError("payload", meaning(error)) from None
    if count != shape[0]:
        raise DecodeError("payload", f"{count} of {shape[0]} frames")
    return frames
