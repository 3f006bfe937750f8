"""One build at a time in a folder."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import IO

from vidsynth.errors import ShardError
from vidsynth.shards.folder import BuildFolder


@contextlib.contextmanager
def locked(folder: BuildFolder) -> Iterator[None]:
    """Hold the folder for this process, whose name the lock file bears. Raises ShardError if another build holds it.

    The lock is the system's: it ends with the process, however that ends, and no clock is asked.
    """
    try:
        folder.lock.parent.mkdir(parents=True, exist_ok=True)
        file = folder.lock.open("a+", encoding="utf-8")
    except OSError as error:
        raise ShardError(f"{folder.path}: cannot be written: {error.strerror}") from None
    with file:
        lock = _flock()
        if lock is not None:
            try:
                lock(file.fileno())
            except BlockingIOError:
                raise ShardError(f"{folder}: another vidsynth build is at work here{_holder(file)}") from None
            except OSError:
                pass  # a file system without locks: two builds would only do the same work twice
        file.truncate(0)
        file.write(json.dumps({"host": socket.gethostname(), "pid": os.getpid(), "user": _user(), "since": _now()}))
        file.flush()
        yield


def _holder(file: IO[str]) -> str:
    """Return who holds the lock, in brackets; nothing if the file does not say."""
    file.seek(0)
    try:
        holder = json.loads(file.read(4096))
        return f" (process {holder['pid']} of {holder['user']} on {holder['host']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # a container's user without a name


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z")


def _flock() -> Callable[[int], None] | None:
    try:
        import fcntl
    except ImportError:
        return None
    return lambda handle: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
