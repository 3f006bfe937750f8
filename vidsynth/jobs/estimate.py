"""What a build would take: counts, bytes and hours, from a few samples."""

from __future__ import annotations

import time
from dataclasses import dataclass

from vidsynth.errors import BuildError
from vidsynth.evaluate import Failure, evaluate
from vidsynth.generator import Generator
from vidsynth.jobs.cores import usable_cores
from vidsynth.jobs.task import prepare_process
from vidsynth.report.amounts import duration_text, size_text
from vidsynth.shards.schema import shard_schema, to_batch

_SAMPLES = 4  # from each of three shards


@dataclass(frozen=True, slots=True)
class Estimate:
    """samples, shards, videos : exact. bytes, seconds : extrapolated from `tried` samples, of which `failed`."""

    samples: int
    shards: int
    videos: int
    bytes: float
    seconds: float
    workers: int
    tried: int
    failed: int

    def text(self) -> str:
        """Return the estimate in words."""
        failed = f", {self.failed} of them failed" if self.failed else ""
        return (
            f"{self.samples} samples in {self.shards} shards, from {self.videos} videos.\n"
            f"about {size_text(self.bytes)} and {duration_text(self.seconds)} with {self.workers} "
            f"worker{'s' if self.workers > 1 else ''} (from {self.tried} samples tried here{failed})."
        )


def estimate(generator: Generator, *, workers: int | None = None) -> Estimate:
    """Make a few samples from the beginning, the middle and the end of a build, and extrapolate.

    Raises BuildError if none of them can be made.
    """
    prepare_process()
    ranges = generator.shards()
    workers = min(workers or usable_cores(), len(ranges))
    schema = shard_schema(generator.columns, generator.recipe.payload, generator.plan_type)
    size = seconds = 0.0
    tried = failed = made = 0
    reason = ""
    next(evaluate(generator, ranges[0][:1]))  # compile, and open what is opened once
    for number in sorted({0, len(ranges) // 2, len(ranges) - 1}):
        some = ranges[number][:_SAMPLES]
        started = time.perf_counter()
        for sample in evaluate(generator, some):
            tried += 1
            if isinstance(sample, Failure):
                failed, reason = failed + 1, f"{sample.video}: {sample.reason}"
            else:
                made += 1
                size += to_batch([sample], schema, generator.recipe.payload).nbytes
        # n neighbours share n + 1 videos; in a whole shard each video serves as often as samples begin with it.
        seconds += (time.perf_counter() - started) * len(some) / (len(some) + 1)
    if not made:
        raise BuildError(f"none of {tried} samples could be made; the last: {reason}")
    samples = len(generator)
    schemas = 2 * schema.serialize().size * len(ranges)  # a file begins and ends with it
    videos = sum(len(set(generator.paths(indices))) for indices in ranges)
    return Estimate(
        samples,
        len(ranges),
        videos,
        schemas + samples * size / made,
        samples * seconds / tried / workers,
        workers,
        tried,
        failed,
    )
