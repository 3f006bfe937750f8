"""Which tokens of a clip are hidden, as for masked autoencoders; see `vidsynth.motion.token_masks`.

A shortcut that tubes avoid: a token that is hidden at one time only is copied from its neighbour in time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from vidsynth.clip import Clip
from vidsynth.columns import ArrayColumn, Column
from vidsynth.generator import Sample, register
from vidsynth.generators.one_clip import OneClipPlan
from vidsynth.generators.proxy.plan import ProxyPlan
from vidsynth.generators.proxy.proxy import Proxy
from vidsynth.generators.proxy.recipe import MaskedClipsRecipe
from vidsynth.manifest import ManifestRow
from vidsynth.motion import token_masks
from vidsynth.rng import stream


@register("masked-clips", MaskedClipsRecipe)
class MaskedClips(Proxy):
    """Clips with a mask over their tokens, of which an exact number is hidden.

    A sample holds index, key, plan, sources, labels, caption, and

    clip : uint8 [T, H, W, 3], RGB, whole.
    token_mask : uint8 [T / tubelet, H / patch, W / patch], 1 where hidden.

    For the parameters see `OneClip`.
    """

    name: ClassVar[str] = "masked-clips"
    about: ClassVar[str] = (
        "Clips with masks over their tokens (`token_mask`, 1 where hidden; times x down x across), for masked "
        'autoencoders: tubes as in Tong et al., "VideoMAE", NeurIPS 2022, tokens at random, or cuboids.'
    )
    recipe_type = MaskedClipsRecipe
    recipe: MaskedClipsRecipe

    @property
    def columns(self) -> Mapping[str, Column]:
        return {**super().columns, "token_mask": ArrayColumn("uint8", self.recipe.grid)}

    def render(self, plan: ProxyPlan, clips: Sequence[Clip]) -> Sample:
        mask = self.recipe.mask
        hidden = self.token_mask(plan.noise)
        caption = f"{mask.kind}: {int(hidden.sum())} of {hidden.size} tokens hidden"
        return {**self.shown(plan, clip=clips[0].frames), "caption": caption, "token_mask": hidden}

    def token_mask(self, noise: int) -> token_masks.Mask:
        """Return the mask of the sample whose plan has this `noise`: no video is needed for it."""
        rng, grid, mask = stream(noise, "token-mask"), self.recipe.grid, self.recipe.mask
        if mask.kind == "tube":
            return token_masks.tube(rng, grid, mask.ratio)
        if mask.kind == "random":
            return token_masks.scattered(rng, grid, mask.ratio)
        return token_masks.cuboids(rng, grid, mask.ratio, mask.block)

    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> ProxyPlan:
        return ProxyPlan(drawn.index, (drawn.clip,), (), drawn.labels, drawn.noise)
