"""Generators whose sample is made of one clip of one video, and what their recipes share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

import pyarrow as pa
from pydantic import Field

from vidsynth.clip import Clip, ClipRef
from vidsynth.columns import ClipColumn, Column, ValueColumn
from vidsynth.errors import RecipeError
from vidsynth.evaluate import decoded, evaluate_one
from vidsynth.generator import EvenRanges, Plan, Sample
from vidsynth.generators.clips import CLIP_TYPE, ClipRecipe, closing_changes, sample_clip, video_count
from vidsynth.manifest import Manifest, ManifestRow
from vidsynth.recipe import Recipe, load_values
from vidsynth.rng import Permutation, stream
from vidsynth.video.index import VideoIndex

# What the plan of every such sample holds, beside what its generator decides.
PLANNED = {"clip": CLIP_TYPE, "labels": pa.list_(pa.string()), "noise": pa.int64()}
_NOISE_SEEDS = 1 << 62


class OneClipRecipe(ClipRecipe):
    """A recipe of samples that are made of one clip each.

    per_video : clips cut from each video. videos_per_shard : videos whose clips make a shard.
    keep_clip : also store the clip as it was.
    """

    per_video: int = Field(1, ge=1, le=1000)
    videos_per_shard: int | None = Field(None, ge=1, le=100_000)
    keep_clip: bool = True

    def resolve(self, manifest: Manifest) -> Self:
        """Return the recipe with nothing left open, for these videos. Raises RecipeError.

        A recipe that is resolved already must have been made for the same manifest.
        """
        changes = closing_changes(self, manifest)
        videos = video_count(self, manifest)
        if not videos:
            raise RecipeError(f"{manifest.about.get('name', manifest.root)} has no videos")
        if self.videos_per_shard is None:
            changes["videos_per_shard"] = min(256, max(8, math.ceil(videos / 64)))
        return self.with_changes(changes)


@dataclass(frozen=True, slots=True, eq=False)
class OneClipPlan:
    """Sample `index`: its clip, the labels of its video, and the seed of whatever noise is drawn on it."""

    index: int
    clip: ClipRef
    labels: tuple[str, ...]
    noise: int

    @property
    def key(self) -> str:
        return f"{self.index:08d}"

    @property
    def clips(self) -> tuple[ClipRef]:
        return (self.clip,)

    def to_row(self) -> dict[str, Any]:
        """Return plain values that fit the fields of PLANNED."""
        return {"clip": self.clip.to_row(), "labels": list(self.labels), "noise": self.noise}

    @classmethod
    def from_row(cls, index: int, row: Mapping[str, Any]) -> OneClipPlan:
        """Rebuild what `to_row` described."""
        return cls(index, ClipRef.from_row(row["clip"]), tuple(row["labels"]), row["noise"])


class OneClip(ABC):
    """A generator of `per_video` samples of each video, in one random order of the videos.

    A subclass says what it decides of a clip (`_planned`) and how it is drawn (`render`).

    Parameters
    ----------
    manifest : the videos.
    recipe : a recipe, the name of a shipped one, or a path to YAML (default: the one named as the generator).
    changes : dotted parameters to replace, such as {"clip.frames": 8}.
    videos : what is known of the files (default: probed as needed).
    """

    name: ClassVar[str]
    about: ClassVar[str]
    recipe_type: ClassVar[type[OneClipRecipe]]
    plan_type: pa.DataType

    def __init__(
        self,
        manifest: Manifest,
        recipe: OneClipRecipe | str | None = None,
        changes: Mapping[str, Any] | None = None,
        *,
        videos: VideoIndex | None = None,
    ) -> None:
        if not isinstance(recipe, OneClipRecipe):
            recipe = recipe or self.name
            recipe = self.recipe_type.from_dict(load_values(recipe), where=str(recipe))
        if changes:
            recipe = recipe.with_changes(changes)
        self.recipe = recipe.resolve(manifest)
        self.manifest = manifest
        self.videos = videos or VideoIndex(manifest.root)
        self._order = Permutation(self.recipe.seed, "order", len(manifest))
        self._videos = video_count(self.recipe, manifest)

    @classmethod
    def from_recipe(cls, recipe: Recipe, manifest: Manifest) -> Self:
        return cls(manifest, cast(OneClipRecipe, recipe))

    @abstractmethod
    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> Plan:
        """Return the plan of a sample whose clip is drawn. Raises DecodeError if there can be none."""

    @abstractmethod
    def plan_from_row(self, row: Mapping[str, Any]) -> Plan:
        """Rebuild a plan from the row that `to_row` gave."""

    @abstractmethod
    def render(self, plan: Any, clips: Sequence[Clip]) -> Sample:
        """Draw a sample."""

    @property
    def columns(self) -> Mapping[str, Column]:
        return {"clip": self.clip_column} if self.recipe.keep_clip else {}

    @property
    def clip_column(self) -> ClipColumn:
        """The column of a clip as this recipe cuts it."""
        return ClipColumn((self.recipe.clip.frames, *self.recipe.clip.size, 3))

    def kept(self, plan: OneClipPlan, clip: Clip) -> Sample:
        """Return the columns that say what the sample was made from."""
        return {"labels": list(plan.labels)} | ({"clip": clip.frames} if self.recipe.keep_clip else {})

    def __len__(self) -> int:
        everything = self._videos * self.recipe.per_video
        return min(everything, self.recipe.limit or everything)

    def __getitem__(self, index: int) -> Sample:
        return evaluate_one(self, index)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} clips of {self._videos} videos, recipe {self.recipe.hash()[:8]})"

    def shards(self) -> Sequence[range]:
        return EvenRanges(len(self), (self.recipe.videos_per_shard or self._videos) * self.recipe.per_video)

    def paths(self, indices: range) -> list[str]:
        if not len(indices):
            return []
        per_video = self.recipe.per_video
        rows = self._order.array(indices[0] // per_video, indices[-1] // per_video + 1)
        return list(dict.fromkeys(self.manifest.table["path"].take(pa.array(rows)).to_pylist()))

    def plan(self, index: int) -> Plan:
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} is outside 0 to {len(self) - 1}")
        position, number = divmod(index, self.recipe.per_video)
        row_number = self._order[position]
        row = self.manifest[row_number]
        # What is decided of the light or of the masks has streams of its own: another way to cut clips changes no more.
        rng = stream(self.recipe.seed, f"clip/{number}", row_number)
        ref = sample_clip(rng, self.recipe.clip, row, self.videos.info(row.path))
        noise = int(stream(self.recipe.seed, f"{self.name}/noise", index).random() * _NOISE_SEEDS)
        return self._planned(OneClipPlan(index, ref, row.labels, noise), row)

    def read(self, refs: Sequence[ClipRef]) -> Sequence[Clip]:
        return decoded(self.videos, refs)


LABELS = ValueColumn("list<string>", "the labels of its video")
