"""The plan of a darkened clip: how much light there is, and what the sensor makes of it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from vidsynth.generators.lowlight.recipe import LightParams, LowLightRecipe, SensorParams, Spread
from vidsynth.generators.one_clip import PLANNED, OneClipPlan
from vidsynth.motion import paths
from vidsynth.motion.keyframes import below, interpolate, sample_keys, sample_laws

_NUMBER, _NUMBERS = pa.float64(), pa.list_(pa.float64())
LIGHT_TYPE = pa.struct(
    {
        "target_y": _NUMBER, "exposure": _NUMBER, "weights": _NUMBERS, "levels": _NUMBERS, "cast": _NUMBERS,
        "vignette": _NUMBER, "spot": _NUMBERS, "spot_radius": _NUMBER, "spot_ambient": _NUMBER,
        "curve": pa.string(), "gamma": _NUMBER,
        "darken": pa.string(), "darken_scale": _NUMBER, "darken_gamma": _NUMBER,
        "shot": _NUMBER, "read": _NUMBER, "row": _NUMBER, "fixed_row": _NUMBER, "fixed_pattern": _NUMBER,
        "gain": _NUMBERS, "bits": pa.int32(),
    }
)  # fmt: skip
PLAN_TYPE = pa.struct({**PLANNED, "light": LIGHT_TYPE})
# Brooks et al., CVPR 2019, eq. 13 as their code has it: log b = 2.18 log a + 1.20, give or take 0.26.
_READ_SLOPE, _READ_BIAS, _READ_SD = 2.18, 1.20, 0.26


@dataclass(frozen=True, slots=True)
class Light:
    """How one clip is darkened; see `recipe` for what each of these means.

    target_y : asked for, or None. exposure : the share of the light that is left; None where it is to be
        solved for the target.
    levels : [T], the share of the exposure at each frame; empty where it is steady.
    cast : of red, green and blue, none above 1. gain : of red, green and blue, none below 1.
    spot : [T * 2], x and y of the spotlight's middle in pixels; empty where there is none. spot_radius in pixels.
    darken_scale : beta alpha^gamma. shot, read : variances. row, fixed_row, fixed_pattern : standard deviations.
    """

    target_y: float | None = None
    exposure: float | None = 1.0
    weights: tuple[float, float, float] = (0.299, 0.587, 0.114)
    levels: tuple[float, ...] = ()
    cast: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vignette: float = 0.0
    spot: tuple[float, ...] = ()
    spot_radius: float = 0.0
    spot_ambient: float = 1.0
    curve: str = "srgb"
    gamma: float = 2.2
    darken: str = "none"
    darken_scale: float = 1.0
    darken_gamma: float = 1.0
    shot: float = 0.0
    read: float = 0.0
    row: float = 0.0
    fixed_row: float = 0.0
    fixed_pattern: float = 0.0
    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    bits: int = 16

    @property
    def noisy(self) -> bool:
        """Whether anything random is added."""
        return any((self.shot, self.read, self.row, self.fixed_row, self.fixed_pattern))


@dataclass(frozen=True, slots=True, eq=False)
class LowLightPlan(OneClipPlan):
    """Sample `index`: a clip, and how it is darkened."""

    light: Light

    def to_row(self) -> dict[str, Any]:
        """Return plain values that fit PLAN_TYPE."""
        # (super() does not reach through a class with slots that dataclass made anew.)
        return OneClipPlan.to_row(self) | {"light": dataclasses.asdict(self.light)}

    @classmethod
    def from_row(cls, index: int, row: Mapping[str, Any]) -> LowLightPlan:
        """Rebuild the plan that `to_row` described."""
        light: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row["light"].items()}
        return planned(OneClipPlan.from_row(index, row), Light(**light))


def planned(drawn: OneClipPlan, light: Light) -> LowLightPlan:
    """Return the plan of a drawn clip with its light."""
    return LowLightPlan(drawn.index, drawn.clip, drawn.labels, drawn.noise, light)


def plan_light(rng: np.random.Generator, recipe: LowLightRecipe) -> Light:
    """Draw how one clip is darkened."""
    height, width = recipe.clip.size
    return Light(
        **_amount(rng, recipe.light),
        **_over_time_and_place(rng, recipe.light, recipe.clip.frames, height, width),
        **_curve(rng, recipe),
        **_sensor(rng, recipe.sensor),
    )


def _amount(rng: np.random.Generator, params: LightParams) -> dict[str, Any]:
    exposure = params.exposure.draw(rng)
    red, blue = params.cast_red.draw(rng), params.cast_blue.draw(rng)
    brightest = max(red, 1.0, blue)
    target = params.target_y
    return {
        "target_y": target.draw(rng) if target is not None else None,
        "exposure": exposure if target is None else None,
        "weights": params.weights,
        "cast": (red / brightest, 1.0 / brightest, blue / brightest),
    }


def _over_time_and_place(
    rng: np.random.Generator, params: LightParams, frames: int, height: int, width: int
) -> dict[str, Any]:
    out: dict[str, Any] = {"vignette": params.vignette.draw(rng)}
    dimming = params.dimming.draw(rng)
    if dimming:
        keys = sample_keys(rng, frames, params.key_counts)
        levels = [1 - dimming * rng.random() for _ in keys]
        out["levels"] = tuple(interpolate(levels, keys, sample_laws(rng, keys, params.key_laws)))
    if rng.random() < params.spotlights:
        radius = params.spot_radius.draw(rng) * min(height, width)
        box = np.minimum(2 * radius, [[width - 1.0, height - 1.0]])
        keys = sample_keys(rng, frames, params.key_counts)
        laws = sample_laws(rng, keys, params.key_laws)
        path = paths.linear(rng, keys, laws, box, width, height, params.spot_speed)[0]
        out |= {
            "spot": tuple(path.ravel().tolist()),
            "spot_radius": radius,
            "spot_ambient": params.spot_ambient.draw(rng),
        }
    return out


def _curve(rng: np.random.Generator, recipe: LowLightRecipe) -> dict[str, Any]:
    params = recipe.curve
    alpha, beta, gamma = (s.draw(rng) for s in (params.darken_alpha, params.darken_beta, params.darken_gamma))
    return {
        "curve": params.kind,
        "gamma": params.gamma.draw(rng),
        "darken": params.darken,
        "darken_scale": _digits(beta * alpha**gamma),
        "darken_gamma": gamma,
    }


def _sensor(rng: np.random.Generator, params: SensorParams) -> dict[str, Any]:
    gain = params.gain.draw(rng) / params.white_level.draw(rng)
    out: dict[str, Any] = {
        "gain": (gain * params.white_red.draw(rng), gain, gain * params.white_blue.draw(rng)),
        "bits": params.bits[below(rng, len(params.bits))],
    }
    if params.noise:
        shot = params.shot.draw(rng)
        out |= {"shot": shot, "read": params.read.draw(rng) if params.read else _read_of(rng, shot)}
        out |= {name: getattr(params, name).draw(rng) for name in ("row", "fixed_row", "fixed_pattern")}
    return out


def _read_of(rng: np.random.Generator, shot: float) -> float:
    mean = _READ_SLOPE * math.log(shot) + _READ_BIAS
    around = Spread(low=mean - 4 * _READ_SD, high=mean + 4 * _READ_SD, law="normal", mean=mean, sd=_READ_SD)
    return _digits(min(math.exp(around.draw(rng)), 0.04))


def _digits(value: float) -> float:
    return float(f"{value:.7g}")
