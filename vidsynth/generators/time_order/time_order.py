"""Time-order videos: coloured shapes come one after the other, each video with its time-reversed twin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from vidsynth.clip import Box, Clip, ClipRef
from vidsynth.columns import ArrayColumn, ClipColumn, Column, ValueColumn
from vidsynth.errors import DecodeError
from vidsynth.evaluate import decoded, evaluate_one
from vidsynth.generator import EvenRanges, Sample, register
from vidsynth.generators.time_order import about, scene
from vidsynth.generators.time_order.captions import VERBS, Event, twin_order, write_caption, write_single
from vidsynth.generators.time_order.design import couple
from vidsynth.generators.time_order.objects import choose, draw_objects
from vidsynth.generators.time_order.palette import parse_color
from vidsynth.generators.time_order.plan import PLAN_TYPE, ScenePlan
from vidsynth.generators.time_order.recipe import Kind, Relation, TimeOrderRecipe
from vidsynth.generators.time_order.shapes import parse_shape
from vidsynth.generators.time_order.timeline import Timeline, draw_timelines
from vidsynth.manifest import Manifest
from vidsynth.motion.keyframes import below
from vidsynth.recipe import load_values
from vidsynth.rng import Permutation, stream
from vidsynth.video.index import VideoIndex


@register("time-order", TimeOrderRecipe)
class TimeOrder:
    """Videos of events in a certain order, with captions that say so.

    Videos 2p and 2p + 1 are twins, u and T(u): the same objects, in the other order. The caption of each
    is the distractor of the other: T(t).

    A sample holds index, key, plan, sources, and

    video : uint8 [T, H, W, 3], RGB.
    control_video : the same with that event alone which the caption is about (with `control`).
    caption, distractor, control_caption, control_distractor : true of these, and false.
    relation, twin : the relation, and the key of the twin.
    colors, shapes, kinds, starts, stops : of the events in the order in which they happen; frames [start, stop).
    opacity, boxes : uint8 [K, T] and int16 [K, T, 4] (x1 y1 x2 y2, zeros where unseen) of every object:
        the events in the order in which they happen, then the distractors.

    Parameters
    ----------
    manifest : the videos behind them; `source("none")` where there are none.
    recipe : a recipe, the name of a shipped one, or a path to YAML.
    changes : dotted parameters to replace, such as {"pairs": 100}.
    videos : what is known of the files (default: probed as needed).
    """

    name: ClassVar[str] = "time-order"

    def __init__(
        self,
        manifest: Manifest,
        recipe: TimeOrderRecipe | str = "time-order",
        changes: Mapping[str, Any] | None = None,
        *,
        videos: VideoIndex | None = None,
    ) -> None:
        if not isinstance(recipe, TimeOrderRecipe):
            recipe = TimeOrderRecipe.from_dict(load_values(recipe), where=str(recipe))
        if changes:
            recipe = recipe.with_changes(changes)
        self.recipe: TimeOrderRecipe = recipe.resolve(manifest)
        self.manifest = manifest
        self.videos = videos or VideoIndex(manifest.root)
        self.plan_type: pa.DataType = PLAN_TYPE
        self._order = Permutation(self.recipe.seed, "time-order/videos", len(manifest))

    @classmethod
    def from_recipe(cls, recipe: TimeOrderRecipe, manifest: Manifest) -> TimeOrder:
        return cls(manifest, recipe)

    @property
    def about(self) -> str:
        return about.text(self.recipe)

    @property
    def columns(self) -> Mapping[str, Column]:
        frames, objects = self.recipe.clip.frames, self.recipe.object_count
        clip = ClipColumn((frames, *self.recipe.clip.size, 3))
        return {
            "video": clip,
            **({"control_video": clip} if self.recipe.control else {}),
            "caption": ValueColumn("string", "true of `video`"),
            "distractor": ValueColumn("string", "the same of the other order: false"),
            "relation": ValueColumn("string", "before, after, then, while or between"),
            "twin": ValueColumn("string", "key of the time-reversed video, whose caption is `distractor`"),
            "control_caption": ValueColumn("string", "true of `control_video`"),
            "control_distractor": ValueColumn("string", "false of it"),
            "colors": ValueColumn("list<string>", "of the events, in the order in which they happen"),
            "shapes": ValueColumn("list<string>", "the same"),
            "kinds": ValueColumn("list<string>", "the same: fade, pop, slide or move"),
            "starts": ValueColumn("list<int64>", "first frame of each event"),
            "stops": ValueColumn("list<int64>", "frame after its last"),
            "opacity": ArrayColumn("uint8", (objects, frames)),
            "boxes": ArrayColumn("int16", (objects, frames, 4)),
        }

    def __len__(self) -> int:
        return min(2 * self.recipe.pairs, self.recipe.limit or 2 * self.recipe.pairs)

    def __getitem__(self, index: int) -> Sample:
        return evaluate_one(self, index)

    def __repr__(self) -> str:
        return f"TimeOrder({len(self)} videos, recipe {self.recipe.hash()[:8]})"

    def shards(self) -> Sequence[range]:
        return EvenRanges(len(self), self.recipe.videos_per_shard or len(self))

    def paths(self, indices: range) -> list[str]:
        if not self._takes_clips() or not len(indices):
            return []
        rows = {self._order[index // 2 % len(self.manifest)] for index in indices}
        return self.manifest.table["path"].take(pa.array(sorted(rows))).to_pylist()  # type: ignore[no-any-return]

    def plan(self, index: int) -> ScenePlan:
        if not 0 <= index < len(self):
            raise IndexError(f"video {index} is outside 0 to {len(self) - 1}")
        recipe = self.recipe
        pair, is_twin = divmod(index, 2)
        relations = recipe.captions.relations
        relation = relations[pair % len(relations)]
        rng = stream(recipe.seed, "time-order/pair", pair)
        orders = tuple(range(recipe.events.count)), twin_order(relation, recipe.events.count)
        timelines = draw_timelines(rng, recipe.events, recipe.clip.frames, orders[1])
        order, timeline = orders[is_twin], timelines[is_twin]
        number = pair // len(relations)  # the same combinations with every relation
        chosen = choose(recipe, number)
        objects = draw_objects(rng, recipe, chosen, order, timeline.progress)
        named = _named(rng, relation, recipe.events.count)
        plain = recipe.background.colors[below(rng, len(recipe.background.colors))]
        noise = int(rng.random() * (1 << 53))
        events = [Event(f"{thing.color} {parse_shape(thing.shape)[0]}", self._verb(thing.kind)) for thing in objects]
        # What either video's caption names, in the order in which it happens there.
        happening = [sorted(named, key=each.index) for each in orders]
        captions = [write_caption(relation, [events[n] for n in numbers], chosen["wording"]) for numbers in happening]
        subjects = [_subject(relation, numbers) for numbers in happening]
        keys = [f"text_pair_{relation}_{2 * number + side}" for side in (1, 2)]
        return ScenePlan(
            index=index,
            key=keys[is_twin],
            twin=keys[1 - is_twin],
            relation=relation,
            caption=captions[is_twin],
            distractor=captions[1 - is_twin],
            control_caption=write_single(events[subjects[is_twin]]),
            control_distractor=write_single(events[subjects[1 - is_twin]]),
            objects=objects,
            order=order,
            named=tuple(happening[is_twin]),
            starts=timeline.starts,
            stops=timeline.stops,
            control=subjects[is_twin],
            ground=self._ground(timeline),
            plain=parse_color(plain)[1] if recipe.background.kind == "plain" else (0, 0, 0),
            noise=noise if recipe.background.kind == "noise" else None,
            clips=(self._clip(rng, pair, max(int(each.ground.max()) for each in timelines)),)
            if self._takes_clips()
            else (),
        )

    def plan_from_row(self, row: Mapping[str, Any]) -> ScenePlan:
        return ScenePlan.from_row(row["index"], row["plan"])

    def read(self, refs: Sequence[ClipRef]) -> Sequence[Clip]:
        return decoded(self.videos, refs)

    def render(self, plan: ScenePlan, clips: Sequence[Clip]) -> Sample:
        edges, (height, width) = self.recipe.objects.edges, self.recipe.clip.size
        grounds = scene.backgrounds(plan, clips, height, width)
        events = [plan.objects[number] for number in plan.order]
        shown = [*events, *plan.objects[len(plan.order) :]]
        sample: Sample = {"video": scene.draw(plan, grounds, edges)}
        if self.recipe.control:
            others = [number for number in plan.order if number != plan.control]
            sample["control_video"] = scene.draw(plan, grounds, edges, hidden=others)
        return sample | {
            "caption": plan.caption,
            "distractor": plan.distractor,
            "relation": plan.relation,
            "twin": plan.twin,
            "control_caption": plan.control_caption,
            "control_distractor": plan.control_distractor,
            "colors": [thing.color for thing in events],
            "shapes": [parse_shape(thing.shape)[0] for thing in events],
            "kinds": [thing.kind for thing in events],
            "starts": [plan.starts[number] for number in plan.order],
            "stops": [plan.stops[number] for number in plan.order],
            "opacity": np.stack([scene.opacities(thing, thing.progress) for thing in shown]),
            "boxes": np.stack([scene.boxes(thing, edges, height, width) for thing in shown]),
        }

    def _takes_clips(self) -> bool:
        return self.recipe.background.kind in ("still", "moving")

    def _verb(self, kind: Kind) -> str:
        return self.recipe.captions.fade if kind == "fade" else VERBS[kind]

    def _ground(self, timeline: Timeline) -> np.ndarray:
        moving = self.recipe.background.kind == "moving"
        return (timeline.ground if moving else np.zeros_like(timeline.ground)).astype(np.int32)

    def _clip(self, rng: np.random.Generator, pair: int, last: int) -> ClipRef:
        """Return the background's frames 0 to `last`: the middle of a video from some time on. Raises DecodeError."""
        row = self.manifest[self._order[pair % len(self.manifest)]]
        info = self.videos.info(row.path)
        start, stop = info.frames_between(row.start_s, row.end_s)
        if stop <= start:
            raise DecodeError(row.path, "no frame lies in its segment")
        began, ended = info.seconds(info.ticks_of(np.array([start, stop - 1]))).tolist()
        frames = 1 + (last if self.recipe.background.kind == "moving" else 0)
        seconds = (frames - 1) / self.recipe.payload.fps
        began += rng.random() * max(0.0, ended - began - seconds)
        times = np.minimum(began + np.arange(frames) / self.recipe.payload.fps, ended)
        crop = _middle(info.width, info.height, *self.recipe.clip.size)
        return ClipRef(row.video_id, row.path, tuple(times.tolist()), crop, self.recipe.clip.size)


def _named(rng: np.random.Generator, relation: Relation, count: int) -> tuple[int, ...]:
    """Draw which objects a caption names: all for then, the first two and another for between, else any two."""
    if relation == "then":
        return tuple(range(count))
    if relation == "between":
        return 0, 1, 2 + below(rng, count - 2)
    return couple(below(rng, math.comb(count, 2)), count)


def _subject(relation: Relation, happening: Sequence[int]) -> int:
    """Return the object that a caption is about, of those that it names in the order in which they come."""
    return happening[1] if relation in ("after", "while", "between") else happening[0]


def _middle(width: int, height: int, out_height: int, out_width: int) -> Box:
    """Return the largest part of a picture, in its middle, with the shape of the clips; even where it can be."""
    across = min(width, height * out_width // out_height)
    down = min(height, width * out_height // out_width)
    across, down = (side - side % 2 if side > 1 else 1 for side in (across, down))
    left, top = ((length - side) // 4 * 2 for length, side in ((width, across), (height, down)))
    return Box(left, top, across, down)
