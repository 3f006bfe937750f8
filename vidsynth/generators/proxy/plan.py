"""The plan of a proxy task's sample: its clips, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vidsynth.clip import ClipRef
from vidsynth.generators.clips import CLIP_TYPE

PLAN_TYPE = pa.struct(
    {
        "clips": pa.list_(CLIP_TYPE),
        "labels": pa.list_(pa.string()),
        "answer": pa.list_(pa.int64()),
        "noise": pa.int64(),
    }
)


@dataclass(frozen=True, slots=True)
class ProxyPlan:
    """Sample `index`: clips as they are read, in the order of the sample; what its task asks for, as the task writes
    it; the labels of its video; the seed of whatever is drawn on it."""

    index: int
    clips: tuple[ClipRef, ...]
    answer: tuple[int, ...]
    labels: tuple[str, ...]
    noise: int

    @property
    def key(self) -> str:
        return f"{self.index:08d}"

    def to_row(self) -> dict[str, Any]:
        """Return plain values that fit PLAN_TYPE."""
        clips = [clip.to_row() for clip in self.clips]
        return {"clips": clips, "labels": list(self.labels), "answer": list(self.answer), "noise": self.noise}

    @classmethod
    def from_row(cls, index: int, row: Mapping[str, Any]) -> ProxyPlan:
        """Rebuild what `to_row` described."""
        clips = tuple(ClipRef.from_row(clip) for clip in row["clips"])
        return cls(index, clips, tuple(row["answer"]), tuple(row["labels"]), row["noise"])
