"""How a clip's pixels are stored in a shard: the same frames in, bytes out, and back.

raw       the pixels as they lie in memory; read back without a copy
jpeg      one JPEG a frame
h264      an mp4 that players and the Hub's viewer show; smallest
lossless  an mp4 that gives the very pixels back
none      nothing: the plan alone, to be rendered where it is needed
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np

from vidsynth.clip import Frames
from vidsynth.errors import DecodeError
from vidsynth.recipe import Payload

Stored = bytes | list[bytes]
_Bytes = bytes | memoryview


def encode(frames: Frames, payload: Payload) -> Stored:
    """Return the stored form of frames, uint8 [T, H, W, 3] RGB: bytes, or for jpeg a list of bytes."""
    if payload.kind == "raw":
        return np.ascontiguousarray(frames).tobytes()
    if payload.kind == "jpeg":
        return [_jpeg(frame, payload.jpeg_quality) for frame in frames]
    from vidsynth.video.encode import encode_mp4

    if payload.kind == "h264":
        return encode_mp4(frames, "h264", fps=payload.fps, crf=payload.h264_crf)
    if payload.kind == "lossless":
        return encode_mp4(frames, "lossless", fps=payload.fps)
    raise ValueError(f"a payload of kind {payload.kind!r} stores no frames")


def decode(stored: _Bytes | Sequence[_Bytes], kind: str, shape: tuple[int, int, int, int]) -> Frames:
    """Return frames, uint8 [T, H, W, 3] RGB; for raw a read-only view of `stored`. Raises DecodeError."""
    if kind == "jpeg":
        return _from_jpegs(cast(Sequence[_Bytes], stored), shape)
    data = memoryview(cast(_Bytes, stored))
    if kind == "raw":
        if data.nbytes != np.prod(shape, dtype=np.int64):
            raise DecodeError("payload", f"{data.nbytes} bytes do not make {shape}")
        return np.frombuffer(data, np.uint8).reshape(shape)
    from vidsynth.video.encode import decode_mp4

    return decode_mp4(data, shape)


def _from_jpegs(stored: Sequence[_Bytes], shape: tuple[int, int, int, int]) -> Frames:
    if len(stored) != shape[0]:
        raise DecodeError("payload", f"{len(stored)} of {shape[0]} frames")
    frames = np.empty(shape, np.uint8)
    for data, frame in zip(stored, frames, strict=True):
        coded = np.frombuffer(data, np.uint8)
        picture = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
        if picture is None or picture.shape != frame.shape:
            raise DecodeError("payload", "a damaged JPEG")
        cv2.cvtColor(picture, cv2.COLOR_BGR2RGB, dst=frame)
    return frames


def _jpeg(frame: Frames, quality: int) -> bytes:
    settings = [
        cv2.IMWRITE_JPEG_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    ]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), settings)
    if not done:
        raise ValueError(f"OpenCV could not encode a frame of shape {frame.shape}")
    return data.tobytes()
