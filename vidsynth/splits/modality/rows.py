"""What a split knows of a manifest's rows, and what it decides of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vidsynth.splits.modality.sets import Masks, bits, holds
from vidsynth.splits.modality.spec import Spec
from vidsynth.splits.modality.table import Codes

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a split needs to know of N rows.

    available : uint64 [N], bits of `modalities`. split : the split that each comes with, [N], None where unknown.
    """

    available: Masks
    modalities: tuple[str, ...]
    group: Codes
    classes: Codes
    split: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.available)


@dataclass(slots=True)
class Assignment:
    """part : int64 [N], a row's number in `spec.parts`, -1 where it is left out; with its group, whatever it has.

    targets : part → rows asked for. settled : how far the search went, in each pool that was searched.
    """

    part: Ints
    targets: dict[str, int] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)


def all_of(spec: Spec, part: str, rows: Rows) -> int:
    """Return every modality that a part shows, as bits."""
    return bits({modality for one in spec.parts[part] for modality in one}, rows.modalities)


def fitting(spec: Spec, rows: Rows) -> Flags:
    """Return whether each row has what each part shows (one of its sets) and, if kept, is of its split: bool [N, P]."""
    fits = np.zeros((len(rows), len(spec.parts)), bool)
    for number, (name, sets) in enumerate(spec.parts.items()):
        for one in sets:
            fits[:, number] |= holds(rows.available, bits(one, rows.modalities))
        if name == spec.rest:
            fits[:, number] = (rows.available & np.uint64(all_of(spec, name, rows))) > 0
        if spec.keep_split:
            fits[:, number] &= rows.split == spec.split_of(name)
    return fits
