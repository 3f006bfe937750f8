"""Files of a store on this disk, while they are in hand."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from vidsynth.errors import DecodeError, StoreError
from vidsynth.store import Stamp, Store, Url

# So much is kept of what was fetched last, beside the file in hand: the videos of a shard are wanted once to learn
# their facts, and once to be read.
KEPT_BYTES = 2 << 30


class Fetched:
    """The files last fetched from under a URL, in a temporary folder that is gone with this object.

    Each process has a folder of its own: a copy in another one, forked or spawned, begins with none.

    folder : where that lies (default: the system's place).
    """

    def __init__(self, root: Url, folder: Path | None = None) -> None:
        self._root, self._parent = root, folder
        self._begin()

    def __reduce__(self) -> tuple[Any, ...]:
        return Fetched, (self._root, self._parent)

    def _begin(self) -> None:
        self._process = os.getpid()
        self._store = Store(self._root)
        self._folder: Path | None = None
        self._files: dict[str, Path] = {}  # those used last stand last
        self._bytes = self._count = 0

    def file(self, name: str, going: Callable[[], None]) -> Path:
        """Return a file on this disk, fetched if need be; `going` is called as it comes. Raises DecodeError."""
        if self._process != os.getpid():
            self._begin()
        file = self._files.pop(name, None)
        if file is None:
            self._count += 1
            file = self._made() / f"{self._count}{PurePosixPath(name).suffix}"
            try:
                self._store.download(name, file, going)
            except StoreError as error:
                raise DecodeError(name, "no such file" if error.missing else error.reason) from None
            self._bytes += file.stat().st_size
        self._files[name] = file
        while self._bytes > KEPT_BYTES and len(self._files) > 1:
            oldest = self._files.pop(next(iter(self._files)))
            self._bytes -= oldest.stat().st_size
            oldest.unlink()
        return file

    def stamp(self, name: str) -> Stamp:
        """Return what tells a file's version. Raises DecodeError."""
        if name in self._files:
            here = self._files[name].stat()
            return Stamp(here.st_size, here.st_mtime_ns)
        try:
            stamp = self._store.stamp(name)
        except StoreError as error:
            raise DecodeError(name, error.reason) from None
        if stamp is None:
            raise DecodeError(name, "no such file")
        return stamp

    def _made(self) -> Path:
        if self._folder is None:
            if self._parent is not None:
                self._parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix="videos-", dir=self._parent))
            weakref.finalize(self, _remove, self._folder, self._process)
        return self._folder

    def drop(self) -> None:
        """Delete what was fetched."""
        if self._folder is not None:
            _remove(self._folder, self._process)
        self._begin()


def _remove(folder: Path, process: int) -> None:
    if process == os.getpid():  # a forked copy leaves it to its maker
        shutil.rmtree(folder, ignore_errors=True)
