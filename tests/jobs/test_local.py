"""Workers that die, hang, or are told to stop."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from vidsynth import TubeletPairs, load

# A generator whose plan kills or holds up its worker at one video; registered as users register theirs.
PLUGIN = """
import os, signal, sys, time
from vidsynth.generator import register
from vidsynth.generators.tubelets import TubeletPairs, TubeletRecipe
from typing import Literal

class HostileRecipe(TubeletRecipe):
    generator: Literal["hostile"] = "hostile"

@register("hostile", HostileRecipe)
class Hostile(TubeletPairs):
    name = "hostile"

    def plan(self, index):
        plan = super().plan(index)
        for ref in plan.clips:
            self.videos.info(ref.path)
            if "v05" in ref.path:
                {act}
        return plan
"""

RUN = """
from pathlib import Path
from vidsynth import build, source
from hostile import Hostile, HostileRecipe

if __name__ == "__main__":
    pairs = Hostile(source({root!r}), HostileRecipe(), {changes!r})
    build(pairs, {out!r}, workers=2, progress=False, video_timeout={timeout})
"""


@pytest.fixture
def hostile(tmp_path: Path, twelve: Path, small: dict[str, object]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that builds with a generator which does `act` at one video."""
    package = tmp_path / "plugin"
    dist = package / "hostile-1.dist-info"
    dist.mkdir(parents=True)
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile\nVersion: 1\n")
    (dist / "entry_points.txt").write_text("[vidsynth.generators]\nhostile = hostile\n")

    def run(act: str, timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
        (package / "hostile.py").write_text(PLUGIN.format(act=act))
        script = tmp_path / "run.py"
        out = str(tmp_path / "out")
        script.write_text(RUN.format(root=str(twelve), changes=small, out=out, timeout=timeout))
        environment = os.environ | {"PYTHONPATH": str(package)}
        return subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True)

    return run


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "killed the worker that read it, twice (signal SIGSEGV)"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed the worker that read it, twice (signal SIGKILL)"),
        ("os._exit(7)", "killed the worker that read it, twice (exit status 7)"),
    ],
)
def test_a_video_that_kills_its_worker_is_left_out(
    hostile: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, act: str, reason: str
) -> None:
    done = hostile(act)
    assert done.returncode == 0, done.stderr
    failures = pq.read_table(tmp_path / "out/failures.parquet").to_pylist()
    assert {(row["video"], row["stage"], row["reason"]) for row in failures} == {("walking/v05.mp4", "crash", reason)}
    assert len(failures) == 2 and len(load(tmp_path / "out")) == 10


def test_a_video_that_holds_up_its_worker_is_left_out(
    hostile: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    done = hostile("time.sleep(600)", timeout=3)
    assert done.returncode == 0, done.stderr
    failures = pq.read_table(tmp_path / "out/failures.parquet").to_pylist()
    assert {row["video"] for row in failures} == {"walking/v05.mp4"}
    assert {row["reason"] for row in failures} == {"held up a worker for more than 3 s"}
    assert len(load(tmp_path / "out")) == 10


def test_one_death_costs_no_video(hostile: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    mark = str(tmp_path / "died-once")
    act = f"os.path.exists({mark!r}) or (open({mark!r}, 'w').close(), os.kill(os.getpid(), signal.SIGKILL))"
    done = hostile(act)
    assert done.returncode == 0, done.stderr
    assert len(load(tmp_path / "out")) == 12


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_says_how_to_resume_and_leaves_no_process(
    twelve: Path, tmp_path: Path, number: signal.Signals
) -> None:
    out = tmp_path / "out"
    command = [
        sys.executable, "-m", "vidsynth", "tubelets", "--src", str(twelve), "--out", str(out), "--workers", "2",
        "--set", "pairs.per_video=400", "--set", "pairs.videos_per_shard=2",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not any((out / ".vidsynth/crumbs").glob("*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"Resume with:\n  vidsynth run {out}/recipe.yaml --out {out}" in said
    assert "Traceback" not in said, said
    deadline = time.monotonic() + 20
    while _group_lives(process.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _group_lives(process.pid)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def children(process: int) -> list[int]:
    """Return the workers of a build."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(child) for child in listed if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


in_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers in /proc")


@in_proc
def test_a_worker_that_dies_before_its_first_task_costs_nothing(
    twelve: Path, tmp_path: Path, make_pairs: Callable[..., TubeletPairs]
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(make_pairs(twelve).recipe.to_yaml())
    command = ["tubelets", "--src", str(twelve), "--recipe", str(recipe), "--out", str(tmp_path / "out")]
    build = subprocess.Popen(
        [sys.executable, "-m", "vidsynth", *command, "--workers", "1"], stderr=subprocess.PIPE, text=True
    )
    killed = False
    while not killed and build.poll() is None:
        for child in children(build.pid):
            os.kill(child, signal.SIGKILL)
            killed = True
    _, said = build.communicate(timeout=120)
    assert build.returncode == 0 and killed, said
    assert len(load(tmp_path / "out")) == 12


SLEEPY = """
import os, signal, sys, time
from dataclasses import dataclass, field
from pathlib import Path
from vidsynth.jobs.local import execute

@dataclass(frozen=True)
class Task:
    number: int
    seconds: float
    crumb: Path
    refused: dict = field(default_factory=dict)
    title = "a task"

def work(task):
    time.sleep(task.seconds)
    if task.number < 0:
        raise LookupError(f"no {task.number}")
    return task.number, bytes(1 << 20)

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    tasks = (Task(n, float(sys.argv[2]), folder / str(n)) for n in map(int, sys.argv[3:]))
    for number, _ in execute(work, tasks, 3, 60.0):
        print(number, flush=True)
"""


def sleepy(tmp_path: Path, seconds: float, numbers: Iterable[int], script: str = SLEEPY) -> subprocess.Popen[str]:
    (tmp_path / "sleepy.py").write_text(script)
    command = [sys.executable, tmp_path / "sleepy.py", tmp_path, str(seconds), *map(str, numbers)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@in_proc
def test_workers_killed_at_any_moment_cost_no_task(tmp_path: Path) -> None:
    moments = random.Random(5)
    done = []
    with sleepy(tmp_path, 0.02, range(60)) as process:
        assert process.stdout is not None and process.stderr is not None
        for number, line in enumerate(process.stdout):
            done.append(int(line))
            if number % 4 == 0:
                time.sleep(moments.uniform(0, 0.1))
                with contextlib.suppress(FileNotFoundError, ProcessLookupError, IndexError):  # it ended of itself
                    os.kill(moments.choice(children(process.pid)), signal.SIGKILL)
        assert process.wait(60) == 0, process.stderr.read()
    assert sorted(done) == list(range(60))


def test_what_the_work_raises_is_raised_with_its_place(tmp_path: Path) -> None:
    out, said = sleepy(tmp_path, 0, [1, -2]).communicate(timeout=60)
    assert out in ("1\n", "") and said.rstrip().endswith("LookupError: no -2") and "LookupError: no -2" in said
    assert 'raise LookupError(f"no {task.number}")' in said


def test_workers_that_cannot_start_are_not_started_for_ever(tmp_path: Path) -> None:
    unguarded = SLEEPY.replace('if __name__ == "__main__":', "if True:")
    _, said = sleepy(tmp_path, 0, range(3), unguarded).communicate(timeout=120)
    assert "BuildError: 5 workers died as they started (exit status 1); a script that builds with workers needs" in said
