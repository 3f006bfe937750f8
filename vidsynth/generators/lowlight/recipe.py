"""The recipe of darkened clips.

Light is linear: 1 is what the brightest 8-bit value stands for. Every parameter that a clip draws is
a `Spread`; a number in its place is fixed, a pair is a uniform range.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from vidsynth.generators.one_clip import OneClipRecipe
from vidsynth.recipe import Params

BT601 = (0.299, 0.587, 0.114)
Weights = Annotated[tuple[Annotated[float, Field(ge=0)], ...], Field(min_length=1)]
Bits = Annotated[int, Field(ge=4, le=16)]
_MOST_VARIANCE = 0.04  # of shot and of read noise: the arithmetic of noise stays inside 32 bits


class Spread(Params):
    """The range that a parameter is drawn from.

    law : which function of the value is uniform (its logarithm, its square root), or normal with
        `mean` and `sd`; there, what falls outside the range is drawn again, or with `outside: clamp`
        becomes the nearer end.
    """

    low: float
    high: float
    law: Literal["uniform", "log", "root", "normal"] = "uniform"
    mean: float = 0.0
    sd: float = Field(1.0, gt=0)
    outside: Literal["redraw", "clamp"] = "redraw"

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return {"low": value, "high": value}
        if isinstance(value, list | tuple) and len(value) == 2:
            return {"low": value[0], "high": value[1]}
        return value

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"{self.low:g} to {self.high:g} is empty; put the smaller first")
        if (self.low <= 0 and self.law == "log") or (self.low < 0 and self.law == "root"):
            raise ValueError(f"{self.low:g} to {self.high:g} has no {self.law}; begin above 0")
        return self

    def draw(self, rng: np.random.Generator) -> float:
        """Draw a value, from one uniform number; of seven digits, so that no library's last bit is in it."""
        u = rng.random()
        low, high = self.low, self.high
        match self.law:
            case "log":
                value = low * math.exp(u * math.log(high / low))
            case "root":
                value = (math.sqrt(low) + u * (math.sqrt(high) - math.sqrt(low))) ** 2
            case "normal":
                normal = NormalDist(self.mean, self.sd)
                first, last = (0.0, 1.0) if self.outside == "clamp" else (normal.cdf(low), normal.cdf(high))
                value = normal.inv_cdf(min(max(first + u * (last - first), 1e-12), 1 - 1e-12))
            case _:
                value = low + u * (high - low)
        return min(max(float(f"{value:.7g}"), low), high)

    def within(self, low: float, high: float, name: str) -> None:
        """Raise ValueError if the range is not inside `low` to `high`."""
        if self.low < low or self.high > high:
            raise ValueError(f"{name}: must lie in {low:g} to {high:g}, not {self.low:g} to {self.high:g}")


def _range(low: float, high: float, law: Literal["uniform", "log"] = "uniform") -> Spread:
    return Spread(low=low, high=high, law=law)


class LightParams(Params):
    """How much light there is.

    target_y : the mean luma (0 to 255) that the dark clip shall have; its exposure is solved for.
    exposure : the share of the light that is left, where no target is given.
    weights : of red, green and blue in the luma; BT.601's by default.
    dimming : the share of the light that is lost, at most, from key frame to key frame; 0 is steady.
    key_counts, key_laws : weights of 0, 1, 2, … inner key frames; of uniform, accelerated, decelerated.
    cast_red, cast_blue : red and blue of the lamp, relative to green; none of the three is raised.
    vignette : the share of the light that is lost in the corners.
    spotlights : the share of clips that are lit by a lamp, a disc that moves.
    spot_radius : of the disc, as a share of the frame's shorter side. spot_speed : pixels a frame.
    spot_ambient : the share of the light outside the disc.
    """

    target_y: Spread | None = None
    exposure: Spread = _range(0.02, 0.2, "log")
    weights: tuple[float, float, float] = BT601
    dimming: Spread = _range(0, 0)
    key_counts: Weights = (0.5, 0.3, 0.2)
    key_laws: tuple[float, float, float] = (0.7, 0.15, 0.15)
    cast_red: Spread = _range(1, 1)
    cast_blue: Spread = _range(1, 1)
    vignette: Spread = _range(0, 0)
    spotlights: float = Field(0.0, ge=0, le=1)
    spot_radius: Spread = _range(0.25, 0.5)
    spot_speed: float = Field(3.0, ge=0)
    spot_ambient: Spread = _range(0.02, 0.2)

    @model_validator(mode="after")
    def _in_bounds(self) -> Self:
        if self.target_y is not None:
            self.target_y.within(0, 255, "target_y")
        for name in ("exposure", "dimming", "vignette", "spot_ambient"):
            getattr(self, name).within(0, 1, name)
        for name in ("cast_red", "cast_blue"):
            getattr(self, name).within(0.05, 20, name)
        self.spot_radius.within(0.01, 10, "spot_radius")
        if min(self.weights) < 0 or not 0 < sum(self.weights) <= 2:
            raise ValueError("weights: must not be negative, and sum to about 1")
        for name in ("key_counts", "key_laws"):
            if min(getattr(self, name)) < 0 or sum(getattr(self, name)) <= 0:
                raise ValueError(f"{name}: weights must not be negative, nor all 0")
        return self


class CurveParams(Params):
    """From 8-bit values to linear light, and back.

    kind : srgb is the standard's curve, gamma a power `gamma`; smoothstep-gamma undoes a smoothstep
        tone curve first.
    darken : what is done to 8-bit values before: power gives beta (alpha v)^gamma, luma-gamma raises the
        limited-range luma plane to 1 / `darken_gamma` and leaves the chroma; none is for exposure alone.
    """

    kind: Literal["srgb", "gamma", "smoothstep-gamma"] = "srgb"
    gamma: Spread = _range(2.2, 2.2)
    darken: Literal["none", "power", "luma-gamma"] = "none"
    darken_alpha: Spread = _range(1, 1)
    darken_beta: Spread = _range(1, 1)
    darken_gamma: Spread = _range(1, 1)

    @model_validator(mode="after")
    def _in_bounds(self) -> Self:
        self.gamma.within(1, 5, "gamma")
        for name in ("darken_alpha", "darken_beta"):
            getattr(self, name).within(0.01, 1, name)
        if self.darken == "luma-gamma":
            self.darken_gamma.within(0.01, 1, "darken_gamma")
        else:
            self.darken_gamma.within(1, 20, "darken_gamma")
        return self


class SensorParams(Params):
    """What the sensor does to the light that reaches it: x, where 1 saturates it.

    noise : whether there is any.
    shot, read : a and b of the noise's variance, a x + b, drawn anew for every value of every frame. Without
        `read`, log b = 2.18 log a + 1.20 + N(0, 0.26).
    row : standard deviation of what a row adds to itself, anew in every frame.
    fixed_row, fixed_pattern : of what a row, and a value, add in every frame of a clip alike.
    gain : the sensor gets 1 / gain of the light, and what it tells is multiplied by gain: as dark, but
        noisier and coarser, like a high ISO.
    white_red, white_blue, white_level : white balance. Red and blue get so many times less light than green,
        green the share `white_level` of it, and the camera multiplies back.
    bits : the sensor's levels are 2^bits, one of these for each clip.
    """

    noise: bool = True
    shot: Spread = _range(1e-4, 0.012, "log")
    read: Spread | None = None
    row: Spread = _range(0, 0)
    fixed_row: Spread = _range(0, 0)
    fixed_pattern: Spread = _range(0, 0)
    gain: Spread = _range(1, 1)
    white_red: Spread = _range(1, 1)
    white_blue: Spread = _range(1, 1)
    white_level: Spread = _range(1, 1)
    bits: tuple[Bits, ...] = Field((12,), min_length=1)

    @model_validator(mode="after")
    def _in_bounds(self) -> Self:
        self.shot.within(0, _MOST_VARIANCE, "shot")
        if self.read is not None:
            self.read.within(0, _MOST_VARIANCE, "read")
        elif self.shot.low <= 0 and self.noise:
            raise ValueError("shot: must begin above 0 where read follows from it; or give read, too")
        for name in ("row", "fixed_row", "fixed_pattern"):
            getattr(self, name).within(0, 0.25, name)
        for name in ("gain", "white_red", "white_blue"):
            getattr(self, name).within(1, 64, name)
        self.white_level.within(0.1, 1, "white_level")
        return self


class LowLightRecipe(OneClipRecipe):
    """Everything that decides a set of darkened clips."""

    generator: Literal["lowlight"] = "lowlight"
    light: LightParams = LightParams()
    curve: CurveParams = CurveParams()
    sensor: SensorParams = SensorParams()
