"""The recipe of darkness statistics.

The definition is that of Zhang, Doughty and Snoek, "Day2Dark: Pseudo-Supervised Activity Recognition Beyond
Silent Daylight": a video is dark if its mean luminance is 40 or less. What the paper leaves open is a
parameter here.
"""

from __future__ import annotations

import math
import re
from typing import Literal

from pydantic import Field, field_validator

from vidsynth.errors import RecipeError
from vidsynth.manifest import Manifest
from vidsynth.recipe import Params, Recipe
from vidsynth.video.luma import Mode

THRESHOLD = 40.0
Aggregate = Literal["mean", "median", "share"]


class MeasureParams(Params):
    """How the luminance of a video is measured.

    weights : of R, G and B. bt601 is 0.299, 0.587, 0.114; day2dark-slide has 0.144 for blue, as printed in the
        authors' talk, so that a grey of 40 there is one of 38.83 in bt601.
    mode : rgb measures the colours that the stream's tags mean. luma those of frames dumped as JPEG, whose luma
        is the stream's own; the two differ for streams that are not BT.601 alone.
    frames : all; uniform:N, the middles of N equal parts; or key, the key frames (of a segment that has none,
        the middle frame).
    per : segment measures what a row of the manifest names; video measures each file once and whole, whatever
        rows there are of it.
    """

    weights: Literal["bt601", "day2dark-slide"] = "bt601"
    mode: Mode = "rgb"
    frames: str = "all"
    per: Literal["segment", "video"] = "segment"

    @field_validator("frames")
    @classmethod
    def _known_frames(cls, frames: str) -> str:
        if re.fullmatch(r"all|key|uniform:[1-9][0-9]{0,5}", frames) is None:
            raise ValueError(f"{frames!r} is not all, key or uniform:N (N from 1 to 999999)")
        return frames

    @property
    def uniform(self) -> int | None:
        """How many frames are spread over a video; None if they are all or the key frames."""
        return int(self.frames.partition(":")[2]) if self.frames.startswith("uniform") else None


class VerdictParams(Params):
    """When a video is dark. It takes no measuring: another verdict on the same statistics is free.

    threshold : levels of 255; a video (or frame) is dark at the threshold, too.
    aggregate : what is compared: the mean over the frames, their median, or, for share, the part of the frames
        that are dark, which then must be `share` or more.
    """

    threshold: float = Field(THRESHOLD, ge=0, le=263)
    aggregate: Aggregate = "mean"
    share: float = Field(0.5, gt=0, le=1)


class DarknessRecipe(Recipe):
    """Everything that decides darkness statistics."""

    generator: Literal["darkness"] = "darkness"
    measure: MeasureParams = MeasureParams()
    verdict: VerdictParams = VerdictParams()
    rows_per_shard: int | None = Field(None, ge=1, le=1_000_000)

    def resolve(self, manifest: Manifest) -> DarknessRecipe:
        """Return the recipe with nothing left open, for these videos. Raises RecipeError.

        A recipe that is resolved already must have been made for the same manifest.
        """
        changes: dict[str, object] = self.tied_to(manifest)
        if not len(manifest):
            raise RecipeError(f"{manifest.about.get('name', manifest.root)} has no videos to measure")
        if self.rows_per_shard is None:
            changes["rows_per_shard"] = min(256, max(8, math.ceil(len(manifest) / 64)))
        return self.with_changes(changes)
