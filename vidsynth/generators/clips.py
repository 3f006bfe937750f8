"""Cutting a training clip from a video: which frames, and which part of the picture.

Source: fmthoker/tubelet-contrast, `random_sampler.py` (RandomFrameSampler), `scale.py`, `crop.py`.
"""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import pyarrow as pa
from pydantic import Field, model_validator

from vidsynth.clip import Box, ClipRef
from vidsynth.errors import DecodeError
from vidsynth.manifest import Manifest, ManifestRow
from vidsynth.motion.keyframes import below
from vidsynth.recipe import Params, Recipe
from vidsynth.video.probe import VideoInfo

REFERENCE_SIDE = 112  # the frame size that the authors' lengths in pixels are for
_SCALES = ((149, 112), (171, 128), (192, 144))

CLIP_TYPE = pa.struct(
    {
        "video_id": pa.string(),
        "path": pa.string(),
        "times": pa.list_(pa.float64()),
        "crop": pa.list_(pa.int32()),
        "size": pa.list_(pa.int32()),
        "flip": pa.bool_(),
    }
)


class ClipParams(Params):
    """How clips are cut from videos (the code's RandomFrameSampler, GroupScale, GroupFlip, GroupRandomCrop).

    scales : the picture is scaled to one of these (width, height), without keeping its shape, and a
        crop of `size` is taken at a random place; portrait videos swap the two factors.
    """

    frames: int = Field(16, ge=1, le=4096)
    strides: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field((1, 2, 3, 4), min_length=1)
    jitter: bool = True
    size: tuple[Annotated[int, Field(ge=8, le=4096)], Annotated[int, Field(ge=8, le=4096)]] = (112, 112)
    scales: tuple[tuple[int, int], ...] | None = None
    flip: float = Field(0.5, ge=0, le=1)

    @model_validator(mode="after")
    def _scales_hold_the_crop(self) -> Self:
        height, width = self.size
        for scale in self.scales or ():
            if scale[0] < width or scale[1] < height:
                raise ValueError(f"scales: {scale[0]}x{scale[1]} is smaller than the crop {width}x{height}")
        return self


class ClipRecipe(Recipe):
    """What the recipe of every generator that draws on clips holds."""

    clip: ClipParams = ClipParams()

    @model_validator(mode="after")
    def _h264_stores_even_sizes(self) -> Self:
        self.payload.check_size(*self.clip.size)
        return self


def closing_changes(recipe: ClipRecipe, manifest: Manifest) -> dict[str, object]:
    """Return the dotted changes that tie a recipe to these videos, and fill in its clips' open parameters.

    Raises RecipeError if it is tied to others.
    """
    changes: dict[str, object] = recipe.tied_to(manifest)
    if recipe.clip.scales is None:
        height, width = recipe.clip.size
        changes["clip.scales"] = [
            (max(width, round(width * w / REFERENCE_SIDE)), max(height, round(height * h / REFERENCE_SIDE)))
            for w, h in _SCALES
        ]
    return changes


def video_count(recipe: Recipe, manifest: Manifest) -> int:
    """Return how many of the manifest's videos the recipe's fraction takes."""
    return min(len(manifest), max(1, round(len(manifest) * recipe.source.fraction))) if len(manifest) else 0


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
