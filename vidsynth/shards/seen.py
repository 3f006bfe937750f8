"""What the videos of a build were when it first read them, so that one that changes later is noticed.

Of each video of a finished shard, its marker keeps 12 bytes: a hash of the path, and a hash of the file's size, its
first bytes and its last. These, and not the time of change: copies of a data set differ in it, and clocks jump.
"""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidsynth.store import Location

CHANGED = "changed since the build began: put it back as it was, or build anew into another folder"
_RECORD = np.dtype([("path", "<u8"), ("content", "<u4")])
_ENDS = 4096  # bytes that are hashed at either end of a file
_MANY = 100_000


def contents(root: Location, paths: Iterable[str], touch: Callable[[str], None]) -> dict[str, int]:
    """Return a hash of each video's content: of its size and both its ends. What cannot be read is left out.

    Files at a URL have versions that the index keeps (see `VideoIndex.file`): nothing is read of them here.

    touch : is called with each path before its file is opened, for that may take for ever.
    """
    found: dict[str, int] = {}
    if not isinstance(root, Path):
        return found
    for path in paths:
        touch(path)
        try:
            if not stat.S_ISREG(os.stat(root / path).st_mode):
                continue  # opening a pipe waits for somebody to write to it
            with open(root / path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                ends = file.read(_ENDS)
                file.seek(max(_ENDS, size - _ENDS))
                ends += file.read(_ENDS)
        except OSError:
            continue
        digest = hashlib.blake2b(size.to_bytes(8, "little") + ends, digest_size=4).digest()
        found[path] = int.from_bytes(digest, "little")
    return found


def to_text(found: Mapping[str, int]) -> str:
    """Return what `contents` found as a marker keeps it: base64 of the records and of their CRC-32."""
    records = np.array(sorted((_key(path), content) for path, content in found.items()), _RECORD).tobytes()
    return base64.b64encode(records + zlib.crc32(records).to_bytes(4, "little")).decode()


def from_text(text: str) -> NDArray[np.void]:
    """Return the records that `to_text` wrote. Raises ValueError if they are damaged."""
    data = base64.b64decode(text, validate=True)
    records = data[:-4]
    if zlib.crc32(records).to_bytes(4, "little") != data[-4:]:
        raise ValueError("damaged")
    return np.frombuffer(records, _RECORD)


class Seen:
    """The contents of the videos of finished shards, from their markers; 12 bytes each, for there may be millions."""

    def __init__(self, texts: Iterable[str]) -> None:
        records = np.concatenate([np.empty(0, _RECORD), *map(_sound, texts)])
        self._kept = records[np.argsort(records["path"], kind="stable")]
        self._recent: dict[int, int] = {}

    def add(self, text: str) -> bool:
        """Take in the videos of a shard that is finished now; tell whether all are as they were seen before."""
        same = True
        for key, content in _sound(text).tolist():
            same &= self._content(key) in (None, content)
            self._recent.setdefault(key, content)
        if len(self._recent) > _MANY:
            recent = np.array(list(self._recent.items()), _RECORD)
            self._kept = np.concatenate([self._kept, recent])
            self._kept = self._kept[np.argsort(self._kept["path"], kind="stable")]
            self._recent.clear()
        return same

    def of(self, paths: Iterable[str]) -> dict[str, int]:
        """Return the contents that are known of these paths."""
        found = {path: self._content(_key(path)) for path in paths}
        return {path: content for path, content in found.items() if content is not None}

    def _content(self, key: int) -> int | None:
        # Where a video was recorded more than once, the first record counts.
        at = int(np.searchsorted(self._kept["path"], np.uint64(key)))
        if at < len(self._kept) and int(self._kept["path"][at]) == key:
            return int(self._kept["content"][at])
        return self._recent.get(key)


def _sound(text: str) -> NDArray[np.void]:
    """Return records; none where there are none, or they are damaged."""
    try:
        return from_text(text)
    except ValueError:
        return np.empty(0, _RECORD)


def _key(path: str) -> int:
    return int.from_bytes(hashlib.blake2b(path.encode(errors="surrogateescape"), digest_size=8).digest(), "little")
