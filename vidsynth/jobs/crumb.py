"""A crumb: the file by which a worker names the video in hand, so that a crash can be laid at its door."""

from __future__ import annotations

import os
from pathlib import Path


class Crumb:
    """A file that names the video in hand; it is gone when the task is finished.

    It also counts how often one was named: that reading a long one goes on can be seen without asking any clock.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> Crumb:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self._file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
        self._count = 0
        return self

    def leave(self, path: str) -> None:
        self._count += 1
        os.pwrite(self._handle, os.fsencode(path) + f"\0{self._count}\0".encode(), 0)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
        self._file.unlink(missing_ok=True)


def read_crumb(file: Path) -> tuple[str, str] | None:
    """Return the video that a task is reading, and a count that changes as it goes on."""
    try:
        path, count, *_ = file.read_bytes().split(b"\0")  # which no name holds; a line break it may
        return os.fsdecode(path), count.decode()
    except (OSError, ValueError):
        return None
