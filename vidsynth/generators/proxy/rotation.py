"""By how many quarters is the picture turned?

Jing, Yang, Liu and Tian, "Self-Supervised Spatiotemporal Feature Learning via Video Rotation Prediction", 2018 (arXiv
1811.11387).

Shortcuts that are avoided: only quarters, of square crops, so that no corner is empty and no pixel is interpolated
twice; and crops keep their shape, since one that is squeezed on its way to a square shows which side was the longer.
Left, and named: black borders of the video itself, which turn along (`black_border` tells how wide they are), and
logos and captions burnt into it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from vidsynth.clip import Box, Clip
from vidsynth.columns import Column, ValueColumn
from vidsynth.generator import Sample, register
from vidsynth.generators.one_clip import OneClipPlan
from vidsynth.generators.proxy.plan import ProxyPlan
from vidsynth.generators.proxy.proxy import BORDER, Proxy, black_border
from vidsynth.generators.proxy.recipe import RotationRecipe
from vidsynth.manifest import ManifestRow


@register("rotation", RotationRecipe)
class Rotation(Proxy):
    """Clips turned by 0, 90, 180 or 270 degrees, as many of each.

    A sample holds index, key, plan, sources, labels, caption, and

    clip : uint8 [T, H, W, 3], RGB, turned; from the largest square in the middle of the crop that the recipe draws.
    degrees : clockwise. quarters : 0 to 3.
    black_border : see `proxy.black_border`.

    For the parameters see `OneClip`.
    """

    name: ClassVar[str] = "rotation"
    about: ClassVar[str] = (
        "Clips turned clockwise by `degrees` (`quarters` is the class), after Jing et al., arXiv 1811.11387. Crops are "
        "square and keep their shape. Cues that are left: black borders (`black_border`), logos and captions."
    )
    recipe_type = RotationRecipe
    recipe: RotationRecipe

    @property
    def columns(self) -> Mapping[str, Column]:
        return {
            **super().columns,
            "degrees": ValueColumn("int64", "clockwise"),
            "quarters": ValueColumn("int64", "0 to 3"),
            "black_border": BORDER,
        }

    def render(self, plan: ProxyPlan, clips: Sequence[Clip]) -> Sample:
        (quarters,) = plan.answer
        frames = np.rot90(clips[0].frames, -quarters, axes=(1, 2))
        return {
            **self.shown(plan, clip=frames),
            "caption": f"turned by {90 * quarters} degrees",
            "degrees": 90 * quarters,
            "quarters": quarters,
            "black_border": black_border(frames),
        }

    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> ProxyPlan:
        clip = drawn.clip
        if clip.crop is not None:
            clip = dataclasses.replace(clip, crop=inner_square(clip.crop))
        return ProxyPlan(drawn.index, (clip,), (self._answer(drawn.index, 4),), drawn.labels, drawn.noise)


def inner_square(crop: Box) -> Box:
    """Return the largest square in the middle of a crop, moved by an even number of pixels.

    >>> inner_square(Box(4, 6, 90, 64))
    Box(x=16, y=6, width=64, height=64)
    """
    side = min(crop.width, crop.height)
    return Box(crop.x + (crop.width - side) // 4 * 2, crop.y + (crop.height - side) // 4 * 2, side, side)
