"""Two clips of one video, so far apart: the positive pairs of instance discrimination.

Qian et al., "Spatiotemporal Contrastive Video Representation Learning" (CVRL), CVPR 2021, draw the distance with a
density that falls from 0 on; Feichtenhofer et al., "A Large-Scale Study on Unsupervised Spatiotemporal Representation
Learning", CVPR 2021, compare ranges of it. Pairs of other instances are the negatives.

Shortcuts: the background, the camera and the compression are the same in both clips, the more so the nearer they are;
the distance is the means against it, and each clip has a crop and a flip of its own. Tubelet pairs are another.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Clip
from vidsynth.columns import Column, ValueColumn
from vidsynth.errors import DecodeError
from vidsynth.generator import Sample, register
from vidsynth.generators.clips import sample_crop
from vidsynth.generators.one_clip import OneClipPlan
from vidsynth.generators.proxy.plan import ProxyPlan
from vidsynth.generators.proxy.proxy import Proxy, stride_of
from vidsynth.generators.proxy.recipe import InstancePairsRecipe
from vidsynth.manifest import ManifestRow
from vidsynth.motion.keyframes import below


@register("instance-pairs", InstancePairsRecipe)
class InstancePairs(Proxy):
    """Two clips of one video whose starts are some seconds apart; which comes first is even, too.

    A sample holds index, key, plan, sources, labels, caption, and

    clip1, clip2 : uint8 [T, H, W, 3], RGB, each with a crop and a flip of its own.
    distance_s : seconds from the start of clip1 to that of clip2; negative where clip2 comes first.
    instance : the number of the video in the manifest: equal for the positives, different for negatives.

    For the parameters see `OneClip`.
    """

    name: ClassVar[str] = "instance-pairs"
    about: ClassVar[str] = (
        "Two clips of one video, `distance_s` seconds apart from start to start (the recipe says in what range); "
        "`instance` numbers the videos. For contrastive learning, as in Qian et al., CVRL, CVPR 2021."
    )
    recipe_type = InstancePairsRecipe
    recipe: InstancePairsRecipe

    @property
    def columns(self) -> Mapping[str, Column]:
        return {
            **self._clip_columns(2),
            "distance_s": ValueColumn("float64", "seconds from the start of clip1 to that of clip2"),
            "instance": ValueColumn("int64", "the number of the video"),
        }

    def render(self, plan: ProxyPlan, clips: Sequence[Clip]) -> Sample:
        distance = float(clips[1].times[0] - clips[0].times[0])
        (instance,) = plan.answer
        return {
            **self.shown(plan, clip1=clips[0].frames, clip2=clips[1].frames),
            "caption": f"{clips[0].ref.video_id}, {distance:+.2f} s apart",
            "distance_s": distance,
            "instance": instance,
        }

    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> ProxyPlan:
        steps, strides = self.recipe.clip.frames - 1, self.recipe.clip.strides
        first, frames = self._segment(row, min(strides) * steps + 1, "a clip")
        info, rng = self.videos.info(row.path), self._draws(drawn.index)
        stride = stride_of(rng, strides, frames, steps)
        starts = first + np.arange(frames - stride * steps)  # every frame at which a clip can start
        one, other = self._two_of(rng, info.seconds(info.ticks_of(starts)), row)
        if self._answer(drawn.index, 2):
            one, other = other, one
        clips = [self._clip(drawn, row, starts[number] + stride * np.arange(steps + 1)) for number in (one, other)]
        crop, flip = sample_crop(rng, self.recipe.clip, info.width, info.height)
        clips[1] = dataclasses.replace(clips[1], crop=crop, flip=flip)
        instance = self._order[drawn.index // self.recipe.per_video]
        return ProxyPlan(drawn.index, tuple(clips), (instance,), drawn.labels, drawn.noise)

    def _two_of(self, rng: np.random.Generator, times: NDArray[np.float64], row: ManifestRow) -> tuple[int, int]:
        """Draw two of the times at which clips can start, the earlier first; return their numbers.

        The second is the nearest to the distance drawn. Raises DecodeError if none are far enough apart.
        """
        low, high = self.recipe.instance.distance_s
        longest = float(times[-1] - times[0])
        if longest < low:
            raise DecodeError(row.path, f"too short: two starts must be {low:g} s apart")
        share = rng.random() if self.recipe.instance.law == "uniform" else 1 - math.sqrt(1 - rng.random())
        asked = low + share * (min(high, longest) - low)
        one = below(rng, max(1, int(np.searchsorted(times, times[-1] - asked, "right"))))
        return one, int(np.abs(times - (times[one] + asked)).argmin())
