"""The order of training: a keyed permutation a epoch, dealt to ranks, that can be left and taken up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sized
from typing import Any, Literal

import numpy as np
import torch.distributed
from torch.utils.data import Sampler

from vidsynth.rng import Permutation

Tail = Literal["pad", "drop", "keep"]
_CHUNK = 1 << 14  # positions permuted at a time


class ResumableSampler(Sampler[int]):
    """Indices in an order that is a function of (seed, epoch), from any place in it on.

    The order is one sequence for all ranks; rank r of w takes its positions r, r + w, r + 2w, … A state
    counts how much of the sequence is used up, so that training may go on with another number of ranks or
    of workers: what remains is dealt anew, each sample once.

    Parameters
    ----------
    data : what is sampled, or how many samples it has.
    seed : of the order. shuffle : False keeps 0, 1, 2, …
    rank, world_size : default to those of `torch.distributed`, where it is initialised.
    tail : what happens when the ranks cannot have equally many. `pad` gives some the epoch's first
        samples again, as `DistributedSampler` does; `drop` leaves the last few out; `keep` gives each
        sample to exactly one rank, some of which then have one less.

    epoch : which permutation it is; `set_epoch` moves on.
    """

    def __init__(
        self,
        data: Sized | int,
        *,
        seed: int = 0,
        shuffle: bool = True,
        rank: int | None = None,
        world_size: int | None = None,
        tail: Tail = "pad",
    ) -> None:
        distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
        if world_size is None:
            world_size = torch.distributed.get_world_size() if distributed else 1
        if rank is None:
            rank = torch.distributed.get_rank() if distributed else 0
        if not 0 <= rank < world_size:
            raise ValueError(f"rank {rank} is outside 0 to {world_size - 1} (world_size {world_size})")
        if tail not in ("pad", "drop", "keep"):
            raise ValueError(f"tail must be pad, drop or keep, not {tail!r}")
        self.rank, self.world_size, self.tail = rank, world_size, tail
        self.seed, self.shuffle = seed, shuffle
        self.epoch = 0
        self._length = data if isinstance(data, int) else len(data)
        self._start = 0  # how many positions of this epoch were used up before the present iteration
        self._handed_out = 0
        self._finished = False

    def __len__(self) -> int:
        """Return how many indices this rank has left, counted from where iteration begins."""
        left, world = self._length - self._start, self.world_size
        if self.tail == "drop":
            return left // world
        return -(-(left if self.tail == "pad" else left - self.rank) // world)

    def __iter__(self) -> Iterator[int]:
        if self._finished:
            self._start, self._finished = 0, False
        self._handed_out = 0
        order = Permutation(self.seed, f"epoch/{self.epoch}", self._length)
        first, count = self._start + self.rank, len(self)
        for begin in range(0, count, _CHUNK):
            turns = np.arange(begin, min(begin + _CHUNK, count))
            positions = (first + turns * self.world_size) % self._length  # padding begins the epoch again
            for item in (order.take(positions) if self.shuffle else positions).tolist():
                self._handed_out += 1
                yield item
        self._finished = True

    def set_epoch(self, epoch: int) -> None:
        """Begin an epoch; the one at hand goes on from where it was loaded.

        As with PyTorch's samplers, iterating again without it gives the same epoch again, in full.
        """
        if epoch != self.epoch:
            self.epoch, self._start, self._handed_out, self._finished = epoch, 0, 0, False

    def state_dict(self, taken: int | None = None) -> dict[str, Any]:
        """Return what `load_state_dict` needs.

        taken : how many samples of this epoch this rank's loop has had since it began to iterate. Without
            it, those that the sampler has handed out: right for `StatefulDataLoader` and without workers;
            a plain `DataLoader` with workers asks ahead of training (use `Loader`, which counts).
        """
        left = self._length - self._start
        dealt = left - left % self.world_size if self.tail == "drop" else left
        used = (self._handed_out if taken is None else taken) * self.world_size
        over = used >= dealt
        return {
            "seed": self.seed,
            "shuffle": self.shuffle,
            "length": self._length,
            "epoch": self.epoch + over,
            "used": 0 if over else self._start + used,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, whatever the number of ranks it was saved with. Raises ValueError."""
        missing = {"seed", "shuffle", "length", "epoch", "used"} - set(state)
        if missing:
            raise ValueError(f"not a state of this sampler: it has no {', '.join(sorted(missing))}")
        if state["length"] != self._length:
            raise ValueError(
                f"the state was saved over {state['length']} samples, this data has {self._length}: "
                "load the same data, or start a new epoch with set_epoch"
            )
        self.seed, self.shuffle, self.epoch = state["seed"], state["shuffle"], state["epoch"]
        self._start, self._handed_out, self._finished = state["used"], 0, False
