"""The whole job (H.264 340x256, ten seconds, jpeg payload) against decoding every frame once with PyAV.

The peer decodes every frame of the same videos, single-threaded, and touches no pixel. CPU time is of
all processes; the job's includes starting its worker, so that it is given enough videos to amortise that.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
from videos import ten_second_videos

VIDEOS = 480

_BUILD = """
import json, resource, sys, time
from vidsynth import TubeletPairs, build, source

if __name__ == "__main__":
    started = time.perf_counter()
    build(TubeletPairs(source(sys.argv[1])), sys.argv[2], workers=int(sys.argv[3]), progress=False)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "wall": time.perf_counter() - started,
        "cpu": children.ru_utime + children.ru_stime + own.ru_utime + own.ru_stime,
        "worker_mb": children.ru_maxrss / 1024,
    }))
"""


def measure() -> dict[str, float]:
    """Return seconds of CPU and wall time, their ratios, and the largest worker's peak memory (MB)."""
    root = ten_second_videos(VIDEOS)
    build(root, 1)  # compile, and fill the index of videos: probing is once a data set, not once a build
    bare = min(bare_decode_cpu(root) for _ in range(2))
    one, two = (min((build(root, workers) for _ in range(2)), key=lambda run: run["wall"]) for workers in (1, 2))
    return {
        "bare_decode_cpu_s": bare,
        "job_cpu_s": one["cpu"],
        "job_to_bare": one["cpu"] / bare,
        "one_worker_s": one["wall"],
        "two_workers_s": two["wall"],
        "speedup": one["wall"] / two["wall"],
        "worker_mb": max(one["worker_mb"], two["worker_mb"]),
    }


def build(root: Path, workers: int) -> dict[str, float]:
    """Build the folder's pairs in a fresh process; return what it took."""
    with tempfile.TemporaryDirectory() as out:
        script = Path(out) / "build.py"
        script.write_text(_BUILD)
        done = subprocess.run(
            [sys.executable, str(script), str(root), str(Path(out) / "shards"), str(workers)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    result: dict[str, float] = json.loads(done.stdout)
    return result


def bare_decode_cpu(root: Path) -> float:
    """Decode every frame of every video, touching none; return seconds of CPU time."""
    started = time.process_time()
    for path in sorted(root.rglob("*.mp4")):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            stream.codec_context.thread_type = "NONE"
            for _ in container.decode(stream):
                pass
    return time.process_time() - started


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<20}{value:.3g}")
    print("peak of this process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "MB")
