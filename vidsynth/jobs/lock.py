"""One build at a time in a folder; or several slices of it, each once."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from vidsynth.errors import ShardError
from vidsynth.jobs.slices import Slice
from vidsynth.shards.folder import BuildFolder

_PATIENCE_S = 1.0  # others may hold a lock for a moment, to see whether they are alone


@contextlib.contextmanager
def locked(folder: BuildFolder, part: Slice | None = None) -> Iterator[None]:
    """Hold the folder, or one slice of it, for this process, whose name the lock file bears.

    Slices hold the folder together, if they are slices of the same number: others would have shards in common.
    The locks are the system's: they end with the process, however that ends, and no clock is asked.

    Raises ShardError if another build holds what is asked for.
    """
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(_opened(folder, folder.lock))
        if part is None:
            if not _take(file):
                raise ShardError(f"{folder}: another vidsynth build is at work here{_holder(file)}")
            _sign(file)
        else:
            if _take(file):
                _sign(file, slices=part.of)
            if not _take(file, shared=True):
                raise ShardError(f"{folder}: another vidsynth build is at work here{_holder(file)}")
            others = _signed(file).get("slices", part.of)
            if others != part.of:
                raise ShardError(
                    f"{folder}: slices of {others} are being built here, and {part} has shards in common with "
                    f"them{_holder(file)}; wait for them, or take another slice of {others}"
                )
            own = stack.enter_context(_opened(folder, _lock_of(folder, part)))
            if not _take(own, _PATIENCE_S):
                raise ShardError(f"{folder}: slice {part} is being built already{_holder(own)}")
            _sign(own)
        yield


def known_slices(folder: BuildFolder) -> list[Slice]:
    """Return the slices that were ever begun, in order."""
    names = (re.fullmatch(r"(\d+)-of-(\d+)\.lock", path.name) for path in folder.slices.glob("*.lock"))
    return sorted((Slice(int(name[1]), int(name[2])) for name in names if name), key=lambda one: (one.of, one.number))


def slices_at_work(folder: BuildFolder) -> list[Slice]:
    """Return the slices that are being built, in order."""
    found = []
    for part in known_slices(folder):
        with _opened(folder, _lock_of(folder, part)) as file:
            if not _take(file):
                found.append(part)
    return found


def _lock_of(folder: BuildFolder, part: Slice) -> Path:
    return folder.status(str(part)).with_suffix(".lock")


def _opened(folder: BuildFolder, path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise ShardError(f"{folder}: cannot be written: {error.strerror}") from None


def _take(file: IO[str], patience_s: float = 0.0, *, shared: bool = False) -> bool:
    """Tell whether the file's lock could be taken, alone or shared with others."""
    try:
        import fcntl
    except ImportError:
        return True
    until = time.monotonic() + (_PATIENCE_S if shared else patience_s)
    while True:
        try:
            fcntl.flock(file.fileno(), (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        except OSError:
            return True  # a file system without locks: two builds would only do the same work twice


def _sign(file: IO[str], **facts: Any) -> None:
    ours = {"host": socket.gethostname(), "pid": os.getpid(), "user": _user(), "since": _now()}
    file.truncate(0)
    file.write(json.dumps(ours | facts))
    file.flush()


def _signed(file: IO[str]) -> dict[str, Any]:
    """Return what the holder of a lock wrote; nothing if the file does not say."""
    file.seek(0)
    try:
        found = json.loads(file.read(4096))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _holder(file: IO[str]) -> str:
    """Return who holds the lock, in brackets; nothing if the file does not say."""
    holder = _signed(file)
    try:
        return f" (process {holder['pid']} of {holder['user']} on {holder['host']}, since {holder['since']})"
    except KeyError:
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())  # a container's user without a name


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z")
