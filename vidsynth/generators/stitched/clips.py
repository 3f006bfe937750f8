"""Stitched clips: the frames of one event of a video and then those of another, with captions that tell the order.

The events are rows of a manifest of pairs, as `vidsynth before-after` makes them. u is the first event's frames and
then the second's; T(u), its time-order reversal, is the second's and then the first's, each running forwards (Test of
Time, section 3; its authors join features so, where this joins frames).
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from vidsynth.clip import Clip, ClipRef
from vidsynth.columns import ClipColumn, Column, ValueColumn
from vidsynth.errors import SourceError
from vidsynth.evaluate import decoded, evaluate_one
from vidsynth.generator import Sample, register
from vidsynth.generators.clips import CLIP_TYPE
from vidsynth.generators.stitched.frames import event_times, middle
from vidsynth.generators.stitched.recipe import StitchedRecipe
from vidsynth.manifest import Manifest
from vidsynth.recipe import load_values
from vidsynth.video.index import VideoIndex

PLAN_TYPE = pa.struct({"clips": pa.list_(CLIP_TYPE), "key": pa.string()})
_NEEDED = (
    "first_start_s", "first_end_s", "second_start_s", "second_end_s", "reversed_text", "relation", "pair_id", "twin_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StitchedPlan:
    """Sample `index`: its row's id, and the frames of the first and of the second event."""

    index: int
    key: str
    clips: tuple[ClipRef, ClipRef]

    def to_row(self) -> dict[str, Any]:
        """Return plain values that fit PLAN_TYPE."""
        return {"clips": [ref.to_row() for ref in self.clips], "key": self.key}


@register("stitched", StitchedRecipe)
class StitchedClips:
    """Stitched clips of a manifest of pairs, in its order.

    A sample holds index, key, plan, sources, and

    clip : u, uint8 [2 frames, H, W, 3], RGB. reversed_clip : T(u), if the recipe stores it.
    reversed_order : T(u) is clip[reversed_order].
    caption, reversed_caption : t and T(t). relation, pair_id, twin_id, negative_ids : see `splits.before_after`.
    first, second : seconds, from and to, of the two events.
    distinct : how many different frames each event gave.

    Parameters
    ----------
    manifest : of pairs, such as `Pairs.manifest` or `Manifest.read` of a file of them.
    recipe : a recipe, the name of a shipped one, or a path to YAML.
    changes : dotted parameters to replace, such as {"clip.frames": 16}.
    videos : what is known of the files (default: probed as needed).

    Raises SourceError if a row of the manifest is no pair.
    """

    name: ClassVar[str] = "stitched"
    about: ClassVar[str] = (
        "Before/after clips: `clip` shows one event of a video and then another, `reversed_clip` (or "
        "`clip[reversed_order]`) the second and then the first. `caption` is true of `clip`, `reversed_caption` of the "
        "reversed clip, and each is false of the other. The method is that of Bagad, Tapaswi and Snoek, "
        '"Test of Time: Instilling Video-Language Models with a Sense of Time", CVPR 2023 (arXiv 2301.02074).'
    )

    def __init__(
        self,
        manifest: Manifest,
        recipe: StitchedRecipe | str = "stitched",
        changes: Mapping[str, Any] | None = None,
        *,
        videos: VideoIndex | None = None,
    ) -> None:
        if not isinstance(recipe, StitchedRecipe):
            recipe = StitchedRecipe.from_dict(load_values(recipe), where=str(recipe))
        if changes:
            recipe = recipe.with_changes(changes)
        if len(manifest):
            _pair(manifest, 0)
        self.recipe: StitchedRecipe = recipe.resolve(manifest)
        self.manifest = manifest
        self.videos = videos or VideoIndex(manifest.root)
        self.plan_type: pa.DataType = PLAN_TYPE

    @classmethod
    def from_recipe(cls, recipe: StitchedRecipe, manifest: Manifest) -> StitchedClips:
        return cls(manifest, recipe)

    @property
    def columns(self) -> Mapping[str, Column]:
        clip = ClipColumn((2 * self.recipe.clip.frames, *self.recipe.clip.size, 3))
        return {
            "clip": clip,
            **({"reversed_clip": clip} if self.recipe.reversed_clip else {}),
            "reversed_order": ValueColumn("list<int64>", "frames of `clip` in the order of its reversal"),
            "caption": ValueColumn("string", "true of `clip`"),
            "reversed_caption": ValueColumn("string", "true of the reversed clip"),
            "relation": ValueColumn("string", "before, after or then"),
            "pair_id": ValueColumn("string", "rows of one pair show the same frames"),
            "twin_id": ValueColumn("string", "names the reversed clip with the reversed caption"),
            "negative_ids": ValueColumn("list<string>", "keys of rows whose captions are false of `clip`"),
            "first": ValueColumn("list<float64>", "seconds, from and to, of the event shown first"),
            "second": ValueColumn("list<float64>", "seconds, from and to, of the event shown second"),
            "distinct": ValueColumn("list<int64>", "different frames of each event"),
        }

    def __len__(self) -> int:
        return min(len(self.manifest), self.recipe.limit or len(self.manifest))

    def __getitem__(self, index: int) -> Sample:
        return evaluate_one(self, index)

    def __repr__(self) -> str:
        return f"StitchedClips({len(self)} clips, recipe {self.recipe.hash()[:8]})"

    def shards(self) -> Sequence[range]:
        """Return ranges of about `rows_per_shard` rows that end where a video does, if one does near there."""
        return self._shards

    @functools.cached_property
    def _shards(self) -> Sequence[range]:
        length, size = len(self), self.recipe.rows_per_shard
        paths = self.manifest.table["path"].combine_chunks().slice(0, length).dictionary_encode()
        heads = np.flatnonzero(np.diff(paths.indices.to_numpy(), prepend=-1))  # where another video begins
        bounds = [0]
        while length - bounds[-1] > size:
            full = bounds[-1] + size
            last = int(heads[np.searchsorted(heads, full, "right") - 1])
            bounds.append(last if last > bounds[-1] else full)
        return [range(start, stop) for start, stop in itertools.pairwise([*bounds, length]) if start < stop]

    def paths(self, indices: range) -> list[str]:
        paths = self.manifest.table["path"].slice(indices.start, len(indices)).to_pylist()
        return list(dict.fromkeys(paths))

    def plan(self, index: int) -> StitchedPlan:
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} is outside 0 to {len(self) - 1}")
        row, pair, params = self.manifest[index], _pair(self.manifest, index), self.recipe.clip
        info = self.videos.info(row.path)
        crop = middle(params, info) if params.crop == "center" else None
        first, second = (
            event_times(info, pair[f"{event}_start_s"], pair[f"{event}_end_s"], params) for event in ("first", "second")
        )
        cut = pair["video"] or row.path, row.path
        refs = ClipRef(*cut, first, crop, params.size), ClipRef(*cut, second, crop, params.size)
        return StitchedPlan(index, row.video_id, refs)

    def plan_from_row(self, row: Mapping[str, Any]) -> StitchedPlan:
        first, second = (ClipRef.from_row(clip) for clip in row["plan"]["clips"])
        return StitchedPlan(row["index"], row["plan"]["key"], (first, second))

    def read(self, refs: Sequence[ClipRef]) -> Sequence[Clip]:
        return decoded(self.videos, refs)

    def render(self, plan: StitchedPlan, clips: Sequence[Clip]) -> Sample:
        first, second = (clip.frames for clip in clips)
        row, pair = self.manifest[plan.index], _pair(self.manifest, plan.index)
        n = self.recipe.clip.frames
        sample: Sample = {"clip": np.concatenate([first, second])}
        if self.recipe.reversed_clip:
            sample["reversed_clip"] = np.concatenate([second, first])
        return sample | {
            "reversed_order": [*range(n, 2 * n), *range(n)],
            "caption": row.text,
            "reversed_caption": pair["reversed_text"],
            "relation": pair["relation"],
            "pair_id": pair["pair_id"],
            "twin_id": pair["twin_id"],
            "negative_ids": pair["negative_ids"] or [],
            "first": [pair["first_start_s"], pair["first_end_s"]],
            "second": [pair["second_start_s"], pair["second_end_s"]],
            "distinct": [len(set(clip.times.tolist())) for clip in clips],
        }


def _pair(manifest: Manifest, index: int) -> dict[str, Any]:
    """Return what a row's `extra` says of its pair. Raises SourceError if it is no pair."""
    row = manifest[index]
    extra: dict[str, Any] = json.loads(row.extra) if row.extra else {}
    missing = [name for name in _NEEDED if name not in extra]
    if missing or row.text is None:
        raise SourceError(
            f"row {index + 1} ({row.video_id}) is no pair: it has no {', '.join(missing) or 'text'}; "
            "make pairs with `vidsynth before-after --out pairs.parquet`"
        )
    return {"video": None, "negative_ids": None, **extra}
