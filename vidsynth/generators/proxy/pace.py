"""How many times too fast is the clip?

Wang, Jiao and Liu, "Self-supervised Video Representation Learning by Pace Prediction", ECCV 2020; Benaim et al.,
"SpeedNet", CVPR 2020.

Shortcuts that are avoided: every pace draws on the same stretch of video, long enough for the fastest, with the clip
in its middle, so neither the place in the video nor a padded end tells the pace, and too short videos give none;
frames are evenly spaced, since jitter would grow with the pace; there are no slow paces, whose repeated frames are
told at sight. Left, and named: videos that repeat frames (made from a lower rate), and compression, whose artefacts
come round with the key frames: at a large stride more of them are met.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from vidsynth.clip import Clip
from vidsynth.columns import Column, ValueColumn
from vidsynth.generator import Sample, register
from vidsynth.generators.one_clip import OneClipPlan
from vidsynth.generators.proxy.plan import ProxyPlan
from vidsynth.generators.proxy.proxy import Proxy, stride_of
from vidsynth.generators.proxy.recipe import PaceRecipe
from vidsynth.manifest import ManifestRow
from vidsynth.motion.keyframes import below


@register("pace", PaceRecipe)
class Pace(Proxy):
    """Clips played some times too fast, as many of each pace.

    A sample holds index, key, plan, sources, labels, caption, and

    clip : uint8 [T, H, W, 3], RGB.
    pace : the factor. pace_class : its place among the recipe's paces.

    For the parameters see `OneClip`.
    """

    name: ClassVar[str] = "pace"
    about: ClassVar[str] = (
        "Clips played `pace` times too fast (`pace_class` is its place among the paces), after Wang et al., "
        '"Self-supervised Video Representation Learning by Pace Prediction", ECCV 2020. Every pace draws on a stretch '
        "that is long enough for the fastest. Cues that are left: frames that a video repeats, and key frames."
    )
    recipe_type = PaceRecipe
    recipe: PaceRecipe

    @property
    def columns(self) -> Mapping[str, Column]:
        return {
            **super().columns,
            "pace": ValueColumn("int64", "times too fast"),
            "pace_class": ValueColumn("int64", "its place among the paces, from 0"),
        }

    def render(self, plan: ProxyPlan, clips: Sequence[Clip]) -> Sample:
        (number,) = plan.answer
        pace = self.recipe.pace.paces[number]
        return {
            **self.shown(plan, clip=clips[0].frames),
            "caption": f"{pace} times too fast" if pace > 1 else "as fast as it was",
            "pace": pace,
            "pace_class": number,
        }

    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> ProxyPlan:
        paces, strides, steps = self.recipe.pace.paces, self.recipe.clip.strides, self.recipe.clip.frames - 1
        number = self._answer(drawn.index, len(paces))
        first, frames = self._segment(row, min(strides) * paces[-1] * steps + 1, f"pace {paces[-1]}")
        rng = self._draws(drawn.index)
        stride = stride_of(rng, strides, frames, paces[-1] * steps)
        spare = stride * (paces[-1] - paces[number]) * steps  # of the stretch that the fastest pace takes
        start = first + below(rng, frames - stride * paces[-1] * steps) + spare // 2
        clip = self._clip(drawn, row, start + stride * paces[number] * np.arange(steps + 1))
        return ProxyPlan(drawn.index, (clip,), (number,), drawn.labels, drawn.noise)
