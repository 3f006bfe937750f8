"""A DataLoader that can be stopped anywhere and taken up again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch.utils.data import DataLoader, Dataset

from vidsynth.torch.collate import collate
from vidsynth.torch.sampler import ResumableSampler
from vidsynth.torch.shelf import Loop


class Loader(DataLoader[Any]):
    """A `DataLoader` whose state counts the batches that the loop has had, not those asked for ahead.

        loader = Loader(dataset, batch_size=32, num_workers=4)
        if checkpoint:
            loader.load_state_dict(checkpoint["loader"])
        for epoch in range(loader.epoch, 100):
            for batch in loader:
                ...
                save(loader=loader.state_dict())  # the batch at hand counts as done

    After its last batch the sampler is set to the next epoch. Workers use the memory of a batch again when the loop
    has dropped the last of its tensors.

    sampler : default a `ResumableSampler` over the dataset. Other options are those of `DataLoader`, of
        which `shuffle` and `batch_sampler` belong to the sampler.
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        batch_size: int = 1,
        *,
        sampler: ResumableSampler | None = None,
        **options: Any,
    ) -> None:
        for name in ("shuffle", "batch_sampler"):
            if name in options:
                raise ValueError(f"{name}: the order is the sampler's; give sampler=ResumableSampler(dataset, …)")
        self._order = sampler or ResumableSampler(dataset)  # type: ignore[arg-type]
        self._taken = 0
        super().__init__(dataset, batch_size, sampler=self._order, **{"collate_fn": collate} | options)
        self._loop: Loop | None = None
        self._first_in_worker = self.worker_init_fn

    @property
    def epoch(self) -> int:
        """The epoch at hand, or the next if none is begun."""
        return self._order.epoch

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        self._taken = 0
        left = len(self._order)
        if self.num_workers and not (self.persistent_workers and self._loop):  # there will be new workers
            self._loop = Loop(self.num_workers, self._first_in_worker)
            self.worker_init_fn = self._loop.setup
        loop = self._loop  # whoever iterates again over new workers must not take away that of these
        for batch in super().__iter__():
            self._taken = min(self._taken + (self.batch_size or 1), left)
            yield batch
        del loop
        self._order.set_epoch(self._order.epoch + 1)
        self._taken = 0

    def state_dict(self) -> dict[str, Any]:
        """Return a small dict of numbers, the same on all ranks that have had equally many batches."""
        return self._order.state_dict(self._taken)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on after the last batch that the state counts. Raises ValueError for another data set's."""
        self._order.load_state_dict(state)
        self._taken = 0
