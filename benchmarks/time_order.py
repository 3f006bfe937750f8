"""Time-order videos of 30 frames at 224 x 224: drawn, encoded and written on one core, and audited."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from vidsynth import build, source
from vidsynth.benchmark.time_order import audit
from vidsynth.generators.time_order import TimeOrder
from vidsynth.jobs.task import prepare_process
from vidsynth.payload import encode

PAIRS = 60


def measure() -> dict[str, float]:
    """Return CPU milliseconds a video (a sample has two: its own and the control's), and videos a minute."""
    prepare_process()
    bench = TimeOrder(source("none"), "time-order", {"pairs": PAIRS})
    samples = [bench[index] for index in range(12)]  # the masks are made, and kept
    videos = 2 * len(samples)
    started = time.process_time()
    for index in range(len(samples)):
        bench.render(bench.plan(index), [])
    drawn = time.process_time()
    for sample in samples:
        for column in ("video", "control_video"):
            encode(sample[column], bench.recipe.payload)
    encoded = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        build(bench, Path(folder) / "bench", workers=0, progress=False)
        built = time.process_time()
        audit(Path(folder) / "bench")
        audited = time.process_time()
    all_videos = 2 * len(bench)
    return {
        "draw_ms": 1e3 * (drawn - started) / videos,
        "encode_ms": 1e3 * (encoded - drawn) / videos,
        "written_ms": 1e3 * (built - encoded) / all_videos,
        "videos_a_minute": 60 * all_videos / (built - encoded),
        "audit_ms": 1e3 * (audited - built) / len(bench),
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<18}{value:.4g}")
