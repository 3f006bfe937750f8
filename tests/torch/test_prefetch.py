"""Batches on a device: all of them, in order, transformed once."""

import pytest
import torch

from vidsynth.torch import PackedTubelets, on_device

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


def batches() -> list[dict[str, object]]:
    packed = PackedTubelets.pack([[]], (1, 4, 4))
    return [{"x": torch.full((3,), n), "both": [torch.ones(2), (packed, "name")], "n": n} for n in range(5)]


@pytest.mark.parametrize("device", DEVICES)
def test_batches_arrive_in_order(device: str) -> None:
    got = list(on_device(batches(), device))
    assert [batch["n"] for batch in got] == [0, 1, 2, 3, 4]
    for n, batch in enumerate(got):
        assert batch["x"].device.type == device and batch["x"].tolist() == [n] * 3
        first, (packed, name) = batch["both"]
        assert first.device.type == packed.device.type == device and name == "name"


@pytest.mark.parametrize("device", DEVICES)
def test_each_is_transformed_once(device: str) -> None:
    asked = []

    def double(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        asked.append(int(batch["x"][0]))
        return {"x": batch["x"] * 2}

    got = [batch["x"].tolist() for batch in on_device(batches(), device, double)]
    assert got == [[2 * n] * 3 for n in range(5)] and asked == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("device", DEVICES)
def test_no_batches_are_no_batches(device: str) -> None:
    assert list(on_device([], device)) == []


@pytest.mark.gpu
def test_a_batch_is_not_overwritten_while_the_loop_uses_it() -> None:
    wanted = [torch.full((1 << 22,), n, dtype=torch.uint8) for n in range(20)]
    for n, batch in enumerate(on_device(wanted, "cuda")):
        for _ in range(20):
            total = batch.long().sum()
        assert total.item() == n * (1 << 22)
