"""Tubelet pairs: two clips of different videos that carry the same moving patches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pyarrow as pa

from vidsynth.clip import Clip, ClipRef
from vidsynth.columns import ClipColumn, Column
from vidsynth.compositing import CutTubelet, Tubelet, overlay
from vidsynth.evaluate import decoded, evaluate_one
from vidsynth.generator import EvenRanges, Sample, register
from vidsynth.generators.clips import sample_clip, video_count
from vidsynth.generators.tubelets import truth
from vidsynth.generators.tubelets.plan import PLAN_TYPE, PairPlan, plan_tubelets
from vidsynth.generators.tubelets.recipe import TubeletRecipe
from vidsynth.manifest import Manifest
from vidsynth.motion import masks
from vidsynth.recipe import load_values
from vidsynth.rng import Permutation, stream
from vidsynth.video.index import VideoIndex


@register("tubelets", TubeletRecipe)
class TubeletPairs:
    """Pairs of clips with the same tubelets over different backgrounds.

    Videos are put in one random order; blocks of `videos_per_shard` in that order are rings, and
    pair k of a video takes the ring's video k + 1 further on as its partner. So every clip serves
    two pairs, partners are uniform over the other videos, and a clip never meets itself.

    A sample holds index, key, plan, sources, and

    clip1, clip2 : uint8 [T, H, W, 3], RGB.
    boxes, masks, flow, layer, tracks, tracks_visible : as the recipe's `truth` asks; see `compositing.truth`.

    Parameters
    ----------
    manifest : the videos.
    recipe : a recipe, the name of a shipped one, or a path to YAML.
    changes : dotted parameters to replace, such as {"tubelets.count": 3}.
    videos : what is known of the files (default: probed as needed).
    """

    name: ClassVar[str] = "tubelets"
    about: ClassVar[str] = (
        "Pairs of clips of different videos that carry the same synthetic tubelets: patches cut from `clip1` "
        "that move over both clips in the same way. The method is that of Thoker, Doughty and Snoek, "
        '"Tubelet-Contrastive Self-Supervision for Video-Efficient Generalization", ICCV 2023 (arXiv 2303.11003).'
    )

    def __init__(
        self,
        manifest: Manifest,
        recipe: TubeletRecipe | str = "tubelets-112",
        changes: Mapping[str, Any] | None = None,
        *,
        videos: VideoIndex | None = None,
    ) -> None:
        if not isinstance(recipe, TubeletRecipe):
            recipe = TubeletRecipe.from_dict(load_values(recipe), where=str(recipe))
        if changes:
            recipe = recipe.with_changes(changes)
        self.recipe: TubeletRecipe = recipe.resolve(manifest)
        self.manifest = manifest
        self.videos = videos or VideoIndex(manifest.root)
        self.plan_type: pa.DataType = PLAN_TYPE
        self._order = Permutation(self.recipe.seed, "order", len(manifest))
        self._videos = video_count(self.recipe, manifest)
        self._recent: dict[tuple[int, int], ClipRef] = {}

    @classmethod
    def from_recipe(cls, recipe: TubeletRecipe, manifest: Manifest) -> TubeletPairs:
        return cls(manifest, recipe)

    @property
    def columns(self) -> Mapping[str, Column]:
        clip = ClipColumn((self.recipe.clip.frames, *self.recipe.clip.size, 3))
        return {"clip1": clip, "clip2": clip, **truth.columns(self.recipe)}

    def __len__(self) -> int:
        everything = self._videos * self.recipe.pairs.per_video
        return min(everything, self.recipe.limit or everything)

    def __getitem__(self, index: int) -> Sample:
        return evaluate_one(self, index)

    def __repr__(self) -> str:
        return f"TubeletPairs({len(self)} pairs of {self._videos} videos, recipe {self.recipe.hash()[:8]})"

    def shards(self) -> Sequence[range]:
        size = (self.recipe.pairs.videos_per_shard or self._videos) * self.recipe.pairs.per_video
        return EvenRanges(len(self), size, min(self._blocks(), -(-len(self) // size)))

    def paths(self, indices: range) -> list[str]:
        if not len(indices):
            return []
        start, stop = self._block(self._block_of(indices[0] // self.recipe.pairs.per_video))
        rows = self._order.array(start, stop)
        return self.manifest.table["path"].take(pa.array(rows)).to_pylist()  # type: ignore[no-any-return]

    def plan(self, index: int) -> PairPlan:
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} is outside 0 to {len(self) - 1}")
        position, number = divmod(index, self.recipe.pairs.per_video)
        if self.recipe.pairs.partner == "same":
            clips = self._clip(position, 2 * number), self._clip(position, 2 * number + 1)
        else:
            start, stop = self._block(self._block_of(position))
            size = stop - start
            partner = start + (position - start + 1 + number % (size - 1)) % size
            clips = self._clip(position, number), self._clip(partner, number)
        rng = stream(self.recipe.seed, "tubelets", index)
        height, width = self.recipe.clip.size
        return PairPlan(index, clips, plan_tubelets(rng, self.recipe.tubelets, self.recipe.clip.frames, height, width))

    def plan_from_row(self, row: Mapping[str, Any]) -> PairPlan:
        return PairPlan.from_row(row["index"], row["plan"])

    def read(self, refs: Sequence[ClipRef]) -> Sequence[Clip]:
        return decoded(self.videos, refs)

    def render(self, plan: PairPlan, clips: Sequence[Clip]) -> Sample:
        pictures = [clip.frames for clip in clips]
        from vidsynth.compositing.cpu import cut

        whole = self.recipe.tubelets.arithmetic == "exact"
        tubelets = [
            Tubelet(
                cut(pictures[0][planned.frame], planned.box, planned.shape, planned.soft_from, whole_center=whole),
                planned.affine,
                planned.opacity,
            )
            for planned in plan.tubelets
        ]
        first, second = overlay(pictures, tubelets)
        return {"clip1": first, "clip2": second, **truth.compute(self.recipe, tubelets)}

    def cuts(self, plan: PairPlan) -> list[CutTubelet]:
        """Return a pair's tubelets, in drawing order, for those who draw them elsewhere: cut from `clip1`."""
        whole = self.recipe.tubelets.arithmetic == "exact"
        return [
            CutTubelet(
                planned.frame,
                planned.box,
                masks.alpha(
                    planned.shape, planned.box.width, planned.box.height, planned.soft_from, whole_center=whole
                ),
                planned.affine,
                planned.opacity,
            )
            for planned in plan.tubelets
        ]

    def _clip(self, position: int, number: int) -> ClipRef:
        # A clip belongs to two pairs, which as a rule are planned one after the other.
        if (position, number) not in self._recent:
            if len(self._recent) > 4096:
                self._recent.clear()
            self._recent[position, number] = self._sampled_clip(position, number)
        return self._recent[position, number]

    def _sampled_clip(self, position: int, number: int) -> ClipRef:
        row_number = self._order[position]
        row = self.manifest[row_number]
        rng = stream(self.recipe.seed, f"clip/{number}", row_number)
        return sample_clip(rng, self.recipe.clip, row, self.videos.info(row.path))

    def _blocks(self) -> int:
        size = self.recipe.pairs.videos_per_shard or self._videos
        blocks = math.ceil(self._videos / size)
        # A block of one video would have no partner in it: it joins the block before.
        return blocks - 1 if blocks > 1 and self._videos % size == 1 else blocks

    def _block(self, number: int) -> tuple[int, int]:
        size = self.recipe.pairs.videos_per_shard or self._videos
        return number * size, self._videos if number == self._blocks() - 1 else (number + 1) * size

    def _block_of(self, position: int) -> int:
        return min(position // (self.recipe.pairs.videos_per_shard or self._videos), self._blocks() - 1)
