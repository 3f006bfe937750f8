"""Files that are being written: hidden beside their places, and swept away if their writer was killed.

A part file's name says whose it is: `.part.HOST-PID.NAME`, of process PID on HOST, to become NAME.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"\.part\.(?P<host>[^.]+)-(?P<process>\d+)\.")


@contextlib.contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """Yield a path to write to, beside `file` and with its suffix; if all goes well, it takes the file's place."""
    beside = file.with_name(f".part.{_host()}-{os.getpid()}.{file.name}")
    try:
        yield beside
        os.replace(beside, file)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def sweep(folder: Path, *, alone: bool = False) -> None:
    """Delete the part files in a folder (not in those below it) that killed processes left.

    alone : no other process writes here, so that every part file is one; else only those are known whose writer
        was a process of this machine that runs no more.
    """
    for file in left_over(folder):
        if alone or _is_dead(file):
            with contextlib.suppress(OSError):
                file.unlink()


def left_over(folder: Path) -> list[Path]:
    """Return the part files in a folder: of killed processes, or of some that are writing now."""
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if _NAME.match(entry.name))
    except OSError:
        return []


def _is_dead(file: Path) -> bool:
    match = _NAME.match(file.name)
    if match is None or match["host"] != _host() or os.name != "posix":
        return False
    try:
        os.kill(int(match["process"]), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def _host() -> str:
    return socket.gethostname().partition(".")[0] or "localhost"
