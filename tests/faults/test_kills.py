"""SIGKILL, of a worker, of the parent, of both, at any moment: what is resumed is what was never disturbed."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vidsynth import load, verify

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks, and finds workers in /proc")

CLIP = {"frames": 2, "size": [32, 32]}
TUBELETS = {
    "generator": "tubelets",
    "clip": CLIP,
    "tubelets": {"box_scales": [8, 12], "amplitude": [6, 24]},
    "pairs": {"videos_per_shard": 2},
}
RECIPES: dict[str, dict[str, Any]] = {
    **{kind: TUBELETS | {"payload": {"kind": kind}} for kind in ("raw", "jpeg", "h264", "lossless", "none")},
    "lowlight": {"generator": "lowlight", "clip": CLIP, "videos_per_shard": 2},
    "darkness": {"generator": "darkness", "rows_per_shard": 2},
}


class Nursery:
    """The process that runs builds and kills them, and the folders that they build into."""

    def __init__(self, place: Path, root: Path) -> None:
        self.place, self.root = place, root
        command = [sys.executable, str(Path(__file__).parent / "nursery.py")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, name: str, kind: str, **order: Any) -> dict[str, Any]:
        """Build a recipe into a folder, or go on building there."""
        place = {"out": str(self.place / name / "out"), "cache": str(self.place / name / "cache")}
        recipe = {"recipe": RECIPES[kind], "root": str(self.root), "workers": 2} if kind != "demo" else {"demo": True}
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(place | recipe | order) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory, make_video: Any) -> Iterator[Nursery]:
    place = tmp_path_factory.mktemp("kills")
    for number in range(6):
        (place / "videos").mkdir(exist_ok=True)
        make_video(place / f"videos/v{number}.mp4", frames=5 + number, size=(32, 40))
    found = Nursery(place, place / "videos")
    yield found
    found.process.communicate(timeout=30)
    assert found.process.returncode == 0


def build_of(out: Path) -> dict[str, Any]:
    """Return every file of a build, without the seconds that its shards took (and the checksum of those)."""
    files = {file.relative_to(out).as_posix(): file for file in out.rglob("*") if file.is_file()}
    found: dict[str, Any] = {name: file.read_bytes() for name, file in files.items()}
    del found[".vidsynth/lock"], found[".vidsynth/sha256sums"], found[".vidsynth/status.json"]
    for name in found:
        if name.endswith(".json"):
            found[name] = without_seconds(json.loads(found[name]))
    return found


def without_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_seconds(item) for key, item in value.items() if key != "seconds"}
    return [without_seconds(item) for item in value] if isinstance(value, list) else value


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_killed_builds_resume_to_the_same_bytes(nursery: Nursery, pytestconfig: pytest.Config) -> None:
    kills = pytestconfig.getoption("--kills", default=24)
    moments = random.Random(8)
    kinds = list(RECIPES)
    whole: dict[str, tuple[dict[str, Any], set[str], dict[str, Any]]] = {}
    landed: dict[str, int] = {}
    number = done = 0
    while done < kills:
        kind, who = kinds[number % len(kinds)], ("worker", "parent", "group")[number // len(kinds) % 3]
        number += 1
        if kind not in whole:
            assert nursery.run(f"warm-{kind}", kind, warm=True)["status"] == 0
            steps = nursery.run(f"whole-{kind}", kind)
            assert steps["status"] == 0
            place = nursery.place / f"whole-{kind}"
            assert verify(place / "out") == []
            whole[kind] = build_of(place / "out"), names(place), steps
        undisturbed, left, steps = whole[kind]
        # Two of three at a step, early or late or in closing; one of three at any time.
        most = steps["worker_steps" if who == "worker" else "steps"]
        at = {"step": moments.randint(1, most)} if number % 3 else {"delay": moments.uniform(0, 0.25)}
        answer = nursery.run("killed", kind, who=who, hurry=who == "parent", **at)
        said = f"{kind}, {who} killed at {at}: {answer}"
        place = nursery.place / "killed"
        if answer["killed"]:
            done += 1
            landed[f"{who}, {next(iter(at))}"] = landed.get(f"{who}, {next(iter(at))}", 0) + 1
            for name, data in build_of_half(place / "out").items():
                assert data == undisturbed[name], said  # whole, or not there
        if answer["status"] != 0:
            assert answer["killed"], said
            assert nursery.run("killed", kind)["status"] == 0, said
        assert build_of(place / "out") == undisturbed, said
        assert names(place) <= left, said  # the index of videos is a cache: a kill may cost it
        assert verify(place / "out") == [], said
        indices = [sample["index"] for sample in load(place / "out", columns=["index"])]
        assert indices == list(range(6)), said
        shutil.rmtree(place)
    print(f"\n{done} of {number} builds were killed: {landed}")


def build_of_half(out: Path) -> dict[str, bytes]:
    """Return the shards that have their names."""
    return {file.relative_to(out).as_posix(): file.read_bytes() for file in (out / "data").glob("*")}


def test_a_killed_demo_leaves_no_half_video(nursery: Nursery) -> None:
    steps = nursery.run("demo", "demo")["steps"]
    left = names(nursery.place / "demo")
    for step in range(1, steps + 1):
        assert nursery.run("killed-demo", "demo", who="parent", step=step)["killed"]
        assert nursery.run("killed-demo", "demo")["status"] == 0
        assert names(nursery.place / "killed-demo") == left
        shutil.rmtree(nursery.place / "killed-demo")
