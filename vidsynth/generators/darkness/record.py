"""What is known of a video's darkness, from the luminance of its frames."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidsynth.columns import ValueColumn
from vidsynth.generators.darkness.recipe import VerdictParams

BLACK = 1.0  # levels: a frame this dark shows nothing, such as one of a fade

COLUMNS = {
    "y_mean": ValueColumn("float64", "mean luminance over frames and pixels, 0 to 255"),
    "y_std": ValueColumn("float64", "standard deviation of the frames' luminance over time"),
    "y_min": ValueColumn("float64", "luminance of the darkest frame"),
    "y_max": ValueColumn("float64", "luminance of the brightest frame"),
    "y_p10": ValueColumn("float64", "10th percentile of the frames' luminance"),
    "y_p50": ValueColumn("float64", "median of the frames' luminance"),
    "y_p90": ValueColumn("float64", "90th percentile of the frames' luminance"),
    "dark": ValueColumn("bool", "the verdict at the recipe's threshold"),
    "dark_share": ValueColumn("float64", "share of frames at the threshold or below"),
    "black_frames": ValueColumn("int64", "frames of luminance 1 or less"),
    "frames": ValueColumn("int64", "frames measured"),
    "seconds": ValueColumn("float64", "length of the video or segment"),
    "matrix": ValueColumn("string", "YCbCr matrix of the stream, or rgb"),
    "matrix_assumed": ValueColumn("bool", "no tag names the matrix"),
    "full_range": ValueColumn("bool", "luma runs over 0 to 255, not 16 to 235"),
    "range_assumed": ValueColumn("bool", "no tag names the range"),
    "y_frames": ValueColumn("list<float64>", "luminance of each frame measured, at the times in `sources`"),
}


@dataclass(frozen=True, slots=True)
class Darkness:
    """Darkness statistics of one video; luminance in levels of 255. See `COLUMNS` for what each field is."""

    y_mean: float
    y_std: float
    y_min: float
    y_max: float
    y_p10: float
    y_p50: float
    y_p90: float
    dark: bool
    dark_share: float
    black_frames: int
    frames: int
    seconds: float
    matrix: str
    matrix_assumed: bool
    full_range: bool
    range_assumed: bool
    y_frames: list[float]

    @classmethod
    def of(cls, y: NDArray[np.float64], verdict: VerdictParams, **stream: Any) -> Darkness:
        """Summarise frames of luminance `y`, float64 [F], F >= 1. `stream` holds seconds, matrix, …"""
        values: list[float] = y.tolist()
        # fsum is exact, so that no machine rounds differently.
        mean = math.fsum(values) / len(values)
        p10, p50, p90 = np.quantile(y, (0.1, 0.5, 0.9)).tolist()
        share = float(np.mean(y <= verdict.threshold))
        return cls(
            y_mean=mean,
            y_std=math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values)),
            y_min=min(values),
            y_max=max(values),
            y_p10=p10,
            y_p50=p50,
            y_p90=p90,
            dark=is_dark(verdict, mean, p50, share),
            dark_share=share,
            black_frames=int(np.sum(y <= BLACK)),
            frames=len(values),
            y_frames=values,
            **stream,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __repr__(self) -> str:
        verdict = "dark" if self.dark else "day"
        return f"Darkness({verdict}, y_mean={self.y_mean:.2f}, frames={self.frames}, seconds={self.seconds:.2f})"


def is_dark(verdict: VerdictParams, mean: float, median: float, share: float) -> bool:
    """Return the verdict on a video: from the mean and median of its frames, and the share of dark ones."""
    if verdict.aggregate == "share":
        return share >= verdict.share
    return (mean if verdict.aggregate == "mean" else median) <= verdict.threshold
