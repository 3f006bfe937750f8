"""The Ray engine on a real cluster of two nodes on this machine, one of which is lost in the middle of a build."""

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from vidsynth import TubeletPairs, build, load
from vidsynth.errors import MissingDependency, RecipeError
from vidsynth.jobs.engines import engine

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")

# Imported by every worker as it starts: makes one video slow, or deadly, to open.
HOSTILE = """
import os, signal, sys, time

def _install():
    import vidsynth.video.index as index
    known = index.VideoIndex.known
    def hostile(self, path):
        found = known(self, path)
        if path.endswith("v05.mp4"):
            {v05}
        if path.endswith("v07.mp4"):
            {v07}
        time.sleep({delay})
        return found
    index.VideoIndex.known = hostile

class _Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "vidsynth.jobs.task":
            sys.meta_path.remove(self)
            _install()
        return None

sys.meta_path.insert(0, _Finder())
"""


def environment(tmp_path: Path, v05: str = "pass", v07: str = "pass", delay: float = 0.0) -> dict[str, str]:
    place = tmp_path / "hostile"
    place.mkdir()
    (place / "sitecustomize.py").write_text(HOSTILE.format(v05=v05, v07=v07, delay=delay))
    return os.environ | {
        "PYTHONPATH": str(place),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_TMPDIR": "/tmp/vs-ray",  # a socket's path may be 107 bytes long
        "RAY_health_check_period_ms": "500",
        "RAY_health_check_initial_delay_ms": "500",
    }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def ray_node(environ: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    """Start a node that lives as long as the process, which leads a group of its own."""
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", "--num-gpus=0"]
    command += ["--node-ip-address=127.0.0.1", "--object-store-memory=80000000", "--disable-usage-stats", *arguments]
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """Kill a node with everything that it started, whatever group that is in."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    doomed = [process.pid]
    for pid in doomed:
        doomed += children.get(pid, [])
    for pid in doomed:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def two_nodes(environ: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A cluster of two nodes with a core each: its address, and the node that is not the head."""
    address = f"127.0.0.1:{free_port()}"
    head = ray_node(environ, "--head", f"--port={address.rpartition(':')[2]}", "--include-dashboard=false")
    second = None
    try:
        wait_for(lambda: reachable(address))
        second = ray_node(environ, f"--address={address}")
        yield address, second
    finally:
        if second is not None:
            kill_tree(second)
        kill_tree(head)
        shutil.rmtree("/tmp/vs-ray", ignore_errors=True)


def reachable(address: str) -> bool:
    host, _, port = address.partition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
        return True
    return False


def wait_for(what: Callable[[], object], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.05)


def raylets(node: subprocess.Popen[bytes]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == node.pid and "raylet" in (entry / "cmdline").read_bytes().decode().split("\0")[0]:
                    found.append(int(entry.name))
    return found


def vidsynth_run(
    pairs: TubeletPairs, root: Path, tmp_path: Path, environ: dict[str, str], *more: str
) -> subprocess.Popen[str]:
    place = tmp_path / "asked"
    place.mkdir()
    pairs.manifest.write(place / "videos.parquet")
    (place / "recipe.yaml").write_text(pairs.recipe.to_yaml())
    command = [sys.executable, "-m", "vidsynth", "run", str(place / "recipe.yaml"), "--out", str(tmp_path / "out")]
    command += ["--src", str(place / "videos.parquet"), "--root", str(root), "--engine", "ray", *more]
    return subprocess.Popen(command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def data(out: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((out / "data").iterdir())}


@needs_ray
@pytest.mark.slow
def test_a_cluster_that_loses_a_node_leaves_the_bytes_of_a_local_build(
    pairs: TubeletPairs, twelve: Path, tmp_path: Path
) -> None:
    pairs = TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"pairs.videos_per_shard": 2}))
    build(pairs, tmp_path / "whole", workers=0, progress=False)
    environ = environment(tmp_path, delay=0.4)
    with two_nodes(environ) as (address, second):
        wait_for(lambda: raylets(second))
        command = vidsynth_run(pairs, twelve, tmp_path, environ, "--ray-address", address)
        done = tmp_path / "out/.vidsynth/done"
        wait_for(lambda: command.poll() is not None or (done.exists() and len(list(done.iterdir())) >= 2))
        assert command.poll() is None, command.communicate()
        (raylet,) = raylets(second)
        os.kill(raylet, signal.SIGKILL)
        said, wrong = command.communicate(timeout=120)
        assert command.returncode == 0, wrong
    assert "12 samples in 6 shards" in said and "Traceback" not in wrong
    assert data(tmp_path / "out") == data(tmp_path / "whole")


@needs_ray
@pytest.mark.slow
def test_a_video_that_kills_or_holds_up_rays_workers_is_left_out(
    pairs: TubeletPairs, twelve: Path, tmp_path: Path
) -> None:
    environ = environment(tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)", "time.sleep(1000)")
    # No address: a cluster of this machine alone.
    command = vidsynth_run(pairs, twelve, tmp_path, environ, "--workers", "2", "--video-timeout", "8")
    _, wrong = command.communicate(timeout=150)
    assert command.returncode == 0 and "Traceback" not in wrong, wrong
    out = tmp_path / "out"
    failures = pq.read_table(out / "failures.parquet").to_pylist()
    assert {(row["video"][-7:], row["reason"]) for row in failures} == {
        ("v05.mp4", "killed the worker that read it, twice (WorkerCrashedError)"),
        ("v07.mp4", "held up a worker for more than 8 s"),
    }
    assert len(load(out)) == 12 - len(failures) and 2 <= len(failures) <= 4
    assert not any((out / ".vidsynth/tmp").iterdir())


@needs_ray
def test_no_cluster_at_the_address_is_one_line(pairs: TubeletPairs, twelve: Path, tmp_path: Path) -> None:
    command = vidsynth_run(pairs, twelve, tmp_path, dict(os.environ), "--ray-address", f"127.0.0.1:{free_port()}")
    said, wrong = command.communicate(timeout=120)
    assert command.returncode == 1 and said == ""
    assert re.search(
        r"^vidsynth: no Ray cluster at 127\.0\.0\.1:\d+: .+\nWhat is finished is kept", wrong, re.MULTILINE
    ), wrong
    assert "Traceback" not in wrong


def test_an_unknown_engine_and_ray_without_ray_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecipeError, match="no engine 'rays'; did you mean 'ray'"):
        engine("rays")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingDependency, match=r"pip install 'vidsynth\[ray\]'"):
        engine("ray")
