"""The plan of one video: its objects, their course, its background, its captions."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsynth.clip import ClipRef
from vidsynth.generators.clips import CLIP_TYPE
from vidsynth.generators.time_order.palette import Rgb
from vidsynth.generators.time_order.recipe import Kind, Relation

_BYTES, _INTS, _TEXT = pa.list_(pa.uint8()), pa.list_(pa.int32()), pa.string()
_OBJECT_TYPE = pa.struct(
    {
        "color": _TEXT,
        "rgb": _BYTES,
        "shape": _TEXT,
        "size": pa.int32(),
        "center": _INTS,
        "kind": _TEXT,
        "travel": _INTS,
        "progress": _BYTES,
    }
)
PLAN_TYPE = pa.struct(
    {
        "key": _TEXT,
        "twin": _TEXT,
        "relation": _TEXT,
        "caption": _TEXT,
        "distractor": _TEXT,
        "control_caption": _TEXT,
        "control_distractor": _TEXT,
        "objects": pa.list_(_OBJECT_TYPE),
        "order": _INTS,
        "named": _INTS,
        "starts": _INTS,
        "stops": _INTS,
        "control": pa.int32(),
        "ground": _INTS,
        "plain": _BYTES,
        "noise": pa.int64(),
        "clips": pa.list_(CLIP_TYPE),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class ObjectPlan:
    """One object.

    center : (x, y), the pixel that its centre lies in when it is at its place. size : pixels.
    shape : a known name, or `name=corners`.
    travel : (x, y) pixels: where a sliding object comes from, or a moving one goes to, from there.
    progress : uint8 [T], 0 at rest to 255.
    """

    color: str
    rgb: Rgb
    shape: str
    size: int
    center: tuple[int, int]
    kind: Kind
    travel: tuple[int, int]
    progress: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class ScenePlan:
    """Video `index`.

    objects : those of the events first, then the distractors; numbers below count in this tuple, which
        lists the same objects in the same order for a video and its twin.
    order : the events' objects in the order in which they come. named : those that the caption names, so, too.
    starts, stops : the frames [start, stop) in which they come, in the objects' order.
    control : the object whose event alone the control video shows: the one that the caption is about, which the
        published wording names first.
    ground : int32 [T], which frame of the background lies behind.
    plain : its colour. noise : which noise it is; None for none. clips : the frames of a video, if it is one.
    """

    index: int
    key: str
    twin: str
    relation: Relation
    caption: str
    distractor: str
    control_caption: str
    control_distractor: str
    objects: tuple[ObjectPlan, ...]
    order: tuple[int, ...]
    named: tuple[int, ...]
    starts: tuple[int, ...]
    stops: tuple[int, ...]
    control: int
    ground: NDArray[np.int32]
    plain: Rgb
    noise: int | None
    clips: tuple[ClipRef, ...]

    def to_row(self) -> dict[str, Any]:
        """Return plain values that fit PLAN_TYPE."""
        row: dict[str, Any] = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        del row["index"]
        row["objects"] = [
            {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)} for thing in self.objects
        ]
        row["clips"] = [ref.to_row() for ref in self.clips]
        return row

    @classmethod
    def from_row(cls, index: int, row: Mapping[str, Any]) -> ScenePlan:
        """Rebuild the plan that `to_row` described."""
        objects = tuple(
            ObjectPlan(
                **{
                    **thing,
                    "rgb": tuple(thing["rgb"]),
                    "center": tuple(thing["center"]),
                    "travel": tuple(thing["travel"]),
                    "progress": np.asarray(thing["progress"], np.uint8),
                }
            )
            for thing in row["objects"]
        )
        numbers = {name: tuple(row[name]) for name in ("order", "named", "starts", "stops", "plain")}
        clips = tuple(ClipRef.from_row(clip) for clip in row["clips"])
        ground = np.asarray(row["ground"], np.int32)
        return cls(index, **{**row, **numbers, "objects": objects, "clips": clips, "ground": ground})
