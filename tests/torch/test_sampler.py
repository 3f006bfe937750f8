"""The resumable sampler: orders, ranks, and states."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from vidsynth.rng import Permutation
from vidsynth.torch import ResumableSampler


def ranks(length: int, world: int, **options: object) -> list[ResumableSampler]:
    return [ResumableSampler(length, rank=rank, world_size=world, **options) for rank in range(world)]  # type: ignore[arg-type]


def test_the_order_is_the_keyed_permutation_of_seed_and_epoch() -> None:
    sampler = ResumableSampler(100, seed=3)
    first = list(sampler)
    assert first == Permutation(3, "epoch/0", 100).array().tolist() == list(sampler)
    sampler.set_epoch(1)
    assert sorted(sampler) == sorted(first) == list(range(100)) and list(sampler) != first
    assert list(ResumableSampler(100, seed=4)) != first
    assert list(ResumableSampler(100, shuffle=False)) == list(range(100))


def test_long_orders_are_permuted_piece_by_piece() -> None:
    for world in (1, 3):
        parts = [list(sampler) for sampler in ranks(100_000, world, tail="keep")]
        together = np.empty(100_000, int)
        for rank, part in enumerate(parts):
            together[rank::world] = part
        assert (together == Permutation(0, "epoch/0", 100_000).array()).all()


@settings(deadline=None)
@given(length=st.integers(0, 60), world=st.integers(1, 7), shuffle=st.booleans())
def test_ranks_share_an_epoch(length: int, world: int, shuffle: bool) -> None:
    for tail in ("pad", "drop", "keep"):
        samplers = ranks(length, world, tail=tail, shuffle=shuffle)
        parts = [list(sampler) for sampler in samplers]
        assert [len(part) for part in parts] == [len(sampler) for sampler in samplers]
        everything = sorted(index for part in parts for index in part)
        if tail == "keep":
            assert everything == list(range(length))
        else:
            assert len({len(part) for part in parts}) == 1
        if tail == "pad":
            assert len(everything) == -(-length // world) * world and set(everything) == set(range(length))
        if tail == "drop":
            assert len(everything) == len(set(everything)) == length - length % world


@settings(deadline=None, max_examples=200)
@given(
    length=st.integers(1, 80),
    worlds=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    data=st.data(),
)
def test_every_remaining_sample_comes_once_with_other_numbers_of_ranks(
    length: int, worlds: list[int], data: st.DataObject
) -> None:
    seen: list[int] = []
    state = ResumableSampler(length, seed=5).state_dict(taken=0)
    for last, world in enumerate(worlds, 1):
        samplers = ranks(length, world, tail="keep")
        for sampler in samplers:
            sampler.load_state_dict(json.loads(json.dumps(state)))
        part = st.integers(0, max(0, len(samplers[-1]) - 1))
        taken = data.draw(part) if last < len(worlds) else length
        for sampler in samplers:
            seen += list(sampler)[:taken]
        states = [sampler.state_dict(taken=taken) for sampler in samplers]
        assert all(state == states[0] for state in states)
        state = states[0]
    assert sorted(seen) == list(range(length))
    assert state == {"seed": 5, "shuffle": True, "length": length, "epoch": 1, "used": 0}


def test_set_epoch_to_the_loaded_epoch_goes_on_where_it_was() -> None:
    sampler = ResumableSampler(10, shuffle=False)
    sampler.load_state_dict({"seed": 0, "shuffle": False, "length": 10, "epoch": 2, "used": 7})
    sampler.set_epoch(2)
    assert list(sampler) == [7, 8, 9] and len(sampler) == 3
    sampler.set_epoch(3)
    assert list(sampler) == list(range(10))


def test_without_a_count_the_state_is_what_was_handed_out() -> None:
    sampler = ResumableSampler(10, shuffle=False)
    indices = iter(sampler)
    assert [next(indices) for _ in range(4)] == [0, 1, 2, 3]
    again = ResumableSampler(10)
    again.load_state_dict(sampler.state_dict())
    assert list(again) == [4, 5, 6, 7, 8, 9]
    assert again.state_dict()["epoch"] == 1


def test_wrong_arguments_and_states_are_named() -> None:
    with pytest.raises(ValueError, match=r"rank 2 is outside 0 to 1 \(world_size 2\)"):
        ResumableSampler(10, rank=2, world_size=2)
    with pytest.raises(ValueError, match="tail must be pad, drop or keep, not 'last'"):
        ResumableSampler(10, tail="last")  # type: ignore[arg-type]
    sampler = ResumableSampler(10)
    with pytest.raises(ValueError, match="saved over 11 samples, this data has 10"):
        sampler.load_state_dict(ResumableSampler(11).state_dict())
    with pytest.raises(ValueError, match="it has no epoch, length"):
        sampler.load_state_dict({"seed": 1, "shuffle": True, "used": 0})


@pytest.mark.filterwarnings("ignore:'set_vital' is deprecated")  # torchdata's
@pytest.mark.parametrize("workers", [0, 2])
def test_a_stateful_dataloader_takes_it_up(workers: int) -> None:
    stateful = pytest.importorskip("torchdata.stateful_dataloader")

    def loader() -> DataLoader[int]:
        data = list(range(50))
        return stateful.StatefulDataLoader(data, 4, sampler=ResumableSampler(data, seed=1), num_workers=workers)  # type: ignore[no-any-return]

    one = loader()
    batches = iter(one)
    seen = [index for _ in range(5) for index in next(batches).tolist()]
    state = one.state_dict()  # type: ignore[attr-defined]
    del batches
    two = loader()
    two.load_state_dict(state)  # type: ignore[attr-defined]
    seen += [index for batch in two for index in batch.tolist()]
    assert sorted(seen) == list(range(50))
    assert sorted(index for batch in two for index in batch.tolist()) == list(range(50))
