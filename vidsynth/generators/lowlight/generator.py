"""Darkened clips: a day clip as a camera would have taken it in low light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from vidsynth.clip import Clip
from vidsynth.columns import Column, ValueColumn
from vidsynth.generator import Sample, register
from vidsynth.generators.lowlight.plan import PLAN_TYPE, LowLightPlan, plan_light, planned
from vidsynth.generators.lowlight.recipe import LowLightRecipe
from vidsynth.generators.lowlight.sensor import FULL, Camera
from vidsynth.generators.lowlight.target import expose_to, mean_luma
from vidsynth.generators.one_clip import LABELS, OneClip, OneClipPlan
from vidsynth.manifest import ManifestRow
from vidsynth.rng import stream

_VALUES: Mapping[str, Column] = {
    "exposure": ValueColumn("float64", "the share of the light that is left"),
    "target_y": ValueColumn("float64", "mean luma asked for (0 to 255); null where none was"),
    "y_before": ValueColumn("float64", "mean luma by day"),
    "y_after": ValueColumn("float64", "mean luma of `dark`"),
    "labels": LABELS,
}


@register("lowlight", LowLightRecipe)
class LowLight(OneClip):
    """Clips of day videos, darkened: linear light, exposure, colour cast, sensor noise, levels, gain.

    A sample holds index, key, plan, sources, and

    clip : uint8 [T, H, W, 3], RGB, as it was (unless the recipe's `keep_clip` is false).
    dark : the same clip in low light.
    exposure, target_y, y_before, y_after : floats. Where a target was asked for, the exposure is the one whose
        clip comes nearest to it; a clip is never made brighter, so one that was darker keeps its own luma.
    labels : those of its video.

    For the parameters see `OneClip`.
    """

    name: ClassVar[str] = "lowlight"
    about: ClassVar[str] = (
        "Day clips (`clip`) and the same clips in synthetic low light (`dark`): less light in linear space, a "
        "colour cast, shot and read noise, row noise and fixed patterns, quantisation and gain. Synthetic darkness "
        "is no substitute for real dark test videos (Xu et al., ARID, 2020); it is meant for training, and for "
        "measuring how a model changes with the amount of light."
    )
    recipe_type = LowLightRecipe
    plan_type = PLAN_TYPE
    recipe: LowLightRecipe

    @property
    def columns(self) -> Mapping[str, Column]:
        return {**super().columns, "dark": self.clip_column, **_VALUES}

    def plan_from_row(self, row: Mapping[str, Any]) -> LowLightPlan:
        return LowLightPlan.from_row(row["index"], row["plan"])

    def render(self, plan: LowLightPlan, clips: Sequence[Clip]) -> Sample:
        clip, light = clips[0].frames, plan.light
        camera = Camera(clip, light, plan.noise)
        if light.exposure is None and light.target_y is not None:
            dark, exposure = expose_to(camera, light.target_y, light.weights)
        else:
            exposure = round((light.exposure or 0.0) * FULL)
            dark = camera.expose(exposure)
        return {
            **self.kept(plan, clips[0]),
            "dark": dark,
            "exposure": exposure / FULL,
            "target_y": light.target_y,
            "y_before": mean_luma(clip, light.weights),
            "y_after": mean_luma(dark, light.weights),
        }

    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> LowLightPlan:
        return planned(drawn, plan_light(stream(self.recipe.seed, "lowlight", drawn.index), self.recipe))
