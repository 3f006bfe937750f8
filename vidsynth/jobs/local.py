"""The local engine: one process a core, each at one task at a time.

A worker that dies takes only its task with it: the task is tried again, and a video that was in hand at
two deaths is refused. So is, at once, a video that holds up a worker for too long.

Each worker has a pipe of its own. A pool whose workers share a queue shares its lock, too: killed at the wrong
moment, a worker leaves it locked for all.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker
from typing import Any

from vidsynth.errors import BuildError
from vidsynth.jobs.attempt import DEATHS, Attempt, R, T, attempted
from vidsynth.jobs.cores import usable_cores
from vidsynth.jobs.task import prepare_process

_POLL_S = 0.5
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass(slots=True)
class _Worker:
    """A process, the pipe to it, and what it is at.

    ready : it has started, and takes tasks.
    """

    process: Any
    pipe: Any
    ready: bool = False
    attempt: Attempt | None = None

    def begin(self, attempt: Attempt) -> None:
        """Hand it a task. If it is dead, its pipe will say so."""
        self.attempt = attempt
        with contextlib.suppress(OSError):
            self.pipe.send(attempt.task)

    def end(self, patience_s: float = 0) -> str:
        """End it, if it does not end of itself within that time, and return how it ended."""
        self.pipe.close()
        self.process.join(patience_s)
        self.process.kill()
        self.process.join()
        code = self.process.exitcode
        return f"signal {_name(-code)}" if code < 0 else f"exit status {code}"


def execute(work: Callable[[T], R], tasks: Iterable[T], workers: int | None, video_timeout: float) -> Iterator[R]:
    """Do tasks in processes of this machine; see `Engine`. With 0 workers, in this one, unprotected from crashes.

    Raises BuildError also if workers keep dying as they start and none works.
    """
    if workers is None:
        workers = usable_cores()
    if workers == 0:
        yield from map(work, tasks)
        return
    crew: list[_Worker] = []
    waiting: deque[Attempt] = deque()
    more = map(Attempt, tasks)
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
                        waiting.append(worker.attempt.after_death(cause))
                    elif not worker.ready:
                        stillborn += 1
                        if stillborn == DEATHS:
                            raise BuildError(
                                f"{DEATHS} workers died as they started ({cause}); a script that builds with workers "
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
            for worker in [*crew]:
                if worker.attempt and worker.attempt.overstays(video_timeout):
                    crew.remove(worker)
                    worker.end()
                    waiting.append(worker.attempt.after_timeout(video_timeout))
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
            pipe.send(attempted(work, task))


def _end_with(parent: int) -> None:
    """End this worker when its parent is gone: a killed build leaves nobody writing behind."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
