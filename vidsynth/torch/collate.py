"""Samples to batches: every array goes once, straight to its place in the batch."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import default_collate, get_worker_info

from vidsynth.torch.shelf import Parcel, own_shelf

Layout = Literal["THWC", "TCHW", "CTHW"]
# From T, H, W, C: which axis goes where.
_ORDERS: dict[str, tuple[int, ...]] = {"THWC": (0, 1, 2, 3), "TCHW": (0, 3, 1, 2), "CTHW": (3, 0, 1, 2)}
_THREADS = 4  # more than these do not copy faster
_WORTH_THREADS = 4 << 20  # bytes


class Samples(Sequence[dict[str, Any]]):
    """The samples of a batch, not yet put together: a sequence of dicts, as `default_collate` wants them.

    rows : numpy arrays and plain values by name. clips : the names of those that hold frames, uint8
    [T, H, W, 3]; `layout` is how they are shown. made : further columns, which are whole already.
    """

    def __init__(
        self,
        rows: Sequence[Mapping[str, Any]],
        clips: Collection[str],
        layout: Layout,
        made: Mapping[str, Any] | None = None,
    ) -> None:
        self._rows, self._clips, self._layout, self._made = rows, clips, layout, dict(made or {})

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: Any) -> Any:
        if not 0 <= row < len(self):
            raise IndexError(row)
        alone = Samples(self._rows[row : row + 1], self._clips, self._layout).batch()
        return {name: values[0] for name, values in alone.items()} | {n: made[row] for n, made in self._made.items()}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[row] for row in range(len(self)))

    def arrays(self) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
        """Return shape and type of each column of the batch that holds arrays."""
        first = self._rows[0]
        return {
            name: ((len(self), *value.shape), _kind(value.dtype))
            for name, value in first.items()
            if isinstance(value, np.ndarray)
        }

    def batch(self, places: Mapping[str, torch.Tensor] | None = None) -> dict[str, Any]:
        """Return the batch: tensors [B, …] of arrays and numbers, lists of B values of anything else.

        places : where its arrays are to lie: for each of `arrays()` a tensor to fill.
        """
        places = places or {name: _empty(shape, kind) for name, (shape, kind) in self.arrays().items()}
        columns: dict[str, Any] = {}
        for name, first in self._rows[0].items():
            values = [row[name] for row in self._rows]
            if name in places:
                _fill(places[name].numpy(), values)
                columns[name] = shown(places[name], self._layout) if name in self._clips else places[name]
            else:
                columns[name] = torch.tensor(values) if isinstance(first, int | float) else values
        return columns | self._made


def collate(samples: Sequence[Any]) -> Any:
    """Return a batch: give it to `DataLoader(collate_fn=…)`, and batches are not copied a second time."""
    if not isinstance(samples, Samples):
        return default_collate(list(samples))
    shelf = own_shelf()
    if shelf is None:
        return samples.batch()
    piece, places = shelf.take(samples.arrays())
    return Parcel(piece, samples.batch(places))


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


def _fill(target: NDArray[Any], values: Sequence[NDArray[Any]]) -> None:
    """Copy arrays into the rows of a batch; large ones with as many threads as PyTorch uses here (in a worker: one)."""
    threads = min(torch.get_num_threads(), _THREADS, len(values))

    def part(first: int) -> None:
        for row in range(first, len(values), threads):
            target[row] = values[row]

    if threads == 1 or target.nbytes < _WORTH_THREADS:
        threads = 1
        part(0)
    else:
        list(_threads().map(part, range(threads)))


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, "vidsynth-collate")


def _kind(dtype: np.dtype[Any]) -> torch.dtype:
    return torch.from_numpy(np.empty(0, dtype)).dtype


def _empty(shape: tuple[int, ...], kind: torch.dtype) -> torch.Tensor:
    """Return an unfilled tensor; in a DataLoader's worker in shared memory, where it would be copied to."""
    size = int(np.prod(shape)) * kind.itemsize
    if get_worker_info() is None or not size:
        return torch.empty(shape, dtype=kind)
    storage = torch.UntypedStorage._new_shared(size, device="cpu")
    return torch.empty(0, dtype=kind).set_(storage).view(shape)
