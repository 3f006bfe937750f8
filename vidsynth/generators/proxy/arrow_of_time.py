"""Is the clip played forward or backward?

Wei, Lim, Zisserman and Freeman, "Learning and Using the Arrow of Time", CVPR 2018; one of SEVERE's tasks.

Shortcuts that are avoided: a clip that outlasts its video would stand still at one end, so such videos give none; and
the frames are evenly spaced, so no jitter has a direction. Left, and named: black borders (the paper found them a
cue; `black_border` tells how wide they are); camera motion that film makers prefer in one direction; and compression,
since artefacts grow from key frame to key frame in the video's own direction. Clips much smaller than their
videos, as at 112 pixels, hold little of it; h264 as the payload adds its own, in the direction of play. Gravity,
explosions, walking forwards: these are no shortcuts, but what the task is about.
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
from vidsynth.generators.proxy.proxy import BORDER, Proxy, black_border, stride_of
from vidsynth.generators.proxy.recipe import ArrowOfTimeRecipe
from vidsynth.manifest import ManifestRow
from vidsynth.motion.keyframes import below

DIRECTIONS = ("forward", "backward")


@register("arrow-of-time", ArrowOfTimeRecipe)
class ArrowOfTime(Proxy):
    """Clips played forward or backward, half of them each way.

    A sample holds index, key, plan, sources, labels, caption, and

    clip : uint8 [T, H, W, 3], RGB, as it is to be shown.
    direction : 0 forward, 1 backward.
    black_border : see `proxy.black_border`.

    For the parameters see `OneClip`.
    """

    name: ClassVar[str] = "arrow-of-time"
    about: ClassVar[str] = (
        "Clips played forward (`direction` 0) or backward (1), after Wei et al., "
        '"Learning and Using the Arrow of Time", CVPR 2018. Videos shorter than a clip give none. Cues that are left: '
        "black borders (`black_border`), usual camera motions, and compression artefacts of the source videos."
    )
    recipe_type = ArrowOfTimeRecipe
    recipe: ArrowOfTimeRecipe

    @property
    def columns(self) -> Mapping[str, Column]:
        return {**super().columns, "direction": ValueColumn("int64", "0 forward, 1 backward"), "black_border": BORDER}

    def render(self, plan: ProxyPlan, clips: Sequence[Clip]) -> Sample:
        (backward,) = plan.answer
        frames = clips[0].frames[::-1] if backward else clips[0].frames
        return {
            **self.shown(plan, clip=frames),
            "caption": f"played {DIRECTIONS[backward]}",
            "direction": backward,
            "black_border": black_border(frames),
        }

    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> ProxyPlan:
        steps, strides = self.recipe.clip.frames - 1, self.recipe.clip.strides
        first, frames = self._segment(row, min(strides) * steps + 1, "a clip")
        rng = self._draws(drawn.index)
        stride = stride_of(rng, strides, frames, steps)
        start = first + below(rng, frames - stride * steps)
        clip = self._clip(drawn, row, start + stride * np.arange(steps + 1))
        return ProxyPlan(drawn.index, (clip,), (self._answer(drawn.index, 2),), drawn.labels, drawn.noise)
