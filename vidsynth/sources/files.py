"""Finding video files under a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from vidsynth.errors import SourceError
from vidsynth.store import Location, Store, Url

SUFFIXES = frozenset(
    [
        ".mp4",
        ".m4v",
        ".mov",
        ".avi",
        ".mkv",
        ".webm",
        ".mpg",
        ".mpeg",
        ".m2v",
        ".ts",
        ".mts",
        ".m2ts",
        ".wmv",
        ".flv",
        ".3gp",
        ".ogv",
        ".vob",
        ".h264",
        ".h265",
    ]
)


def video_files(root: Location) -> list[str]:
    """Return the videos under `root`, a folder or a URL, sorted, as relative paths with forward slashes.

    Known by their suffix; hidden files and folders are left out, links are followed (each folder is
    entered once). Raises SourceError if `root` is not a folder, or some part of it cannot be listed.
    """
    if isinstance(root, Url):
        return sorted(name for name in Store(root).files() if _is_video(name) and not re.search(r"(^|/)\.", name))
    if not root.is_dir():
        raise SourceError(f"{root}: no such folder" if not root.exists() else f"{root}: not a folder")
    return sorted(_walk(str(root), "", set()))


def _walk(folder: str, relative: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    stat = os.stat(folder)
    if (stat.st_dev, stat.st_ino) in seen:
        return
    seen.add((stat.st_dev, stat.st_ino))
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        raise SourceError(f"{folder}: cannot be listed: {error.strerror}") from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = f"{relative}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry.path, f"{path}/", seen)
        elif _is_video(entry.name):
            yield path


def _is_video(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES
