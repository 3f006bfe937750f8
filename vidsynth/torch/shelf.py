"""Batches that cross from a worker to the training loop in memory that is used again.

A batch that a DataLoader's worker makes lies in shared memory. Fresh memory is paid for page by page, in the
worker and again in the loop, which takes many times as long as copying the pixels. So each worker keeps the pieces
of memory it has made on a shelf, and fills one anew once the loop has let go of every tensor of the batch that lay
in it. As many pieces come to be as there are batches alive at a time; nobody need copy or return a batch.

    worker                                  loop
    take a piece, fill it, send its number  view it: the piece is mapped already
    find the number in the pipe             the last tensor dies: write the number into the pipe
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
import torch

_ALIGNED = 64  # bytes
_NUMBER = 4  # bytes of a piece's number in the pipe


@dataclass(slots=True, eq=False)
class Piece:
    """Shared memory, uint8 [N], on the shelf of one worker.

    known : the loop has mapped it. instead_of : pieces that it replaces, which the loop still maps.
    """

    shelf: Shelf
    number: int
    memory: torch.Tensor
    known: bool = False
    instead_of: tuple[int, ...] = ()


class Shelf:
    """A worker's pieces of memory."""

    def __init__(self, loop: int, worker: int, returned: Connection[Any, Any]) -> None:
        self.loop, self.worker = loop, worker
        self._returned = returned
        self._numbers = itertools.count()
        self._out: dict[int, Piece] = {}
        self._free: list[Piece] = []

    def take(self, arrays: Mapping[str, tuple[tuple[int, ...], torch.dtype]]) -> tuple[Piece, dict[str, torch.Tensor]]:
        """Return a piece that nobody uses, and in it a place for each array, of the shape and type that is asked."""
        begins, size = [], 0
        for shape, kind in arrays.values():
            begins.append(size)
            size += -(-int(np.prod(shape)) * kind.itemsize // _ALIGNED) * _ALIGNED
        piece = self._piece(max(size, _ALIGNED))
        places = {
            name: piece.memory[begin : begin + int(np.prod(shape)) * kind.itemsize].view(kind).view(shape)
            for begin, (name, (shape, kind)) in zip(begins, arrays.items(), strict=True)
        }
        return piece, places

    def _piece(self, size: int) -> Piece:
        while self._returned.poll():
            numbers = os.read(self._returned.fileno(), _NUMBER << 10)
            for at in range(0, len(numbers), _NUMBER):
                self._free.append(self._out.pop(int.from_bytes(numbers[at : at + _NUMBER], "little")))
        too_small = [piece.number for piece in self._free if len(piece.memory) < size]
        self._free = [piece for piece in self._free if len(piece.memory) >= size]
        if self._free:
            piece = self._free.pop()
        else:
            storage = torch.UntypedStorage._new_shared(size, device="cpu")
            piece = Piece(self, next(self._numbers), torch.empty(0, dtype=torch.uint8).set_(storage))
        piece.instead_of = tuple(too_small)
        self._out[piece.number] = piece
        return piece


class Parcel:
    """A batch on its way: what lies in a piece of memory travels as its place there, all else as ever."""

    def __init__(self, piece: Piece, columns: Mapping[str, Any]) -> None:
        self._piece, self._columns = piece, columns

    def __reduce__(self) -> tuple[Any, ...]:
        piece, shelf = self._piece, self._piece.shelf
        address = piece.memory.data_ptr()
        columns = {
            name: _Place(value.data_ptr() - address, value.dtype, tuple(value.shape), value.stride())
            if isinstance(value, torch.Tensor) and value.untyped_storage().data_ptr() == address
            else value
            for name, value in self._columns.items()
        }
        memory = None if piece.known else piece.memory
        piece.known = True
        return _arrived, (shelf.loop, shelf.worker, piece.number, memory, piece.instead_of, columns)


class _Place(NamedTuple):
    """Where a tensor lies in a piece: its first byte, type, shape, and strides in elements."""

    begin: int
    kind: torch.dtype
    shape: tuple[int, ...]
    stride: tuple[int, ...]


# ------------------------------------------------------------------------------ in the worker

_own: Shelf | None = None


def own_shelf() -> Shelf | None:
    """Return this process's shelf, if it is the worker of a `Loader`."""
    return _own


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker runs first: it puts up its shelf, and calls what the user gave."""

    loop: int
    returned: list[Connection[Any, Any]]
    then: Callable[[int], None] | None

    def __call__(self, worker: int) -> None:
        global _own
        _own = Shelf(self.loop, worker, self.returned[worker])
        if self.then is not None:
            self.then(worker)


# ------------------------------------------------------------------------------ in the loop

_loops: WeakValueDictionary[int, Loop] = WeakValueDictionary()
_numbers = itertools.count()


class Loop:
    """The training loop's side of its workers' shelves: the pieces that it has mapped, and the pipes back."""

    def __init__(self, workers: int, then: Callable[[int], None] | None) -> None:
        pipes = [get_context("spawn").Pipe(duplex=False) for _ in range(workers)]
        self.back = [sender for _, sender in pipes]
        self.mapped: dict[tuple[int, int], torch.Tensor] = {}
        number = next(_numbers)
        self.setup = Setup(number, [receiver for receiver, _ in pipes], then)
        _loops[number] = self


class _Lent:
    """A piece while the loop has it: given back when the last tensor in it dies."""

    def __init__(self, loop: Loop, worker: int, number: int) -> None:
        memory = loop.mapped[worker, number]
        self._back = loop.back[worker], number.to_bytes(_NUMBER, "little")
        self._memory = memory  # mapped for as long as it is lent
        self.__array_interface__ = {
            "data": (memory.data_ptr(), False), "shape": (len(memory),), "typestr": "|u1", "version": 3
        }  # fmt: skip

    def __del__(self, write: Callable[[int, bytes], int] = os.write) -> None:
        pipe, number = self._back
        with contextlib.suppress(OSError):  # its worker is gone
            write(pipe.fileno(), number)


def _arrived(
    number: int,
    worker: int,
    piece: int,
    memory: torch.Tensor | None,
    instead_of: tuple[int, ...],
    columns: dict[str, Any],
) -> dict[str, Any]:
    """Return the batch of a parcel. Its tensors keep the piece lent, through numpy, which keeps what it views."""
    loop = _loops[number]
    for old in instead_of:
        del loop.mapped[worker, old]
    if memory is not None:
        loop.mapped[worker, piece] = memory
    flat = torch.from_numpy(np.asarray(_Lent(loop, worker, piece)))
    batch = {}
    for name, value in columns.items():
        if isinstance(value, _Place):
            size = int(np.prod(value.shape)) * value.kind.itemsize
            value = flat[value.begin : value.begin + size].view(value.kind).as_strided(value.shape, value.stride)
        batch[name] = value
    return batch
