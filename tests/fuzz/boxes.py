"""MP4 boxes (ISO/IEC 14496-12): where they lie in a file, and files with other boxes."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_HOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta", b"dinf", b"mvex", b"moof", b"traf"}


class Box(NamedTuple):
    """A box: its kind, where it begins and ends, and the boxes around it, outermost first, by their beginnings."""

    kind: bytes
    start: int
    stop: int
    around: tuple[int, ...]


def boxes(data: bytes) -> list[Box]:
    """Return every box of a well-formed file, each before what it holds."""
    return list(_boxes(data, 0, len(data), ()))


def _boxes(data: bytes, start: int, stop: int, around: tuple[int, ...]) -> Iterator[Box]:
    while start + 8 <= stop:
        size, kind = struct.unpack_from(">I4s", data, start)
        if not 8 <= size <= stop - start:
            return
        yield Box(kind, start, start + size, around)
        if kind in _HOLDERS:
            yield from _boxes(data, start + 8, start + size, (*around, start))
        start += size


def replaced(data: bytes, box: Box, content: bytes) -> bytes:
    """Return the file with other bytes in a box's place; the boxes around it keep fitting, chunk offsets do not."""
    out = bytearray(data[: box.start] + content + data[box.stop :])
    for start in box.around:
        size = struct.unpack_from(">I", data, start)[0] + len(content) - (box.stop - box.start)
        struct.pack_into(">I", out, start, size)
    return bytes(out)


def made(kind: bytes, content: bytes) -> bytes:
    """Return a box."""
    return struct.pack(">I4s", 8 + len(content), kind) + content


def edit_list(entries: Sequence[tuple[int, int]]) -> bytes:
    """Return an edit list of (duration, media time), as version 1."""
    listed = b"".join(struct.pack(">qqI", duration, time, 1 << 16) for duration, time in entries)
    return made(b"edts", made(b"elst", struct.pack(">II", 1 << 24, len(entries)) + listed))
