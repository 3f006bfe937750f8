"""Batches whose samples lack some of their modalities: zeros, and a mask that says where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import default_collate


class ModalityCollate:
    """Collate samples that have some of the modalities: give it to `DataLoader(collate_fn=…)`.

    A sample is a dict. It has a modality where it holds an array or a tensor under its name (not None) and, if it has
    the manifest's `modalities` column, where that lists it, too: data that a split hides stay out of the batch.

    The batch is a dict, too:

        <modality>   tensor [B, *shape] of the samples' type, zero where a sample lacks it
        mask         bool [B, M], True where a sample has a modality; columns in the order of `modalities`
        modalities   the names, a tuple of M

    and every other name that all samples share, as `default_collate` makes it; lists of what that cannot collate.

    Parameters
    ----------
    modalities : the names, in the order of the mask's columns.
    shapes : the shape of a sample's array, for modalities that a whole batch may lack; without it, such a batch has a
        float32 tensor [B, 0] there.

    Raises ValueError, when called, where two samples' arrays of a modality differ in shape.

    >>> batch = ModalityCollate(["rgb", "audio"])([{"rgb": torch.ones(3)}, {"audio": torch.ones(2)}])
    >>> batch["mask"].tolist(), batch["rgb"].shape
    ([[True, False], [False, True]], torch.Size([2, 3]))
    """

    def __init__(self, modalities: Sequence[str], shapes: Mapping[str, Sequence[int]] | None = None) -> None:
        self.modalities = tuple(modalities)
        self.shapes = {name: tuple(shape) for name, shape in (shapes or {}).items()}
        if len(set(self.modalities)) < len(self.modalities):
            raise ValueError(f"modalities: a name stands twice in {', '.join(self.modalities)}")
        if unknown := self.shapes.keys() - set(self.modalities):
            raise ValueError(f"shapes: {min(unknown)!r} is none of the modalities {', '.join(self.modalities)}")

    def __call__(self, samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        mask = torch.tensor([[_has(sample, name) for name in self.modalities] for sample in samples], dtype=torch.bool)
        mask = mask.view(len(samples), len(self.modalities))
        batch: dict[str, Any] = {
            name: self._stacked(name, samples, mask[:, column]) for column, name in enumerate(self.modalities)
        }
        shared = set(samples[0]).intersection(*samples[1:]) - {*self.modalities, "mask", "modalities"}
        for name in (name for name in samples[0] if name in shared):
            values = [sample[name] for sample in samples]
            batch[name] = default_collate(values) if _collatable(values) else values
        return batch | {"mask": mask, "modalities": self.modalities}

    def _stacked(self, name: str, samples: Sequence[Mapping[str, Any]], has: torch.Tensor) -> torch.Tensor:
        rows = torch.nonzero(has).flatten().tolist()
        if not rows:
            return torch.zeros((len(samples), *self.shapes.get(name, (0,))))
        values = [torch.as_tensor(samples[row][name]) for row in rows]
        shape = self.shapes.get(name, tuple(values[0].shape))
        for row, value in zip(rows, values, strict=True):
            if tuple(value.shape) != shape:
                raise ValueError(f"{name}: sample {row} of the batch is {list(value.shape)}, not {list(shape)}")
        out = torch.zeros((len(samples), *shape), dtype=values[0].dtype)
        for row, value in zip(rows, values, strict=True):
            out[row] = value
        return out


def _has(sample: Mapping[str, Any], name: str) -> bool:
    shown = sample.get("modalities")
    return sample.get(name) is not None and (shown is None or name in shown)


def _collatable(values: Sequence[Any]) -> bool:
    """Say whether values are arrays of one shape, or numbers."""
    if isinstance(values[0], np.ndarray | torch.Tensor):
        return len({tuple(value.shape) for value in values}) == 1
    return all(isinstance(value, bool | int | float) for value in values)
