"""Timing: the best of several runs, since everything that disturbs a run makes it longer."""

from __future__ import annotations

import time
from collections.abc import Callable


def best_s(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the least wall time of `repeats` runs, in seconds."""
    return min(_once(work, time.perf_counter) for _ in range(repeats))


def best_cpu_s(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the least CPU time of this process (all threads) over `repeats` runs, in seconds."""
    return min(_once(work, time.process_time) for _ in range(repeats))


def _once(work: Callable[[], object], clock: Callable[[], float]) -> float:
    started = clock()
    work()
    return clock() - started
