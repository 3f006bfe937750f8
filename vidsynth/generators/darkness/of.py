"""The darkness of one video, or of frames in memory."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Clip, Frames, Segment
from vidsynth.generators.darkness.recipe import THRESHOLD, DarknessRecipe
from vidsynth.generators.darkness.record import Darkness
from vidsynth.generators.darkness.statistics import LumaReading, measured, summarised
from vidsynth.video.index import VideoIndex
from vidsynth.video.luma import WEIGHTS, of_pictures
from vidsynth.video.probe import Colour


def darkness(
    video: str | Path | Frames | Clip,
    *,
    threshold: float = THRESHOLD,
    weights: str = "bt601",
    mode: str = "rgb",
    frames: str = "all",
    start_s: float = 0.0,
    end_s: float | None = None,
) -> Darkness:
    """Return how dark a video is: the luminance of its frames, and the verdict at a threshold.

    >>> import numpy as np
    >>> darkness(np.full((4, 32, 32, 3), 25, np.uint8))
    Darkness(dark, y_mean=25.00, frames=4, seconds=nan)

    Parameters
    ----------
    video : a file; a clip; or frames, uint8 [T, H, W, 3] RGB (`seconds` is then nan).
    threshold : a video is dark if its mean luminance is this or less.
    weights, mode, frames : as in the recipe (`MeasureParams`); only `weights` concerns frames in memory.
    start_s, end_s : a segment of a file to measure alone, in seconds.

    Raises DecodeError if the file cannot be read, RecipeError for a parameter that is out of range, ValueError
    for an array of another shape.
    """
    recipe = DarknessRecipe.from_dict(
        {
            "measure": {"weights": weights, "mode": mode, "frames": frames},
            "verdict": {"threshold": threshold},
        },
        "darkness",
    )
    if isinstance(video, np.ndarray):
        return summarised(_of_pictures(video, np.full(len(video), np.nan), recipe), recipe)
    if isinstance(video, Clip):
        return summarised(_of_pictures(video.frames, video.times, recipe), recipe)
    path = os.fspath(video)
    (reading,) = measured(VideoIndex(""), [Segment(path, path, start_s, end_s)], recipe.measure)
    return summarised(reading, recipe)


def _of_pictures(frames: Frames, times: NDArray[np.float64], recipe: DarknessRecipe) -> LumaReading:
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or not frames.size:
        raise ValueError(f"frames must be uint8 [T, H, W, 3], not {frames.dtype} {list(frames.shape)}")
    y = of_pictures(frames, WEIGHTS[recipe.measure.weights])
    gaps = max(1, len(times) - 1)
    seconds = float(times[-1] - times[0]) * len(times) / gaps
    return LumaReading(Segment("", ""), times, y, Colour("rgb", True, False, False), seconds)
