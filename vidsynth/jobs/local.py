"""The local engine: one process a core, each at one task at a time.

A worker that dies takes only its task with it: the task is tried again, and a video that was in hand at
two deaths is refused. So is, at once, a video that holds up a worker for too long.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pebble

from vidsynth.errors import BuildError
from vidsynth.jobs.crumb import read_crumb
from vidsynth.jobs.task import prepare_process

_POLL_S = 0.5
_DEATHS = 5


class Task(Protocol):
    """What can be done in a worker, any number of times; a dataclass.

    refused : videos that are not to be opened, and why. crumb : the file that names the video in hand.
    title : what to call it in messages.
    """

    @property
    def refused(self) -> Mapping[str, str]: ...

    @property
    def crumb(self) -> Path: ...

    @property
    def title(self) -> str: ...


T = TypeVar("T", bound=Task)
R = TypeVar("R")


@dataclass(slots=True)
class _Running:
    task: Any
    crumb: tuple[str, float] | None = None
    since: float = 0.0
    suspect: str | None = None
    deaths: int = 0


def execute(work: Callable[[T], R], tasks: Iterable[T], workers: int, video_timeout: float) -> Iterator[R]:
    """Do tasks, yielding each result as it comes.

    work : does one; a function of a module, so that workers find it.
    workers : processes; 0 works in this process, without protection from crashes.
    video_timeout : seconds that one video may hold up a worker.

    Raises BuildError if workers keep dying on one task without one video to blame.
    """
    if workers == 0:
        yield from map(work, tasks)
        return
    waiting: list[_Running] = []
    more = iter(tasks)
    while True:
        pool: Any = pebble.ProcessPool(
            max_workers=workers,
            context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(os.getpid(),),
        )
        try:
            waiting = yield from _in_pool(pool, work, waiting, more, workers, video_timeout)
            if not waiting:
                pool.close()
                return
        finally:
            pool.stop()
            pool.join()


def _in_pool(
    pool: Any,
    work: Callable[[T], R],
    waiting: list[_Running],
    tasks: Iterator[T],
    workers: int,
    video_timeout: float,
) -> Generator[R, None, list[_Running]]:
    """Yield results; return what is to be done in another pool, because this one broke."""
    running: dict[Any, _Running] = {}

    def start(entry: _Running) -> None:
        entry.crumb, entry.since = None, time.monotonic()
        try:
            running[pool.schedule(work, args=[entry.task])] = entry
        except RuntimeError:  # the pool broke since we looked
            running[_broken()] = entry

    def fill() -> None:
        # One task more than workers, so that none waits for this process.
        while len(running) <= workers and (task := next(tasks, None)) is not None:
            start(_Running(task))

    for entry in waiting:
        start(entry)
    fill()
    while running:
        done, _ = wait(running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
        for future in done:
            entry = running.pop(future)
            try:
                result = future.result()
            except BrokenExecutor:
                # A worker died before the pool knew what it was at: nobody can say which of these it was.
                return [_died(it, "workers died as they began") for it in (entry, *running.values())]
            except (pebble.ProcessExpired, CancelledError) as error:
                start(_blamed(entry, error, video_timeout))
            else:
                fill()
                yield result
        for future, entry in running.items():
            if _overstays(entry, video_timeout):
                future.cancel()  # the pool ends the worker, and the wait above sees the future cancelled
    return []


def _broken() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(BrokenExecutor())
    return future


def _overstays(entry: _Running, video_timeout: float) -> bool:
    crumb = read_crumb(entry.task.crumb)
    if crumb != entry.crumb:
        entry.crumb, entry.since = crumb, time.monotonic()
    return crumb is not None and time.monotonic() - entry.since > video_timeout


def _blamed(entry: _Running, error: Exception, video_timeout: float) -> _Running:
    """Return the same task, to be tried again: without the video that its worker touched last, if that
    one held it up or was in hand at an earlier death, too (a single death may have had other causes)."""
    task = entry.task
    crumb = read_crumb(task.crumb)
    task.crumb.unlink(missing_ok=True)
    video = crumb[0] if crumb else None
    if video is not None and isinstance(error, CancelledError):
        return _without(task, video, f"held up a worker for more than {video_timeout:g} s")
    if video is not None and entry.suspect == video:
        return _without(task, video, f"killed the worker that read it, twice ({_cause(error)})")
    return replace(_died(entry, f"at different videos ({_cause(error)})"), suspect=video)


def _died(entry: _Running, how: str) -> _Running:
    if entry.deaths + 1 >= _DEATHS:
        raise BuildError(f"{entry.task.title}: its worker died {_DEATHS} times: {how}")
    return replace(entry, deaths=entry.deaths + 1)


def _without(task: Any, video: str, reason: str) -> _Running:
    return _Running(replace(task, refused={**task.refused, video: reason}))


def _cause(error: Exception) -> str:
    code = getattr(error, "exitcode", None)
    if isinstance(code, int) and code < 0:
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit status {code}"


def _start_worker(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    prepare_process()


def _end_with(parent: int) -> None:
    """End this worker when its parent is gone: a killed build leaves nobody writing behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
