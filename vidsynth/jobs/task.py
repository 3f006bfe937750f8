"""The unit of work: build one shard. It can be repeated anywhere, any number of times."""

from __future__ import annotations

import ctypes
import functools
import heapq
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from vidsynth.evaluate import Failure, evaluate
from vidsynth.generator import Generator, make, recipe_type
from vidsynth.jobs.crumb import Crumb
from vidsynth.manifest import Manifest
from vidsynth.recipe import load_values
from vidsynth.shards.folder import Absent, Done
from vidsynth.shards.mirror import build_folder
from vidsynth.shards.schema import shard_schema
from vidsynth.shards.writer import ShardWriter, batch_rows
from vidsynth.video.index import VideoIndex
from vidsynth.video.probe import VideoInfo

SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Task:
    """One shard to build.

    out : the build folder, or its URL, which each machine that works on it opens for itself.
    recipe : hash of its recipe. shard : its number.
    known : facts of its videos from earlier runs.
    refused : videos that killed or held up a worker before, and in which way.
    """

    out: str
    recipe: str
    shard: int
    known: Sequence[VideoInfo]
    refused: Mapping[str, str]

    @property
    def crumb(self) -> Path:
        return build_folder(self.out).crumb(self.shard)

    @property
    def title(self) -> str:
        return f"shard {self.shard}"


@dataclass(frozen=True, slots=True)
class Result:
    """What a task gives back: the shard's marker, the facts of videos that it had to probe, and what it took.

    videos : how many it read. slowest : the few that took longest, and their seconds.
    cpu_s : of processor time. peak_bytes : the most memory that its process has held so far.
    """

    done: Done
    fresh: Sequence[VideoInfo]
    videos: int
    slowest: Sequence[tuple[str, float]]
    cpu_s: float
    peak_bytes: int


def build_shard(task: Task) -> Result:
    """Build one shard of a folder: evaluate its samples, write the file, leave the marker."""
    started, cpu = time.perf_counter(), time.process_time()
    generator = _kept_generator(task.out, task.recipe)
    folder = build_folder(task.out)
    shards = generator.shards()
    name = folder.shard_name(task.shard, len(shards))
    recipe = generator.recipe
    columns = generator.columns
    schema = shard_schema(columns, recipe.payload, generator.plan_type)
    failures: list[Absent] = []
    read: dict[str, float] = {}
    root = generator.manifest.root
    with (
        Crumb(task.crumb) as crumb,
        VideoIndex(root, task.known, task.refused, crumb.leave, folder.tmp) as generator.videos,
    ):
        rows = batch_rows(columns)
        with ShardWriter(folder.path / name, folder.tmp, schema, recipe.payload, rows) as writer:
            for sample in evaluate(generator, shards[task.shard], read):
                if isinstance(sample, Failure):
                    stage = "crash" if sample.video in task.refused else sample.stage
                    failures.append(Absent(sample.index, sample.video, stage, sample.reason))
                else:
                    writer.write(sample)
    seconds = round(time.perf_counter() - started, 3)
    done = Done(task.recipe, task.shard, name, writer.rows, writer.bytes, writer.sha256, seconds, tuple(failures))
    folder.mark(done)
    slowest = heapq.nlargest(SLOWEST, read.items(), key=lambda item: item[1])
    took = time.process_time() - cpu
    return Result(done, generator.videos.fresh, len(read), slowest, took, peak_bytes())


def peak_bytes() -> int:
    """Return the most memory that this process has held so far; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@functools.lru_cache(maxsize=1)
def _kept_generator(out: str, recipe: str) -> Generator:
    return open_generator(out)


def open_generator(out: str | Path) -> Generator:
    """Return the generator that a build belongs to; its manifest is mapped, not copied."""
    folder = build_folder(out)
    folder.refresh()
    values = load_values(folder.recipe)
    manifest = Manifest.open_arrow(folder.manifest, folder.root.read_text(encoding="utf-8"))
    return make(recipe_type(values["generator"]).from_dict(values, str(folder.recipe)), manifest)


def prepare_process() -> None:
    """Set up a process that builds shards: one thread, and memory that is kept, not given back."""
    cv2.setNumThreads(1)
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return  # only glibc has it
    # By default glibc maps and unmaps each clip anew, and the page faults cost more than the overlay.
    trim_threshold, top_pad, mmap_threshold = -1, -2, -3
    mallopt(mmap_threshold, 1 << 30)
    mallopt(trim_threshold, 512 << 20)
    mallopt(top_pad, 64 << 20)
