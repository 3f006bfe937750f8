"""What safety costs: checksums (of files and of rows), fsync, markers and the watch on changing videos.

Builds with and without them run in this process, in turn, so that they share whatever else the machine is doing.
Safety is switched off here alone, by putting something that does nothing in the place of each part.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from videos import ten_second_videos

from vidsynth import TubeletPairs, build, source
from vidsynth.clip import Clip
from vidsynth.jobs import close, task
from vidsynth.shards import finish, writer
from vidsynth.shards.folder import BuildFolder

VIDEOS = 64
REPEATS = 5
A_SHARD = 8  # videos: small shards, for more of what is paid once a shard


def measure() -> dict[str, float]:
    """Return safety's share of a build, by a clock around its parts, and what it adds, by builds without it."""
    root = ten_second_videos(VIDEOS)
    took(root)  # compile, and fill the index
    pairs = []
    for number in range(REPEATS):
        order = (True, False) if number % 2 else (False, True)
        pairs.append({safe: took(root, safe=safe) for safe in order})
    # The best of each: what else the machine does only ever adds.
    cpu, wall = ({safe: min(pair[safe][which] for pair in pairs) for safe in (True, False)} for which in (0, 1))
    share = [shares(root) for _ in range(REPEATS)]
    return {
        "share_of_cpu_percent": statistics.median(cpu for cpu, _ in share),
        "share_of_wall_percent": statistics.median(wall for _, wall in share),
        "safe_cpu_s": cpu[True],
        "unsafe_cpu_s": cpu[False],
        "cpu_overhead_percent": 100 * (cpu[True] / cpu[False] - 1),
        "safe_wall_s": wall[True],
        "unsafe_wall_s": wall[False],
        "wall_overhead_percent": 100 * (wall[True] / wall[False] - 1),
    }


def took(root: Path, *, safe: bool = True) -> tuple[float, float]:
    """Build a folder's pairs once; return the seconds of CPU and of wall time."""
    pairs = TubeletPairs(source(root), changes={"pairs.videos_per_shard": A_SHARD})
    without = _replaced(_PARTS | {_HASH: SimpleNamespace(sha256=_NoHash)})
    with tempfile.TemporaryDirectory() as out, contextlib.nullcontext() if safe else without:
        cpu, wall = time.process_time(), time.perf_counter()
        build(pairs, out, workers=0, progress=False)
        return time.process_time() - cpu, time.perf_counter() - wall


def shares(root: Path) -> tuple[float, float]:
    """Build once, with a clock around each part of safety; return its shares of CPU and wall time, in per cent.

    Less is disturbed by what else the machine does than a comparison of two builds is.
    """
    spent, inside = [0.0, 0.0], [0]

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        def call(*arguments: Any, **named: Any) -> Any:
            inside[0] += 1
            cpu, wall = time.process_time(), time.perf_counter()
            try:
                return work(*arguments, **named)
            finally:
                inside[0] -= 1
                if not inside[0]:  # a marker's own fsync is counted with it
                    spent[0] += time.process_time() - cpu
                    spent[1] += time.perf_counter() - wall

        return call

    class Hash:
        def __init__(self) -> None:
            digest = hashlib.sha256()
            self.update, self.hexdigest = timed(digest.update), timed(digest.hexdigest)

    with _replaced({place: timed(getattr(*place)) for place in _PARTS} | {_HASH: SimpleNamespace(sha256=Hash)}):
        cpu, wall = took(root)
    return 100 * spent[0] / cpu, 100 * spent[1] / wall


class _NoHash:
    """A hash of nothing, for free; equal whatever goes in."""

    def update(self, data: object) -> None: ...
    def hexdigest(self) -> str:
        return 64 * "0"


_HASH = (writer, "hashlib")
_PARTS: dict[tuple[Any, str], Callable[..., Any]] = {
    (os, "fsync"): lambda file: None,
    (writer, "sync_folder"): lambda folder: None,
    (Clip, "sha256"): lambda clip: _NoHash().hexdigest(),
    (BuildFolder, "mark"): lambda *_: None,
    (finish, "write_sums"): lambda *_: None,
    (task, "contents"): lambda *_: {},
    (close, "tidy"): lambda *_, **named: None,
}


@contextlib.contextmanager
def _replaced(parts: Mapping[tuple[Any, str], Any]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for (owner, name), instead in parts.items():
            stack.enter_context(mock.patch.object(owner, name, instead))
        yield


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<24}{value:.3g}")
