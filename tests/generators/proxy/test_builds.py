"""Proxy tasks as generators: plans survive their rows, builds are sound and the same for any number of workers."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from vidsynth.evaluate import Failure, evaluate
from vidsynth.generator import make, recipe_type
from vidsynth.generators.proxy import TASKS, Proxy
from vidsynth.generators.proxy.plan import PLAN_TYPE
from vidsynth.jobs.run import build
from vidsynth.jobs.verify import verify
from vidsynth.recipe import load_values, shipped
from vidsynth.shards.reader import load
from vidsynth.sources import source

SMALL: dict[str, dict[str, Any]] = {
    "arrow-of-time": {"clip.frames": 4, "clip.size": [32, 32]},
    "pace": {"clip.frames": 4, "clip.size": [32, 32], "pace.paces": [1, 2, 3]},
    "clip-order": {"clip.frames": 2, "clip.size": [32, 32], "order.gap": [1, 3]},
    "rotation": {"clip.frames": 4, "clip.size": [32, 32]},
    "instance-pairs": {"clip.frames": 4, "clip.size": [32, 32], "instance.distance_s": [0, 0.2], "clip.strides": [1]},
    "masked-clips": {"clip.frames": 4, "clip.size": [32, 32]},
}


@pytest.fixture(params=SMALL)
def task(request: pytest.FixtureRequest, twelve: Path) -> Proxy:
    changes = SMALL[request.param] | {"per_video": 2, "videos_per_shard": 3, "payload.kind": "raw"}
    return TASKS[request.param](source(twelve), None, changes)


def digest(sample: Mapping[str, Any]) -> str:
    state = hashlib.sha256(repr([(k, v) for k, v in sample.items() if not isinstance(v, np.ndarray)]).encode())
    for value in sample.values():
        if isinstance(value, np.ndarray):
            state.update(np.ascontiguousarray(value).data)
    return state.hexdigest()


def test_every_task_is_known_by_its_name() -> None:
    assert list(TASKS) == ["arrow-of-time", "pace", "clip-order", "rotation", "instance-pairs", "masked-clips"]
    for name, kind in TASKS.items():
        assert recipe_type(name) is kind.recipe_type and name in shipped()


@pytest.mark.parametrize("name", [name for name in shipped() if load_values(name)["generator"] in TASKS])
def test_every_shipped_recipe_plans(name: str, twelve: Path) -> None:
    values = load_values(name)
    recipe = recipe_type(values["generator"]).from_dict(values, name)
    assert len(make(recipe, source(twelve))) == 12


def test_samples_hold_what_the_columns_announce_in_any_order(task: Proxy) -> None:
    forward = list(evaluate(task, range(len(task))))
    assert not any(isinstance(sample, Failure) for sample in forward)
    for index in (7, 0, 23):
        assert digest(task[index]) == digest(forward[index])  # type: ignore[arg-type]
    sample = task[5]
    assert set(sample) == {"index", "key", "plan", "sources", *task.columns}
    for name, column in task.columns.items():
        if isinstance(sample[name], np.ndarray):
            assert sample[name].shape == column.shape and sample[name].dtype == np.uint8
            assert sample[name].flags.c_contiguous


def test_a_plan_survives_its_row(task: Proxy) -> None:
    plan = task.plan(9)
    row = pa.array([plan.to_row()], PLAN_TYPE).to_pylist()[0]
    assert task.plan_from_row({"index": 9, "plan": row}) == plan


def test_another_seed_gives_other_samples(task: Proxy) -> None:
    other = type(task)(task.manifest, task.recipe.with_changes({"seed": 1}))
    assert sum(other.plan(index) != task.plan(index) for index in range(24)) > 20


def test_builds_are_sound_and_previewed(task: Proxy, tmp_path: Path) -> None:
    build(task, tmp_path / "out", workers=0, progress=False)
    shards = load(tmp_path / "out")
    assert len(shards) == 24 and digest(shards[17]) == digest(task[17])
    assert verify(tmp_path / "out", rerender=2) == []
    assert (tmp_path / "out" / "preview.png").stat().st_size > 1000
    card = (tmp_path / "out" / "README.md").read_text()
    assert all(f"`{name}`" in card for name in task.columns)


def test_any_number_of_workers_makes_the_same_bytes(twelve: Path, tmp_path: Path) -> None:
    changes = SMALL["clip-order"] | {"videos_per_shard": 4, "payload.kind": "jpeg"}
    task = TASKS["clip-order"](source(twelve), None, changes)
    found = []
    for workers in (0, 2):
        build(task, tmp_path / str(workers), workers=workers, progress=False)
        found.append([file.read_bytes() for file in sorted((tmp_path / str(workers) / "data").iterdir())])
    assert len(found[0]) == 3 and found[0] == found[1]


def test_plans_do_not_change(twelve: Path) -> None:
    plans = {}
    for name, changes in SMALL.items():
        rows = [TASKS[name](source(twelve), None, changes).plan(index).to_row() for index in range(6)]
        plans[name] = hashlib.sha256(repr(rows).encode()).hexdigest()[:12]
    assert plans == {
        "arrow-of-time": "9f09859e4190", "pace": "aa6f86426f40", "clip-order": "6af539c72fbe",
        "rotation": "f31fae9a0a39", "instance-pairs": "870dec886474", "masked-clips": "ec7aede0e0fc",
    }  # fmt: skip
