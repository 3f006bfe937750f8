"""The Ray engine: one Ray task a shard, on every core of a cluster.

A task that is lost, with its worker or its whole node, is given to Ray again by us, not by Ray's own retries: those
would begin at once and write over the crumb that says at which video the worker died.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from vidsynth.errors import BuildError, MissingDependency
from vidsynth.jobs.attempt import Attempt, R, T, attempted
from vidsynth.jobs.task import prepare_process

_POLL_S = 0.5
_CONNECT_S = 10.0
_LOOK_S = 5.0  # between looks at crumbs and at the size of the cluster
_STORE_BYTES = 128 << 20  # results are a few kilobytes each; Ray would take 30 % of the machine's memory


def execute(
    work: Callable[[T], R],
    tasks: Iterable[T],
    workers: int | None,
    video_timeout: float,
    *,
    address: str | None = None,
) -> Iterator[R]:
    """Do tasks on a Ray cluster; see `Engine`.

    address : of the cluster's head (default: RAY_ADDRESS, or else a cluster of this machine alone, for this build).
    workers : how many tasks are done at a time (default: as many as the cluster has cores, as it grows and shrinks).

    Raises MissingDependency if Ray is not installed, and BuildError if there is no cluster at the address.
    """
    ray = load()
    with _connected(ray, address or os.environ.get("RAY_ADDRESS"), workers):
        yield from _executed(ray, work, tasks, workers, video_timeout)


def _executed(
    ray: Any, work: Callable[[T], R], tasks: Iterable[T], workers: int | None, video_timeout: float
) -> Iterator[R]:
    perform = ray.remote(num_cpus=1, max_retries=0)(_perform)
    waiting: deque[Attempt] = deque()
    more = map(Attempt, tasks)
    flying: dict[Any, Attempt] = {}
    overdue: set[Any] = set()
    room, looked = 0, -_LOOK_S
    look_s = min(_LOOK_S, video_timeout / 4)
    try:
        while True:
            if time.monotonic() - looked > look_s:
                looked = time.monotonic()
                # Twice the cores, so that a core that is done finds its next task at hand.
                room = workers or max(2, 2 * int(ray.cluster_resources().get("CPU", 1)))
                for ref, attempt in flying.items():
                    if ref not in overdue and attempt.overstays(video_timeout):
                        overdue.add(ref)
                        ray.cancel(ref, force=True)
            for attempt in itertools.islice(_drain(waiting, more), max(0, room - len(flying))):
                flying[perform.remote(work, attempt.task)] = attempt
            if not flying:
                return
            ready, _ = ray.wait(list(flying), num_returns=1, timeout=_POLL_S)
            for ref in ready:
                attempt = flying.pop(ref)
                try:
                    good, result = ray.get(ref)
                except ray.exceptions.RayTaskError as error:  # not of the work's: that comes back as a result
                    raise BuildError(f"{attempt.task.title}: Ray cannot run it: {_last_line(error)}") from None
                except ray.exceptions.RayError as error:
                    late = ref in overdue
                    waiting.append(
                        attempt.after_timeout(video_timeout) if late else attempt.after_death(type(error).__name__)
                    )
                    continue
                if not good:
                    raise result
                yield result
    finally:
        for ref in flying:
            with contextlib.suppress(Exception):
                ray.cancel(ref, force=True)


def _drain(waiting: deque[Attempt], more: Iterator[Attempt]) -> Iterator[Attempt]:
    """Yield what must be tried again, then what is new."""
    while waiting:
        yield waiting.popleft()
    yield from more


def _perform(work: Callable[[T], R], task: T) -> tuple[bool, R | Exception]:
    """Do a task, in a worker of Ray's."""
    prepare_process()
    return attempted(work, task)


def load() -> Any:
    """Return Ray's module. Raises MissingDependency."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise MissingDependency("--engine ray needs Ray: pip install 'vidsynth[ray]'") from None
    return ray


@contextlib.contextmanager
def _connected(ray: Any, address: str | None, workers: int | None) -> Iterator[None]:
    """Be connected to a cluster; to one that a caller of ours has connected to, if there is one."""
    if ray.is_initialized():
        yield
        return
    if address:
        _check_listens(address)
    quiet = {"log_to_driver": False, "logging_level": "ERROR", "include_dashboard": None}
    main = threading.current_thread() is threading.main_thread()
    terminated = signal.getsignal(signal.SIGTERM)
    try:
        if address:
            ray.init(address, **quiet)
        else:
            alone = {"include_dashboard": False, "_node_ip_address": "127.0.0.1", "object_store_memory": _STORE_BYTES}
            ray.init("local", num_cpus=workers, **quiet | alone)
    except (OSError, RuntimeError, ValueError, TimeoutError) as error:  # ConnectionError is an OSError
        where = f"at {address}" if address else "on this machine"
        raise BuildError(f"no Ray cluster {where}: {_last_line(error)}") from None
    if main:
        signal.signal(signal.SIGTERM, terminated)  # Ray takes it for itself
    try:
        yield
    finally:
        ray.shutdown()


def _check_listens(address: str) -> None:
    """Raise BuildError where nobody listens at HOST:PORT: Ray itself tries for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon and address in ("auto", "local"):
        return
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()
    except ValueError:
        raise BuildError(f"no Ray cluster at {address}: write HOST:PORT") from None
    except OSError as error:
        raise BuildError(f"no Ray cluster at {address}: {error.strerror or error}") from None


def _last_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]
