"""The recipe of tubelet pairs.

Constants are those of Thoker, Doughty and Snoek, "Tubelet-Contrastive Self-Supervision for
Video-Efficient Generalization" (ICCV 2023) as their code sets them (fmthoker/tubelet-contrast).
Lengths in pixels are theirs at 112; for another frame size those left open are scaled with its
shorter side, which gives their own values at 224.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vidsynth.errors import RecipeError
from vidsynth.generators.clips import REFERENCE_SIDE, ClipRecipe, closing_changes, video_count
from vidsynth.manifest import Manifest
from vidsynth.recipe import Params

Truth = Literal["boxes", "masks", "flow", "tracks"]
Weights = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)]

_BOX_SCALES = (16.0, 24.0, 28.0, 32.0, 48.0, 64.0)
_AMPLITUDE = (20.0, 90.0)


class TubeletParams(Params):
    """How tubelets look and move.

    arithmetic : smooth places patches to a sub-pixel; exact follows the authors' whole pixels and
        whole degrees.
    linear_speed : pixels a frame. rotation_speed : degrees a frame. shear_speed : a frame.
    scale_range : factors that key frames draw from, each side on its own.
    amplitude : pixels, from and to, that a non-linear path extends over.
    key_counts, key_laws : weights of 0, 1, 2, … inner key frames; of uniform, accelerated, decelerated.
    mask_shapes : weights of rectangle, ellipse, rhombus.
    presence : the share of frames that carry the tubelet (the code's label_prob).
    """

    count: int = Field(2, ge=0, le=64)
    arithmetic: Literal["smooth", "exact"] = "smooth"
    motion: Literal["none", "linear", "nonlinear"] = "nonlinear"
    transforms: tuple[Literal["scale", "shear", "rotation"], ...] = ("rotation",)
    box_scales: tuple[Annotated[float, Field(gt=0)], ...] | None = Field(None, min_length=1)
    box_ratios: tuple[Annotated[float, Field(gt=0)], ...] = Field((0.5, 0.67, 0.75, 1.0, 1.33, 1.5, 2.0), min_length=1)
    box_jitter: float = Field(0.18, ge=0, le=2)
    amplitude: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]] | None = None
    linear_speed: float = Field(5.0, ge=0)
    rotation_speed: float = Field(6.0, ge=0)
    shear_speed: float = Field(0.066, ge=0)
    scale_range: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]] = (0.5, 1.5)
    key_counts: Weights = (0.5, 0.3, 0.2)
    key_laws: tuple[float, float, float] = (0.7, 0.15, 0.15)
    mask_shapes: tuple[float, float, float] = (0.5, 0.35, 0.15)
    soft_edges: float = Field(0.5, ge=0, le=1)
    soft_from: tuple[float, float] = (0.30, 0.45)
    opacity: tuple[float, float] = (0.8, 1.0)
    presence: float = Field(1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.transforms)) < len(self.transforms):
            raise ValueError("transforms: each may stand once; they are applied as scale, shear, rotation")
        for name in ("amplitude", "scale_range", "soft_from", "opacity"):
            pair = getattr(self, name)
            if pair is not None and pair[0] > pair[1]:
                raise ValueError(f"{name}: {pair[0]} to {pair[1]} is empty; put the smaller first")
        if not 0 <= self.opacity[0] <= self.opacity[1] <= 1:
            raise ValueError("opacity: must lie in 0 to 1")
        if not 0 <= self.soft_from[0] <= self.soft_from[1] < 0.5:
            raise ValueError("soft_from: must lie in 0 to below 0.5, the edge")
        for name in ("key_counts", "key_laws", "mask_shapes"):
            weights = getattr(self, name)
            if min(weights) < 0 or sum(weights) <= 0:
                raise ValueError(f"{name}: weights must not be negative, nor all 0")
        return self


class PairParams(Params):
    """Which clips make a pair.

    partner : other takes the two clips from two different videos; same takes both from one (the
        paper's baseline without tubelets).
    per_video : pairs that begin with each video.
    videos_per_shard : a shard's block of videos, inside which partners are found.
    """

    partner: Literal["other", "same"] = "other"
    per_video: int = Field(1, ge=1, le=1000)
    videos_per_shard: int | None = Field(None, ge=2, le=100_000)


class TubeletRecipe(ClipRecipe):
    """Everything that decides a set of tubelet pairs."""

    generator: Literal["tubelets"] = "tubelets"
    tubelets: TubeletParams = TubeletParams()
    pairs: PairParams = PairParams()
    truth: tuple[Truth, ...] = ()
    track_points: int = Field(16, ge=1, le=4096)

    @model_validator(mode="after")
    def _truth_of_something(self) -> Self:
        if self.truth and not self.tubelets.count:
            raise ValueError("truth: there is none without tubelets (tubelets.count is 0)")
        if "flow" in self.truth and self.clip.frames < 2:
            raise ValueError("truth: flow needs clips of 2 frames or more")
        if len(set(self.truth)) < len(self.truth):
            raise ValueError("truth: each may stand once")
        return self

    def resolve(self, manifest: Manifest) -> TubeletRecipe:
        """Return the recipe with nothing left open, for these videos. Raises RecipeError.

        A recipe that is resolved already must have been made for the same manifest.
        """
        changes = closing_changes(self, manifest)
        videos = video_count(self, manifest)
        if videos < (2 if self.pairs.partner == "other" else 1):
            raise RecipeError(
                f"pairs of two videos need two videos; {manifest.about.get('name', manifest.root)} has {videos}"
                + (f" at fraction {self.source.fraction}" if self.source.fraction < 1 else "")
            )
        ratio = min(self.clip.size) / REFERENCE_SIDE
        if self.tubelets.box_scales is None:
            changes["tubelets.box_scales"] = [scale * ratio for scale in _BOX_SCALES]
        if self.tubelets.amplitude is None:
            changes["tubelets.amplitude"] = [extent * ratio for extent in _AMPLITUDE]
        if self.pairs.videos_per_shard is None:
            changes["pairs.videos_per_shard"] = min(256, max(8, math.ceil(videos / 64)))
        return self.with_changes(changes)
