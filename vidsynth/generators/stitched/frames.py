"""Which frames of an event are shown, and which part of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Box
from vidsynth.errors import DecodeError
from vidsynth.generators.stitched.recipe import EventParams
from vidsynth.video.probe import VideoInfo

_GRACE_S = 1e-6  # a multiple of the frames' own distance finds its frame, whatever the rounding


def event_times(info: VideoInfo, start_s: float, end_s: float, params: EventParams) -> tuple[float, ...]:
    """Return when the frames of an event are shown: seconds, `params.frames` of them. Raises DecodeError."""
    start, stop = info.frames_between(start_s, end_s)
    if stop <= start:
        raise DecodeError(info.path, f"no frame lies in the event from {start_s:g} s to {end_s:g} s")
    times = info.seconds(info.ticks_of(np.arange(start, stop)))
    return tuple(times[_spread(times, params)].tolist())


def _spread(times: NDArray[np.float64], params: EventParams) -> NDArray[np.int64]:
    """Return which of an event's frames to take, int64 [frames].

    Spread evenly: the frame in the middle of each of `frames` equal parts.
    """
    n = params.frames
    numbers: NDArray[np.int64] = (2 * np.arange(n) + 1) * len(times) // (2 * n)
    if params.stride_s is not None:
        wanted = times[0] + params.stride_s * np.arange(n)
        if wanted[-1] + params.stride_s > times[-1]:  # they reach its end
            numbers = np.searchsorted(times, wanted + _GRACE_S, "right") - 1
    return numbers


def middle(params: EventParams, info: VideoInfo) -> Box:
    """Return the largest part in the middle of the picture that has the shape of `size`, in even pixels."""
    height, width = params.size
    scale = min(info.width / width, info.height / height)
    left, across = _even_middle(width * scale, info.width)
    top, down = _even_middle(height * scale, info.height)
    return Box(left, top, across, down)


def _even_middle(length: float, limit: int) -> tuple[int, int]:
    """Return (start, length) of the middle of `limit` pixels, both even where that is possible."""
    if limit < 2:
        return 0, limit
    even = min(max(2, 2 * round(length / 2)), limit - limit % 2)
    return (limit - even) // 4 * 2, even
