"""In which order did these clips of one video come?

Xu et al., "Self-Supervised Spatiotemporal Learning via Video Clip Order Prediction", CVPR 2019: three clips of 16
frames with 8 frames between them.

Shortcuts that are avoided: between two clips lie `gap` frames of varying number, so that the last frame of one does not
go over into the first of the next; no clip is padded, so too short videos give none. All clips have the same crop and
flip. Left, and named: slow changes that have nothing to do with the action (light, exposure, a zooming camera), and
compression that grows from the start of a recording.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from vidsynth.clip import Clip
from vidsynth.columns import Column, ValueColumn
from vidsynth.generator import Sample, register
from vidsynth.generators.one_clip import OneClipPlan
from vidsynth.generators.proxy.plan import ProxyPlan
from vidsynth.generators.proxy.proxy import Proxy, stride_of
from vidsynth.generators.proxy.recipe import ClipOrderRecipe
from vidsynth.manifest import ManifestRow
from vidsynth.motion.keyframes import below


@register("clip-order", ClipOrderRecipe)
class ClipOrder(Proxy):
    """Clips of one video out of order, each order as often as any other.

    A sample holds index, key, plan, sources, labels, caption, and

    clip1, clip2, … : uint8 [T, H, W, 3], RGB.
    order : of each clip, as which it came, from 0. order_class : the order's place among all, sorted, from 0.

    For the parameters see `OneClip`.
    """

    name: ClassVar[str] = "clip-order"
    about: ClassVar[str] = (
        "Clips of one video, out of order: clip k came as number `order[k - 1]`, counted from 0. After Xu et al., "
        '"Self-Supervised Spatiotemporal Learning via Video Clip Order Prediction", CVPR 2019. Frames lie between the '
        "clips, so that they do not go over into each other. Cues that are left: slow changes of light and zoom."
    )
    recipe_type = ClipOrderRecipe
    recipe: ClipOrderRecipe

    @property
    def columns(self) -> Mapping[str, Column]:
        return {
            **self._clip_columns(self.recipe.order.clips),
            "order": ValueColumn("list<int64>", "as which each clip came, from 0"),
            "order_class": ValueColumn("int64", "the order's place among all orders, from 0"),
        }

    def render(self, plan: ProxyPlan, clips: Sequence[Clip]) -> Sample:
        order = plan.answer
        shown = {f"clip{number}": clip.frames for number, clip in enumerate(clips, 1)}
        return {
            **self.shown(plan, **shown),
            "caption": f"clips came as {' '.join(str(place + 1) for place in order)}",
            "order": list(order),
            "order_class": list(itertools.permutations(range(len(order)))).index(order),
        }

    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> ProxyPlan:
        (low, high), count = self.recipe.order.gap, self.recipe.order.clips
        steps, strides = self.recipe.clip.frames - 1, self.recipe.clip.strides
        orders = list(itertools.permutations(range(count)))
        order = orders[self._answer(drawn.index, len(orders))]
        beside = count + (count - 1) * low  # frames that are needed whatever the stride
        first, frames = self._segment(row, count * min(strides) * steps + beside, f"a run of {count} clips")
        rng = self._draws(drawn.index)
        stride = stride_of(rng, strides, frames - beside + 1, count * steps)
        span, room = stride * steps + 1, frames - count * stride * steps - beside
        starts = [0]
        for _ in range(count - 1):
            more = below(rng, min(high - low, room) + 1)
            room -= more
            starts.append(starts[-1] + span + low + more)
        first += below(rng, room + 1)
        clips = [self._clip(drawn, row, first + start + stride * np.arange(steps + 1)) for start in starts]
        return ProxyPlan(drawn.index, tuple(clips[place] for place in order), order, drawn.labels, drawn.noise)
