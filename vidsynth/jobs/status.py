"""The status file: how far a build is, for whoever watches it from elsewhere."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vidsynth.shards.folder import write_atomically

_EVERY_S = 5.0


class StatusFile:
    """A file that holds what `facts()` says, written anew every five seconds and at the end, whole or not at all.

    A status that cannot be written stops nothing.
    """

    def __init__(self, file: Path, facts: Callable[[], Mapping[str, Any]]) -> None:
        self._file, self._facts = file, facts
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        self._write()
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        self._write()

    def _keep(self) -> None:
        while not self._over.wait(_EVERY_S):
            self._write()

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            write_atomically(self._file, (json.dumps(self._facts(), indent=1) + "\n").encode())
