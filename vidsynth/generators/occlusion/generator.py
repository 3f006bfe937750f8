"""Occluded clips: regions of objects, or of moving occluders, are hidden."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, ClassVar

import numpy as np

from vidsynth.clip import Clip
from vidsynth.columns import ArrayColumn, Column, ValueColumn
from vidsynth.errors import DecodeError, SourceError
from vidsynth.generator import Sample, register
from vidsynth.generators.occlusion import rle
from vidsynth.generators.occlusion.fill import filled
from vidsynth.generators.occlusion.masking import ClipMasks, chooser, clip_masks, dilated, open_masks
from vidsynth.generators.occlusion.occluders import draw_occluders
from vidsynth.generators.occlusion.plan import PLAN_TYPE, OcclusionPlan, planned
from vidsynth.generators.occlusion.recipe import OcclusionRecipe
from vidsynth.generators.one_clip import LABELS, OneClip, OneClipPlan
from vidsynth.manifest import ESCAPES, Manifest, ManifestRow
from vidsynth.rng import stream

_VALUES: Mapping[str, Column] = {
    "covered_frames": ValueColumn("float64", "share of the frames with something hidden"),
    "covered_area": ValueColumn("float64", "share of the pixels that are hidden, over all frames"),
    "objects": ValueColumn("list<string>", "what is hidden"),
    "labels": LABELS,
}


@register("occlusion", OcclusionRecipe)
class Occlusion(OneClip):
    """Clips in which regions are hidden: of objects, from masks, or of occluders drawn at random.

    The masks of a video are looked for under the manifest's `masks` (in `extra`), the video's path without its
    suffix, and the last part of that.

    A sample holds index, key, plan, sources, and

    clip : uint8 [T, H, W, 3], RGB, as it was (unless the recipe's `keep_clip` is false).
    occluded : the same clip with the regions hidden.
    mask : uint8 [T, H, W], 1 where it is hidden, if the recipe's `keep_mask` asks for it.
    covered_frames, covered_area : floats, shares. objects : the names of what is hidden.
    labels : those of its video.

    A clip without a mask of the kind asked for is absent. For the parameters see `OneClip`; raises RecipeError
    or SourceError where the masks are not what the recipe says.
    """

    name: ClassVar[str] = "occlusion"
    about: ClassVar[str] = (
        "Clips (`clip`) and the same clips with regions hidden (`occluded`): of objects, from masks, or of occluders "
        'drawn at random. After the occlusion experiment beside Zhang, Doughty and Snoek, "Day2Dark: '
        "Pseudo-Supervised Activity Recognition beyond Silent Daylight\", which sets object regions of VISOR's masks "
        "to zero. Which objects and frames it took is not published: the rules here are a reconstruction."
    )
    recipe_type = OcclusionRecipe
    plan_type = PLAN_TYPE
    recipe: OcclusionRecipe

    def __init__(
        self,
        manifest: Manifest,
        recipe: OcclusionRecipe | str | None = None,
        changes: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(manifest, recipe, changes, **settings)
        self._source = open_masks(self.recipe.masks)

    @property
    def columns(self) -> Mapping[str, Column]:
        frames, height, width, _ = self.clip_column.shape
        mask = {"mask": ArrayColumn("uint8", (frames, height, width))} if self.recipe.keep_mask else {}
        return {**super().columns, "occluded": self.clip_column, **mask, **_VALUES}

    def plan_from_row(self, row: Mapping[str, Any]) -> OcclusionPlan:
        return OcclusionPlan.from_row(row["index"], row["plan"])

    def render(self, plan: OcclusionPlan, clips: Sequence[Clip]) -> Sample:
        frames = clips[0].frames
        mask = np.stack([rle.decoded(runs, *frames.shape[1:3]) for runs in plan.masks])
        return {
            **self.kept(plan, clips[0]),
            "occluded": filled(frames, mask, self.recipe.fill, plan.noise),
            **({"mask": mask} if self.recipe.keep_mask else {}),
            "covered_frames": float(mask.any((1, 2)).mean()),
            "covered_area": int(mask.sum()) / mask.size,
            "objects": list(plan.objects),
        }

    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> OcclusionPlan:
        try:
            masks = self._masks(drawn, row)
        except SourceError as error:
            raise DecodeError(row.path, f"its masks: {error}") from None
        covered = int(masks.mask.any((1, 2)).sum())
        params = self.recipe.masks
        if not covered:
            raise DecodeError(row.path, f"no mask of the kind asked for ({params.objects}) at its clip's frames")
        if covered / len(masks.mask) < params.min_frames:
            share = f"{100 * params.min_frames:g} %"
            raise DecodeError(row.path, f"masks at fewer than the {share} of its clip's frames asked for")
        runs = [rle.encoded(mask) for mask in masks.mask]
        return planned(drawn, runs, list(masks.names), masks.file, masks.sha256)

    def _masks(self, drawn: OneClipPlan, row: ManifestRow) -> ClipMasks:
        params = self.recipe.masks
        if self._source is None:
            rng = stream(self.recipe.seed, "occlusion", drawn.index)
            mask = draw_occluders(rng, self.recipe.occluders, self.recipe.clip.frames, *self.recipe.clip.size)
            return ClipMasks(dilated(mask, params.dilate_px), (), "", "")
        extra = json.loads(row.extra) if row.extra else {}
        noun = str(extra.get("noun_class")) if params.objects == "action-noun" else None
        if noun is not None and not re.fullmatch(r"\d{1,9}", noun):
            raise DecodeError(row.path, "its manifest row has no noun_class, which `objects: action-noun` needs")
        info = self.videos.info(row.path)
        masks = self._source.find(_names(row, extra), info)
        if masks is None:
            raise DecodeError(row.path, "there are no masks of this video")
        chosen = chooser(params, None if noun is None else int(noun))
        return clip_masks(masks, drawn.clip, info, params, chosen)


def _names(row: ManifestRow, extra: Mapping[str, Any]) -> list[str]:
    """Return what the masks of a video may be called, the most telling first."""
    path = PurePosixPath(row.path)
    asked = [str(extra["masks"])] if "masks" in extra else []
    if asked and re.search(ESCAPES, asked[0]):
        raise DecodeError(row.path, f"masks in its manifest row: {asked[0]!r} leaves the folder of masks")
    return [*asked, str(path.with_suffix("")), path.stem]
