"""The unit of work: build one shard. It can be repeated anywhere, any number of times."""

from __future__ import annotations

import ctypes
import functools
import heapq
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from vidsynth.shards.seen import CHANGED, contents, to_text
from vidsynth.shards.writer import ShardWriter, batch_rows
from vidsynth.video.index import VideoIndex
from vidsynth.video.probe import VideoInfo

SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Task:
    """One shard to build.

    out : the build folder, or its URL, which each machine that works on it opens for itself.
    recipe : hash of its recipe. shard : its number.
    known : facts of its videos from earlier runs. seen : contents of those that finished shards have read.
    refused : videos that killed or held up a worker before, and in which way.
    """

    out: str
    recipe: str
    shard: int
    known: Sequence[VideoInfo]
    refused: Mapping[str, str]
    seen: Mapping[str, int] = field(default_factory=dict)

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
    """Build one shard of a folder: evaluate its samples, write the file, leave the marker.

    A video that is not what an earlier shard read, or that changes meanwhile, is left out: no build mixes the two.
    """
    started, cpu = time.perf_counter(), time.process_time()
    generator = _kept_generator(task.out, task.recipe)
    folder = build_folder(task.out)
    shards = generator.shards()
    name = folder.shard_name(task.shard, len(shards))
    recipe = generator.recipe
    columns = generator.columns
    schema = shard_schema(columns, recipe.payload, generator.plan_type)
    failures: list[Absent] = []
    took: dict[str, float] = {}
    root = generator.manifest.root
    with Crumb(task.crumb) as crumb:
        paths = [path for path in generator.paths(shards[task.shard]) if path not in task.refused]
        found = contents(root, paths, crumb.leave)
        changed = {path for path, content in found.items() if task.seen.get(path, content) != content}
        refused = {**task.refused, **dict.fromkeys(changed, CHANGED)}
        videos = VideoIndex(root, task.known, refused, crumb.leave, folder.tmp)
        generator.videos = videos
        rows = batch_rows(columns)
        with videos, ShardWriter(folder.path / name, folder.tmp, schema, recipe.payload, rows) as writer:
            for sample in evaluate(generator, shards[task.shard], took):
                if isinstance(sample, Failure):
                    stage = "crash" if sample.video in task.refused else sample.stage
                    failures.append(Absent(sample.index, sample.video, stage, sample.reason))
                else:
                    writer.write(sample)
        read = {path: content for path, content in found.items() if path not in changed}
        still = contents(root, read, crumb.leave) == read
    if not still:
        return build_shard(replace(task, seen={**task.seen, **read}))
    seconds = round(time.perf_counter() - started, 3)
    written = (writer.rows, writer.bytes, writer.sha256)
    done = Done(task.recipe, task.shard, name, *written, seconds, tuple(failures), to_text(read))
    folder.mark(done)
    slowest = heapq.nlargest(SLOWEST, took.items(), key=lambda item: item[1])
    return Result(done, videos.fresh, len(took), slowest, time.process_time() - cpu, peak_bytes())


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
