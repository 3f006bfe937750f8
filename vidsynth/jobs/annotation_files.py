"""A folder of official annotation files, found by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from vidsynth.errors import SourceError

MAX_BYTES = 1 << 30
_SUFFIXES = (".txt", ".csv", ".json")
_DEPTH = 2  # folders below the first in which files are looked for


class AnnotationFiles:
    """The .txt, .csv and .json files in a folder, at most two folders down; the nearer ones first.

    Calling it with a name gives that file's text, or None. A folder that is not there has none. Raises SourceError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = _files(folder, _DEPTH) if folder.is_dir() else ()
        self.files = sorted(found, key=lambda file: (len(file.parts), file))

    def __call__(self, name: str) -> str | None:
        return next((read(file) for file in self.files if file.name == name), None)


def read(file: Path) -> str:
    """Return a file's text. Raises SourceError."""
    try:
        if file.stat().st_size > MAX_BYTES:
            raise SourceError(f"{file}: larger than {MAX_BYTES >> 30} GiB; is this the annotation file?")
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{file}: not readable as text: {error}") from None


def _files(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise SourceError(f"{folder}: cannot be listed: {error.strerror}") from None
    for entry in entries:
        if entry.name.endswith(_SUFFIXES):
            yield Path(entry.path)
        elif depth and not entry.name.startswith(".") and entry.is_dir():
            yield from _files(Path(entry.path), depth - 1)
