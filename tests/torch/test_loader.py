"""Training that is killed and resumed sees every sample of an epoch once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from vidsynth.torch import Loader, ResumableSampler, ShardDataset

# A training loop: it saves its state and what it has seen after every step, and can be slowed down to be killed.
TRAIN = """
import json, os, sys, time
from pathlib import Path
import torch, torch.distributed as dist
from vidsynth.torch import Loader, ResumableSampler, ShardDataset

if __name__ == "__main__":
    shards, state, log, rank, world, workers, batch, pause = sys.argv[1:]
    rank, world = int(rank), int(world)
    if world > 1:
        dist.init_process_group("gloo", init_method=f"file://{log}.rendezvous", rank=rank, world_size=world)
    data = ShardDataset(shards, ["index"])
    options = {"multiprocessing_context": "spawn"} if int(workers) == 1 else {}
    sampler = ResumableSampler(data, seed=7, tail="keep")
    loader = Loader(data, int(batch), sampler=sampler, num_workers=int(workers), **options)
    if os.path.exists(state):
        loader.load_state_dict(json.loads(Path(state).read_text()))
    seen = Path(f"{log}.{rank}")
    for step, samples in enumerate(loader):
        if world > 1:
            dist.barrier()  # ranks train in step
        with seen.open("a") as out:
            out.write(json.dumps(samples["index"].tolist()) + "\\n")
        if world > 1:
            dist.barrier()
        if rank == 0:
            Path(state + ".new").write_text(json.dumps({**loader.state_dict(), "steps": step + 1}))
            os.replace(state + ".new", state)
        time.sleep(float(pause))
    print("done", loader.epoch)
"""


def train(
    folder: Path, shards: Path, run: int, *, world: int, workers: int, batch: int, pause: float
) -> list[subprocess.Popen[str]]:
    script = folder / "train.py"
    script.write_text(TRAIN)
    return [
        subprocess.Popen(
            [sys.executable, script, shards, folder / "state", folder / f"seen{run}"]
            + [str(number) for number in (rank, world, workers, batch, pause)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        for rank in range(world)
    ]


def seen_until(folder: Path, run: int, steps: int | None) -> list[int]:
    return [
        index
        for file in folder.glob(f"seen{run}.[0-9]")
        for line in file.read_text().splitlines()[:steps]
        for index in json.loads(line)
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"world": 1, "workers": 2, "batch": 2}, {"world": 2, "workers": 0, "batch": 3}),
        ({"world": 2, "workers": 0, "batch": 2}, {"world": 1, "workers": 1, "batch": 5}),
    ],
)
def test_killed_and_resumed_with_other_ranks_and_workers(
    built: Path, tmp_path: Path, first: dict[str, int], second: dict[str, int]
) -> None:
    running = train(tmp_path, built, 1, **first, pause=0.2)
    state = tmp_path / "state"
    while not state.exists() or json.loads(state.read_text())["steps"] < 3:
        assert all(process.poll() is None for process in running), [process.communicate() for process in running]
        time.sleep(0.01)
    for process in running:
        os.killpg(process.pid, signal.SIGKILL)
    for process in running:
        process.communicate()
    kept = json.loads(state.read_text())
    before = seen_until(tmp_path, 1, kept["steps"])
    assert len(before) == kept["used"] < 48

    done = [process.communicate() for process in train(tmp_path, built, 2, **second, pause=0)]
    assert all(out == "done 1\n" for out, _ in done), done
    after = seen_until(tmp_path, 2, None)
    assert sorted(before + after) == list(range(48))


@pytest.mark.parametrize("workers", [0, 2])
def test_the_state_counts_what_the_loop_had(built: Path, workers: int) -> None:
    loader = Loader(ShardDataset(built, ["index"]), 5, num_workers=workers)
    seen = []
    for number, batch in enumerate(loader):
        seen += batch["index"].tolist()
        if number == 3:
            break
    state = loader.state_dict()
    assert state["used"] == 20
    again = Loader(ShardDataset(built, ["index"]), 7, num_workers=2 - workers)
    again.load_state_dict(state)
    assert len(again) == 4
    seen += [index for batch in again for index in batch["index"].tolist()]
    assert sorted(seen) == list(range(48)) and again.epoch == 1
    assert again.state_dict() == {**state, "epoch": 1, "used": 0}
    assert len(again) == 7 and len(list(again)) == 7 and again.epoch == 2


def test_epochs_differ_and_a_state_at_the_end_begins_the_next() -> None:
    data = torch.utils.data.TensorDataset(torch.arange(30))
    loader = Loader(data, 10, sampler=ResumableSampler(data, seed=2))
    epochs = [[index for (batch,) in loader for index in batch.tolist()] for _ in range(2)]
    assert sorted(epochs[0]) == sorted(epochs[1]) and epochs[0] != epochs[1]
    again = Loader(data, 10)
    for (_,) in again:
        state = again.state_dict()
    assert state["epoch"] == 1 and state["used"] == 0


def test_the_order_belongs_to_the_sampler() -> None:
    data = torch.utils.data.TensorDataset(torch.arange(3))
    with pytest.raises(ValueError, match="shuffle: the order is the sampler's"):
        Loader(data, shuffle=True)
