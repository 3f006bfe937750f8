"""Samples to batches: every array goes once, straight to its place in the batch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch.utils.data import default_collate, get_worker_info

Layout = Literal["THWC", "TCHW", "CTHW"]
# From T, H, W, C: which axis goes where.
_ORDERS: dict[str, tuple[int, ...]] = {"THWC": (0, 1, 2, 3), "TCHW": (0, 3, 1, 2), "CTHW": (3, 0, 1, 2)}


class Samples(Sequence[dict[str, Any]]):
    """A batch that is made, and a sequence of its samples, as `default_collate` wants them.

    columns : a tensor [B, …] or a list of B values, a column.
    """

    def __init__(self, columns: dict[str, Any]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, row: Any) -> Any:
        if not 0 <= row < len(self):
            raise IndexError(row)
        return {name: values[row] for name, values in self.columns.items()}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[row] for row in range(len(self)))


def collate(samples: Sequence[Any]) -> Any:
    """Return a batch: give it to `DataLoader(collate_fn=…)`, and batches are not copied a second time."""
    return samples.columns if isinstance(samples, Samples) else default_collate(list(samples))


def stack(samples: Sequence[Mapping[str, Any]], clips: Collection[str], layout: Layout) -> Samples:
    """Return numpy samples as one batch of tensors; lists of what is neither an array nor a number.

    clips : the columns that hold frames, uint8 [T, H, W, 3]; `layout` is how they are shown.
    """
    columns: dict[str, Any] = {}
    for name, first in samples[0].items():
        values = [sample[name] for sample in samples]
        if isinstance(first, np.ndarray):
            batch = _empty((len(values), *first.shape), first.dtype)
            pixels = batch.numpy()
            for row, value in enumerate(values):
                pixels[row] = value
            columns[name] = shown(batch, layout) if name in clips else batch
        else:
            columns[name] = torch.tensor(values) if isinstance(first, int | float) else values
    return Samples(columns)


def shown(frames: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Return frames [..., T, H, W, C] in a layout, as a view.

    The pixels stay where they are: TCHW and CTHW are PyTorch's channels-last memory formats, which
    its convolutions take as they are (`.contiguous()` moves them).
    """
    lead = frames.ndim - 4
    return frames.permute(*range(lead), *(lead + axis for axis in _ORDERS[layout]))


def check_layout(layout: str) -> None:
    """Raise ValueError for a layout that is not known."""
    if layout not in _ORDERS:
        raise ValueError(f"layout must be one of {', '.join(_ORDERS)}, not {layout!r}")


def _empty(shape: tuple[int, ...], dtype: np.dtype[Any]) -> torch.Tensor:
    """Return an unfilled tensor; in a DataLoader's worker in shared memory, where it would be copied to."""
    kind = torch.from_numpy(np.empty(0, dtype)).dtype
    if get_worker_info() is None:
        return torch.empty(shape, dtype=kind)
    size = int(np.prod(shape)) * dtype.itemsize
    storage = torch.UntypedStorage._new_shared(size, device="cpu")
    return torch.empty(0, dtype=kind).set_(storage).view(shape) if size else torch.empty(shape, dtype=kind)
