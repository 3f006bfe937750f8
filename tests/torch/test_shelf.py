"""Memory that workers use again: as few pieces as batches are alive, and no batch that is alive is written over."""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import ConcatDataset, Dataset, default_collate

from vidsynth import load
from vidsynth.torch import Loader, ResumableSampler, Samples, ShardDataset, collate

CONTEXTS = ["fork", "spawn"]


def ordered(data: Any, batch_size: int, **options: Any) -> Loader:
    return Loader(data, batch_size, sampler=ResumableSampler(data, shuffle=False), **options)


def pieces(loader: Loader) -> int:
    assert loader._loop is not None
    return len(loader._loop.mapped)


def check(batch: dict[str, Any], shards: Any) -> None:
    for row, index in enumerate(batch["index"].tolist()):
        for name in ("clip1", "clip2", "boxes"):
            assert (batch[name][row].numpy() == shards[index][name]).all()


@pytest.mark.parametrize("context", CONTEXTS)
def test_memory_is_used_again_and_batches_are_right(built: Path, context: str) -> None:
    shards = load(built)
    loader = ordered(ShardDataset(built), 2, num_workers=2, multiprocessing_context=context, persistent_workers=True)
    for _ in range(3):
        seen = []
        for batch in loader:
            check(batch, shards)
            seen += batch["index"].tolist()
        assert seen == list(range(48))
    # Two workers, each with two batches asked for ahead, one at hand and one on its way: not 72.
    assert pieces(loader) <= 8


def test_a_batch_that_is_kept_stays_as_it_is(built: Path) -> None:
    shards = load(built)
    loader = ordered(ShardDataset(built), 4, num_workers=1, persistent_workers=True)
    kept = list(loader)
    again = list(loader)  # the worker makes every batch anew while the first ones live
    for batch in kept + again:
        check(batch, shards)
    assert pieces(loader) == 24
    one = kept[3]["clip2"][1, 2]  # a view of a view holds the whole piece
    kept.clear(), again.clear()
    before = one.clone()
    for batch in loader:
        check(batch, shards)
    assert torch.equal(one, before)
    assert pieces(loader) == 24


def test_pieces_grow_with_the_batch_and_small_ones_go() -> None:
    data = Growing()
    loader = ordered(data, 1, num_workers=1, prefetch_factor=1)
    most = 0
    for number, batch in enumerate(loader):
        assert batch["x"].shape == (1, 1000 * (number + 1)) and (batch["x"] == number).all()
        most = max(most, pieces(loader))
    assert number == 19 and most <= 5


class Growing(Dataset[dict[str, Any]]):
    def __len__(self) -> int:
        return 20

    def __getitems__(self, numbers: list[int]) -> Samples:
        rows = [{"x": torch.full((1000 * (n + 1),), n).numpy(), "empty": torch.zeros(0, 3).numpy()} for n in numbers]
        return Samples(rows, (), "THWC", {"name": [str(n) for n in numbers]})


def test_layouts_types_and_other_values_travel(built: Path) -> None:
    data = ShardDataset(built, ["index", "key", "clip1", "boxes"], layout="CTHW")
    [one] = ordered(data, 48, num_workers=1)
    [two] = ordered(data, 48)
    assert list(one) == list(two) and one["key"] == two["key"]
    for name in ("index", "clip1", "boxes"):
        assert torch.equal(one[name], two[name]) and one[name].dtype == two[name].dtype
        assert one[name].stride() == two[name].stride()
    one["clip1"].zero_()  # a batch is the loop's own
    assert torch.equal(data[0]["clip1"], two["clip1"][0])


def test_two_iterations_at_once_do_not_meet(built: Path) -> None:
    shards = load(built)
    loader = ordered(ShardDataset(built), 4, num_workers=1)
    first: Iterator[Any] = iter(loader)
    check(next(first), shards)
    second = iter(loader)
    for one, two in zip(first, second, strict=False):
        check(one, shards)
        check(two, shards)
        gc.collect()


def test_what_is_put_together_otherwise_is_right_too(built: Path) -> None:
    data = ShardDataset(built)
    for loader in (
        ordered(ConcatDataset([data, data]), 5, num_workers=1),
        ordered(data, 5, num_workers=1, collate_fn=default_collate),
    ):
        for batch in loader:
            for row, index in enumerate(batch["index"].tolist()):
                assert torch.equal(batch["clip1"][row], data[index]["clip1"])


def test_the_users_own_start_of_a_worker_is_called(built: Path, tmp_path: Path) -> None:
    loader = ordered(ShardDataset(built, ["index"]), 8, num_workers=2, worker_init_fn=Touch(tmp_path))
    assert len(list(loader)) == len(list(loader)) == 6
    assert sorted(file.name for file in tmp_path.iterdir()) == ["0", "1"]


class Touch:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, worker: int) -> None:
        (self.folder / str(worker)).touch()


@pytest.mark.gpu
def test_pinned_batches_are_right_on_the_gpu(built: Path) -> None:
    shards = load(built)
    for batch in ordered(ShardDataset(built), 4, num_workers=2, pin_memory=True):
        assert batch["clip1"].is_pinned()
        check(batch, shards)


def test_here_there_is_no_shelf(built: Path) -> None:
    data = ShardDataset(built)
    assert isinstance(collate(data.__getitems__([0, 1])), dict)
