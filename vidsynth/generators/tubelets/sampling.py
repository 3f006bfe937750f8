"""Cutting a training clip from a video: which frames, and which part of the picture.

Source: fmthoker/tubelet-contrast, `random_sampler.py` (RandomFrameSampler), `scale.py`, `crop.py`.
"""

from __future__ import annotations

import numpy as np

from vidsynth.clip import Box, ClipRef
from vidsynth.errors import DecodeError
from vidsynth.generators.tubelets.recipe import ClipParams
from vidsynth.manifest import ManifestRow
from vidsynth.motion.keyframes import below
from vidsynth.video.probe import VideoInfo


def sample_clip(rng: np.random.Generator, params: ClipParams, row: ManifestRow, info: VideoInfo) -> ClipRef:
    """Draw one clip of a video (of its segment, where the manifest gives one). Raises DecodeError."""
    start, stop = info.frames_between(row.start_s, row.end_s)
    if stop <= start:
        raise DecodeError(row.path, "no frame lies in its segment")
    numbers = sample_frames(rng, params, stop - start)
    crop, flip = sample_crop(rng, params, info.width, info.height)
    times = info.seconds(info.ticks_of(start + numbers))
    return ClipRef(row.video_id, row.path, tuple(times.tolist()), crop, params.size, flip)


def sample_frames(rng: np.random.Generator, params: ClipParams, frames: int) -> np.ndarray:
    """Draw frame numbers out of `frames`, int64 [T].

    One stride for the clip; the start uniform over all that fit (0 where none does); each frame
    moved by 0 to stride - 1 if `jitter`; numbers beyond the end repeat the last frame.
    """
    stride = params.strides[below(rng, len(params.strides))]
    span = stride * (params.frames - 1) + 1
    start = below(rng, frames - span + 1) if span < frames else 0
    numbers = start + stride * np.arange(params.frames)
    if stride > 1 and params.jitter:
        numbers += (rng.random(params.frames) * stride).astype(np.int64)
    return np.minimum(numbers, frames - 1)


def sample_crop(rng: np.random.Generator, params: ClipParams, width: int, height: int) -> tuple[Box, bool]:
    """Draw the part of a `width` x `height` picture to keep, and whether to mirror it.

    The scaled picture's crop, carried back to the video's own pixels and rounded to even ones, so
    that only the crop need be converted and scaled.
    """
    scales = params.scales or ((params.size[1], params.size[0]),)
    out_height, out_width = params.size
    scaled_width, scaled_height = scales[below(rng, len(scales))]
    if height > width:  # portrait: the factors change places
        scaled_width, scaled_height = (
            round(scaled_height * out_width / out_height),
            round(scaled_width * out_height / out_width),
        )
    x = below(rng, max(0, scaled_width - out_width) + 1)
    y = below(rng, max(0, scaled_height - out_height) + 1)
    left, across = _even_span(x, out_width, width / max(scaled_width, out_width), width)
    top, down = _even_span(y, out_height, height / max(scaled_height, out_height), height)
    return Box(left, top, across, down), rng.random() < params.flip


def _even_span(start: int, length: int, ratio: float, limit: int) -> tuple[int, int]:
    """Return (start, length) in source pixels, both even where the picture allows, inside `limit`."""
    if limit < 2:
        return 0, limit
    even = limit - limit % 2
    size = min(max(2, 2 * round(length * ratio / 2)), even)
    return min(2 * round(start * ratio / 2), even - size), size
