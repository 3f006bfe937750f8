"""The plan of an occluded clip: the clip, and the mask of each frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from vidsynth.generators.one_clip import PLANNED, OneClipPlan

PLAN_TYPE = pa.struct(
    {
        **PLANNED,
        "masks": pa.list_(pa.list_(pa.int32())),
        "objects": pa.list_(pa.string()),
        "mask_file": pa.string(),
        "mask_sha256": pa.string(),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class OcclusionPlan(OneClipPlan):
    """Sample `index`: a clip, and what is hidden of it.

    masks : the run lengths of each frame's mask at the clip's size, as `rle` counts them. The plan holds the masks
        themselves, so that a sample is made again as it was though files that they came from change.
    objects : the names of what is hidden. mask_file, mask_sha256 : what the masks were read from; empty where they
        were drawn.
    """

    masks: tuple[tuple[int, ...], ...]
    objects: tuple[str, ...] = ()
    mask_file: str = ""
    mask_sha256: str = ""

    def to_row(self) -> dict[str, Any]:
        """Return plain values that fit PLAN_TYPE."""
        return OneClipPlan.to_row(self) | {
            "masks": [list(runs) for runs in self.masks],
            "objects": list(self.objects),
            "mask_file": self.mask_file,
            "mask_sha256": self.mask_sha256,
        }

    @classmethod
    def from_row(cls, index: int, row: Mapping[str, Any]) -> OcclusionPlan:
        """Rebuild the plan that `to_row` described."""
        drawn = OneClipPlan.from_row(index, row)
        return planned(drawn, row["masks"], row["objects"], row["mask_file"], row["mask_sha256"])


def planned(
    drawn: OneClipPlan, masks: list[list[int]], objects: list[str], file: str = "", sha256: str = ""
) -> OcclusionPlan:
    """Return the plan of a drawn clip with its masks."""
    runs = tuple(tuple(frame) for frame in masks)
    return OcclusionPlan(drawn.index, drawn.clip, drawn.labels, drawn.noise, runs, tuple(objects), file, sha256)
