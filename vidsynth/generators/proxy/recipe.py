"""The recipes of proxy tasks, one a task."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vidsynth.generators.clips import ClipParams
from vidsynth.generators.one_clip import OneClipRecipe
from vidsynth.recipe import Params

Tokens = Annotated[int, Field(ge=1, le=1024)]


class EvenRecipe(OneClipRecipe):
    """A recipe of a task whose answer lies in time: its clips move, and their frames are evenly spaced."""

    clip: ClipParams = ClipParams(jitter=False)

    @model_validator(mode="after")
    def _evenly_spaced(self) -> Self:
        if self.clip.jitter:
            raise ValueError("clip.jitter: must be false, for uneven frames would tell this task's answer")
        if self.clip.frames < 2:
            raise ValueError("clip.frames: one frame does not move; 2 or more")
        return self


class ArrowOfTimeRecipe(EvenRecipe):
    """Clips played forward or backward."""

    generator: Literal["arrow-of-time"] = "arrow-of-time"


class PaceParams(Params):
    """How fast clips are played: `paces` times the clip's own stride. Each factor is a class, in this order."""

    paces: tuple[Annotated[int, Field(ge=1, le=64)], ...] = Field((1, 2, 4, 8), min_length=2)

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.paces) != sorted(set(self.paces)):
            raise ValueError("paces: must ascend, each once")
        return self


class PaceRecipe(EvenRecipe):
    """Clips that are played some times too fast."""

    generator: Literal["pace"] = "pace"
    pace: PaceParams = PaceParams()


class OrderParams(Params):
    """Which clips are put out of order.

    clips : how many.
    gap : frames of the video, from and to, that lie between the end of a clip and the next one's start.
    """

    clips: int = Field(3, ge=2, le=5)
    gap: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]] = (8, 16)

    @model_validator(mode="after")
    def _gap_is_a_range(self) -> Self:
        if self.gap[0] > self.gap[1]:
            raise ValueError(f"gap: {self.gap[0]} to {self.gap[1]} is empty; put the smaller first")
        return self


class ClipOrderRecipe(EvenRecipe):
    """Clips of one video, out of order."""

    generator: Literal["clip-order"] = "clip-order"
    order: OrderParams = OrderParams()


class RotationRecipe(OneClipRecipe):
    """Clips turned by quarters."""

    generator: Literal["rotation"] = "rotation"

    @model_validator(mode="after")
    def _square(self) -> Self:
        height, width = self.clip.size
        if height != width:
            raise ValueError(f"clip.size: must be square to be turned by a quarter, not {height}x{width}")
        return self


class InstanceParams(Params):
    """How far two clips of one video are apart.

    distance_s : seconds, from and to, between the starts of the two.
    law : uniform; or decreasing, with a density that falls linearly to 0 at the upper end.
    """

    distance_s: tuple[Annotated[float, Field(ge=0)], Annotated[float, Field(ge=0)]] = (0.0, 4.0)
    law: Literal["uniform", "decreasing"] = "uniform"

    @model_validator(mode="after")
    def _distance_is_a_range(self) -> Self:
        if self.distance_s[0] > self.distance_s[1]:
            raise ValueError(
                f"distance_s: {self.distance_s[0]} to {self.distance_s[1]} is empty; put the smaller first"
            )
        return self


class InstancePairsRecipe(EvenRecipe):
    """Pairs of clips of one video."""

    generator: Literal["instance-pairs"] = "instance-pairs"
    instance: InstanceParams = InstanceParams()


class MaskParams(Params):
    """Which tokens are hidden.

    kind : tube hides the same patches at all times; random any tokens; cuboid blocks of them.
    ratio : the share that is hidden. patch : pixels. tubelet : frames.
    block : the largest cuboid, in tokens (times, down, across).
    """

    kind: Literal["tube", "random", "cuboid"] = "tube"
    ratio: float = Field(0.9, ge=0, lt=1)
    patch: int = Field(16, ge=1, le=512)
    tubelet: int = Field(2, ge=1, le=512)
    block: tuple[Tokens, Tokens, Tokens] = (4, 5, 5)


class MaskedClipsRecipe(OneClipRecipe):
    """Clips with masks over their tokens."""

    generator: Literal["masked-clips"] = "masked-clips"
    mask: MaskParams = MaskParams()

    @model_validator(mode="after")
    def _tokens_fill_the_clip(self) -> Self:
        height, width = self.clip.size
        if height % self.mask.patch or width % self.mask.patch:
            raise ValueError(f"mask.patch: {self.mask.patch} pixels do not divide clips of {height}x{width}")
        if self.clip.frames % self.mask.tubelet:
            raise ValueError(f"mask.tubelet: {self.mask.tubelet} frames do not divide clips of {self.clip.frames}")
        return self

    @property
    def grid(self) -> tuple[int, int, int]:
        """Tokens of a clip: times, down, across."""
        height, width = self.clip.size
        return self.clip.frames // self.mask.tubelet, height // self.mask.patch, width // self.mask.patch
