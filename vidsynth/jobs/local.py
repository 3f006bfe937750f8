"""The local engine: one process a core, each at one task at a time.

A worker that dies takes only its task with it: the task is tried again, and a video that was in hand at
two deaths is refused. So is, at once, a video that holds up a worker for too long.

Each worker has a pipe of its own. A pool whose workers share a queue shares its lock, too: killed at the wrong
moment, a worker leaves it locked for all.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import itertools
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from multiprocessing import connection, resource_tracker
from pathlib import Path
from typing import Any, Protocol, TypeVar

from vidsynth.errors import BuildError
from vidsynth.jobs.crumb import read_crumb
from vidsynth.jobs.task import prepare_process

_POLL_S = 0.5
_DEATHS = 5
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


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
class _Attempt:
    """A task, how often its worker died, and the video that was in hand then."""

    task: Any
    deaths: int = 0
    suspect: str | None = None


@dataclass(slots=True)
class _Worker:
    """A process, the pipe to it, and what it is at.

    ready : it has started, and takes tasks. crumb, since : its task's crumb, and when that was seen to change.
    """

    process: Any
    pipe: Any
    ready: bool = False
    attempt: _Attempt | None = None
    crumb: tuple[str, str] | None = None
    since: float = 0.0

    def begin(self, attempt: _Attempt) -> None:
        """Hand it a task. If it is dead, its pipe will say so."""
        self.attempt, self.crumb, self.since = attempt, None, time.monotonic()
        with contextlib.suppress(OSError):
            self.pipe.send(attempt.task)

    def overstays(self, video_timeout: float) -> bool:
        """Tell whether one video holds it up for longer than that."""
        crumb = read_crumb(self.attempt.task.crumb) if self.attempt else None
        if crumb != self.crumb:
            self.crumb, self.since = crumb, time.monotonic()
        return crumb is not None and time.monotonic() - self.since > video_timeout

    def end(self, patience_s: float = 0) -> str:
        """End it, if it does not end of itself within that time, and return how it ended."""
        self.pipe.close()
        self.process.join(patience_s)
        self.process.kill()
        self.process.join()
        code = self.process.exitcode
        return f"signal {_name(-code)}" if code < 0 else f"exit status {code}"


def execute(work: Callable[[T], R], tasks: Iterable[T], workers: int, video_timeout: float) -> Iterator[R]:
    """Do tasks, yielding each result as it comes.

    work : does one; a function of a module, so that workers find it.
    workers : processes; 0 works in this process, without protection from crashes.
    video_timeout : seconds that one video may hold up a worker.

    Raises BuildError if workers keep dying as they start and none works, or on one task without one video to
    blame, and whatever `work` raises.
    """
    if workers == 0:
        yield from map(work, tasks)
        return
    crew: list[_Worker] = []
    waiting: deque[_Attempt] = deque()
    more = map(_Attempt, tasks)
    stillborn = 0
    try:
        while True:
            waiting.extend(itertools.islice(more, max(0, workers - len(waiting))))
            for worker in crew:
                if waiting and worker.ready and not worker.attempt:
                    worker.begin(waiting.popleft())
            crew += [_hired(work) for _ in range(min(len(waiting), workers - len(crew)))]
            if not waiting and not any(worker.attempt for worker in crew):
                return
            heard = connection.wait([worker.pipe for worker in crew], _POLL_S)
            for worker in [worker for worker in crew if worker.pipe in heard]:
                try:
                    good, result = worker.pipe.recv()
                except (EOFError, OSError):
                    crew.remove(worker)
                    cause = worker.end(patience_s=5)
                    if worker.attempt:
                        waiting.append(_after_death(worker.attempt, cause))
                    elif not worker.ready:
                        stillborn += 1
                        if stillborn == _DEATHS:
                            raise BuildError(
                                f"{_DEATHS} workers died as they started ({cause}); a script that builds with workers "
                                "needs `if __name__ == '__main__':`"
                            ) from None
                    continue
                stillborn = 0
                if not worker.ready:
                    worker.ready = True
                    continue
                worker.attempt = None
                if not good:
                    raise result
                yield result
            for worker in [worker for worker in crew if worker.overstays(video_timeout)]:
                crew.remove(worker)
                worker.end()
                assert worker.attempt is not None
                waiting.append(_without(worker.attempt, f"held up a worker for more than {video_timeout:g} s"))
    finally:
        for worker in crew:
            # One that waits for a task sees its pipe end, and goes in good order.
            worker.end(patience_s=0 if worker.attempt else 5)


def _hired(work: Callable[[Any], Any]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, work, os.getpid()), daemon=True)
    with _without_interrupts():
        process.start()
    theirs.close()  # so that its death ends the pipe
    return _Worker(process, ours)


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold back Ctrl-C, for what is started meanwhile for good: it reaches the whole group, but the parent decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # else it is started along with the first worker, and lets interrupts in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _after_death(attempt: _Attempt, cause: str) -> _Attempt:
    """Return a task whose worker died, to be tried again: without the video that was in hand at an earlier death,
    too. (A single death may have had other causes.)"""
    crumb = read_crumb(attempt.task.crumb)
    if crumb is not None and attempt.suspect == crumb[0]:
        return _without(attempt, f"killed the worker that read it, twice ({cause})")
    attempt.task.crumb.unlink(missing_ok=True)
    if attempt.deaths + 1 == _DEATHS:
        raise BuildError(f"{attempt.task.title}: its worker died {_DEATHS} times, at different videos ({cause})")
    return _Attempt(attempt.task, attempt.deaths + 1, crumb[0] if crumb else None)


def _without(attempt: _Attempt, reason: str) -> _Attempt:
    """Return a task whose worker is gone, to be tried again without the video that was in hand."""
    task = attempt.task
    crumb = read_crumb(task.crumb)
    task.crumb.unlink(missing_ok=True)
    return _Attempt(replace(task, refused={**task.refused, crumb[0]: reason}) if crumb else task)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


# ------------------------------------------------------------------------------ in the worker


def _serve(pipe: Any, work: Callable[[Any], Any], parent: int) -> None:
    """Say that this worker is ready, and do one task after another."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be held back from the start
    with contextlib.suppress(OSError, AttributeError, TypeError):  # Linux ends it with its parent, at once
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    prepare_process()
    # A task sent before would wait in the pipe, and its sender with it.
    with contextlib.suppress(EOFError, OSError):  # the pipe ends when there is nothing to do any more
        pipe.send((True, None))
        while True:
            task = pipe.recv()
            try:
                answer = True, work(task)
            except Exception as error:
                answer = False, _portable(error)
            pipe.send(answer)


def _portable(error: Exception) -> Exception:
    """Return an error that survives the pipe, with the place where it was raised."""
    error.add_note(traceback.format_exc())
    try:
        copy.copy(error)  # made again as it will be there
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _end_with(parent: int) -> None:
    """End this worker when its parent is gone: a killed build leaves nobody writing behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
