"""What large builds cost, from measured rates and a simulated schedule: `python benchmarks/schedule.py` prints a table.

The rates are those of `results/`: of `job` (a core's videos a second, a worker's memory), `index` (videos probed a
second) and `scale` (bytes of a sample, and what planning and finishing take). The schedule hands shards to cores as a
Slurm array of slices does: slice i has the shards k with k mod n = i - 1, and inside a slice a core that is free takes
the next. Videos differ in length as ten seconds on average with a standard deviation of five.
"""

from __future__ import annotations

import heapq
import json
from pathlib import Path
from typing import Any, NamedTuple

import job

from vidsynth.jobs.slices import Slice
from vidsynth.report.amounts import duration_text, size_text
from vidsynth.rng import stream

RESULTS = Path(__file__).parent / "results"
BUILDS = ((240_000, 1, 16), (240_000, 8, 16), (10_000_000, 8, 16), (10_000_000, 64, 16))
_VIDEOS_A_SHARD = 256  # what the tubelet recipes resolve to for so many videos
_SHAPE = 4.0  # of the gamma distribution of a video's length: its deviation is half its mean
_START_S = 5.0  # to start a machine's workers, and to compile


class Cost(NamedTuple):
    """videos, machines, cores (of each): what is asked. seconds, busy : of the schedule, and the cores' share of it."""

    videos: int
    machines: int
    cores: int
    shards: int
    seconds: float
    busy: float
    output_bytes: float
    memory_bytes: float


def measured() -> dict[str, Any]:
    """Return the newest figures of each part."""
    found: dict[str, Any] = {}
    for file in sorted(RESULTS.glob("*.json")):
        found |= json.loads(file.read_text())
    return found


def cost(videos: int, machines: int, cores: int, figures: dict[str, Any]) -> Cost:
    """Return what a build of one tubelet pair a video takes (112x112, 16 frames, jpeg)."""
    shards = -(-videos // _VIDEOS_A_SHARD)
    second_a_video = figures["job"]["one_worker_s"] / job.VIDEOS
    rng = stream(0, "schedule", videos)
    seconds = rng.gamma(_SHAPE * _VIDEOS_A_SHARD, second_a_video / _SHAPE, shards)
    ends = []
    for number in range(1, machines + 1):
        free = [_START_S] * cores
        for shard in Slice(number, machines).shards(shards):
            heapq.heapreplace(free, free[0] + seconds[shard])
        ends.append(max(free))
    return Cost(
        videos,
        machines,
        cores,
        shards,
        max(ends),
        float(seconds.sum()) / (max(ends) * machines * cores),
        videos * figures["scale"]["sample_bytes"],
        cores * figures["job"]["worker_mb"] * 1e6,
    )


def table() -> str:
    """Return the table of docs/scale.md, in Markdown."""
    figures = measured()
    lines = [
        "| videos | machines x cores | index | build | cores busy | files | requests | output | memory a machine |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for build in BUILDS:
        one = cost(*build, figures)
        index_s = one.videos / figures["index"]["first_10s_per_s"] / one.cores
        cells = [
            f"{one.videos:,}",
            f"{one.machines} x {one.cores}",
            duration_text(index_s),
            duration_text(one.seconds),
            f"{one.busy:.0%}",
            f"{one.shards:,}",
            f"{one.videos + 2 * one.shards:,}",
            size_text(one.output_bytes),
            size_text(one.memory_bytes),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
