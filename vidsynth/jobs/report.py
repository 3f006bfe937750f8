"""What a run of a build comes to: rows, failures, throughput, the slowest videos, memory."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from vidsynth.jobs.task import SLOWEST, Result
from vidsynth.report.amounts import duration_text, size_text
from vidsynth.shards.folder import Done

_SHOWN = 3


@dataclass(slots=True)
class BuildReport:
    """A run of a build, or of one slice of it, counted as its shards are finished.

    slice : such as 3/64; None for a whole build.
    samples, shards : that the build, or the slice, has.
    rows, absent, shards_done : those that are there, those that failed, and finished shards, earlier runs' included.
    reasons : failed video → why. What follows is of this run alone:
    built_shards, built_rows, built_bytes, videos : what it added, and how many videos it read for that.
    cpu_s : seconds of processor time, in all its processes. wall_s : seconds that it took, or has taken so far.
    peak_bytes : the most memory that one worker held.
    slowest : the seconds that the slowest videos took to read, and their paths; the slowest first.
    """

    slice: str | None
    samples: int
    shards: int
    rows: int = 0
    absent: int = 0
    shards_done: int = 0
    reasons: dict[str, str] = field(default_factory=dict)
    built_shards: int = 0
    built_rows: int = 0
    built_bytes: int = 0
    videos: int = 0
    cpu_s: float = 0.0
    peak_bytes: int = 0
    slowest: list[tuple[float, str]] = field(default_factory=list)
    _tried: int = 0
    _began: float = field(default_factory=time.perf_counter)
    _ended: float | None = None

    def keep(self, done: Done) -> None:
        """Count a shard that is there."""
        self.rows += done.rows
        self.absent += len(done.failures)
        self.shards_done += 1
        self.reasons.update((failure.video, failure.reason) for failure in done.failures)

    def add(self, result: Result) -> None:
        """Count a shard that was built just now."""
        done = result.done
        self.keep(done)
        self._tried += done.rows + len(done.failures)
        self.built_shards += 1
        self.built_rows += done.rows
        self.built_bytes += done.bytes
        self.videos += result.videos
        self.cpu_s += result.cpu_s
        self.peak_bytes = max(self.peak_bytes, result.peak_bytes)
        self.slowest = heapq.nlargest(SLOWEST, [*self.slowest, *((s, video) for video, s in result.slowest)])

    def end(self) -> None:
        """Stop the clock."""
        self._ended = time.perf_counter()

    @property
    def wall_s(self) -> float:
        return (self._ended or time.perf_counter()) - self._began

    @property
    def rate(self) -> float:
        """Samples a second, failed ones included."""
        return self._tried / self.wall_s

    @property
    def eta_s(self) -> float | None:
        """Seconds until all samples are there, at this rate; None while nothing is known of it."""
        return (self.samples - self.rows - self.absent) / self.rate if self._tried else None

    def failures(self) -> dict[str, int]:
        """Return how many videos failed for each reason, the most frequent first."""
        return dict(Counter(self.reasons.values()).most_common())

    def values(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON. Rates are of this run."""
        return {
            "slice": self.slice,
            "samples": self.samples,
            "shards": self.shards,
            "rows": self.rows,
            "absent": self.absent,
            "shards_done": self.shards_done,
            "failures": self.failures(),
            "built_shards": self.built_shards,
            "built_rows": self.built_rows,
            "built_bytes": self.built_bytes,
            "videos": self.videos,
            "wall_s": round(self.wall_s, 3),
            "cpu_s": round(self.cpu_s, 3),
            "samples_per_s": round(self.built_rows / self.wall_s, 3),
            "mb_per_s": round(self.built_bytes / 1e6 / self.wall_s, 3),
            "peak_bytes": self.peak_bytes,
            "slowest": [{"video": video, "seconds": round(seconds, 3)} for seconds, video in self.slowest],
        }

    def text(self) -> str:
        """Return what this run took, in words; nothing if nothing was to do."""
        if not self.built_shards:
            return ""
        text = (
            f"Built {self.built_rows} samples in {self.built_shards} shard{'s' if self.built_shards > 1 else ''}, "
            f"{size_text(self.built_bytes)}, in {duration_text(self.wall_s)}: {self.built_rows / self.wall_s:.3g} "
            f"samples/s, {self.built_bytes / 1e6 / self.wall_s:.3g} MB/s; {duration_text(self.cpu_s)} of processor "
            f"time, {size_text(self.peak_bytes)} in the largest worker."
        )
        if self.slowest:
            shown = ", ".join(f"{video} {seconds:.2g} s" for seconds, video in self.slowest[:_SHOWN])
            text += f"\nSlowest of {self.videos} videos to read: {shown}."
        return text
