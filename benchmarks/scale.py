"""Builds of 10^4 to 10^6 shards, without their pixels: planning, markers, resuming and finishing.

Every shard is an empty file with a marker that says so; the planner, the folder and the summary are the real ones.
Each size runs in a process of its own, so that its peak memory is its own. `python benchmarks/scale.py` prints a table.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from videos import ten_second_videos

from vidsynth.generators.tubelets import TubeletPairs
from vidsynth.jobs.estimate import estimate
from vidsynth.jobs.slices import Slice
from vidsynth.manifest import SCHEMA, Manifest
from vidsynth.shards.finish import summarise, write_failures, write_summary
from vidsynth.shards.folder import BUNDLE, BuildFolder, Done, read_summary
from vidsynth.shards.seen import Seen, to_text
from vidsynth.sources import source

SIZES = (10_000, 100_000, 1_000_000)
_VIDEOS_A_SHARD = 2  # the fewest, so that a million shards need no more than two million videos


def _videos_of(shard: int) -> str:
    """Return what a marker keeps of a shard's videos."""
    return to_text({f"class/{shard * _VIDEOS_A_SHARD + at:08d}.mp4": at for at in range(_VIDEOS_A_SHARD)})


def measure() -> dict[str, float]:
    """Return seconds and MB, for each size: see `_measured`; and the bytes of a sample of tubelets-112."""
    few = estimate(TubeletPairs(source(ten_second_videos(24))))
    found = {"sample_bytes": few.bytes / few.samples}
    for size in SIZES:
        done = subprocess.run([sys.executable, __file__, str(size)], check=True, capture_output=True, text=True)
        found |= {f"{name}_{size}": value for name, value in json.loads(done.stdout).items()}
    return found


def _measured(shards: int) -> dict[str, float]:
    """Return, of a build of that many shards, seconds and MB.

    manifest_mb : the table of its videos, in memory.
    plan_s, plan_mb : to know every shard's range, and of every hundredth its videos; the most that Python takes for it.
    resume_s : to find out what is finished. finish_s : to write the failures and the summary.
    resume_cpu_s, finish_cpu_s : the processor time of these, which a busy machine hardly stretches.
    load_s : to read the summary. peak_mb : of the whole process.
    """
    count = shards * _VIDEOS_A_SHARD
    names = pa.array([f"{number:08d}.mp4" for number in range(count)])
    columns = {name: pa.nulls(count, SCHEMA.field(name).type) for name in SCHEMA.names}
    columns |= {"video_id": names, "path": names, "start_s": pa.array([0.0] * count)}
    table = pa.table({name: columns[name] for name in SCHEMA.names}, SCHEMA)
    with tempfile.TemporaryDirectory() as place:
        manifest = Manifest(table, Path(place), {})
        found = {"manifest_mb": table.nbytes / 1e6}
        started = time.perf_counter()
        _plan(manifest, shards)
        found["plan_s"] = time.perf_counter() - started
        tracemalloc.start()
        ranges = _plan(manifest, shards)
        found["plan_mb"] = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()

        folder = BuildFolder(Path(place) / "out")
        folder.data.mkdir(parents=True)
        for start in range(0, shards, BUNDLE):
            numbers = range(start, min(start + BUNDLE, shards))
            done = [
                Done("r" * 64, n, folder.shard_name(n, shards), 64, 0, f"{n:064x}", 1.5, (), _videos_of(n))
                for n in numbers
            ]
            for one in done:
                (folder.path / one.file).touch()
            folder.bundle(done)

        started, cpu = time.perf_counter(), time.process_time()
        finished = folder.finished("r" * 64)
        Seen(done.videos for done in finished.values())
        found["resume_s"] = time.perf_counter() - started
        found["resume_cpu_s"] = time.process_time() - cpu
        assert len(finished) == shards
        started, cpu = time.perf_counter(), time.process_time()
        write_failures(folder, list(finished.values()))
        write_summary(folder, summarise(list(finished.values()), ranges, {}))
        found["finish_s"] = time.perf_counter() - started
        found["finish_cpu_s"] = time.process_time() - cpu
        found["summary_mb"] = folder.summary.stat().st_size / 1e6
        del finished
        started = time.perf_counter()
        assert len(read_summary(folder)["shards"]) == shards
        found["load_s"] = time.perf_counter() - started
    return found | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _plan(manifest: Manifest, shards: int) -> Sequence[range]:
    """Return every shard's range, having asked for the videos of every hundredth."""
    changes = {"pairs.videos_per_shard": _VIDEOS_A_SHARD, "pairs.per_video": 1}
    generator = TubeletPairs(manifest, changes=changes)
    ranges = generator.shards()
    assert len(ranges) == shards and sum(map(len, ranges)) == len(generator)
    for number in Slice(1, 100).shards(shards):
        assert len(generator.paths(ranges[number])) == _VIDEOS_A_SHARD
    return ranges


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_measured(int(sys.argv[1]))))
    else:
        for name, value in measure().items():
            print(f"{name:<24}{value:.3g}")
