"""What the header of an MP4 claims, held against the file's size before memory is taken for it.

FFmpeg makes an entry in memory for each frame of the tables (ISO/IEC 14496-12: `stsz` in 8.7.3.2, `trun` in 8.8.8),
up to 2 GiB a track: a file of 9 KB that claims 5 · 10^7 frames took 1.8 GB and five seconds to open. Every frame has a
byte at least, so there cannot be more of them than the file has bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from vidsynth.errors import DecodeError

_MAX_BOX = 256 << 20  # bytes of a `moov` or `moof` that is looked at
_HOLDERS = {b"trak", b"mdia", b"minf", b"stbl", b"traf"}
# Fields that a `trun` can hold of each frame: with none, its number of frames costs no byte of the file.
_OF_EACH_FRAME = 0xF00


def refuse_claims(name: str, file_bytes: int) -> None:
    """Raise DecodeError if an MP4 file claims more frames than it has bytes; any other file passes."""
    claimed = 0
    with open(name, "rb") as file:
        for kind, content in _headers(file, file_bytes):
            claimed += sum(_frames(content, kind == b"moof"))
            if claimed > file_bytes:
                raise DecodeError(name, "its header claims more frames than the file has bytes")
            if kind == b"moov" and b"mvex" not in content:
                return  # not in fragments: no frames but these


def _headers(file: BinaryIO, file_bytes: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of each `moov` and `moof` of a file."""
    at = 0
    while at + 8 <= file_bytes:
        file.seek(at)
        head = file.read(16)
        size, kind = struct.unpack_from(">I4s", head)
        skipped = 8
        if size == 1 and len(head) == 16:
            size, skipped = struct.unpack_from(">Q", head, 8)[0], 16
        size = size or file_bytes - at
        if size < skipped or not kind.isascii():
            return  # no MP4, or a damaged one: FFmpeg will say
        if kind in (b"moov", b"moof"):
            file.seek(at + skipped)
            yield kind, file.read(min(size - skipped, _MAX_BOX))
        at += size


def _frames(content: bytes, fragment: bool) -> Iterator[int]:
    """Yield how many frames each table of a header claims without a byte for each."""
    start = 0
    while start + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, start)
        stop = min(start + size, len(content)) if size >= 8 else len(content)
        inside = content[start + 8 : stop]
        if kind in _HOLDERS:
            yield from _frames(inside, fragment)
        elif kind == b"stsz" and not fragment and len(inside) >= 12:
            frame_bytes, count = struct.unpack_from(">II", inside, 4)
            if frame_bytes:
                yield count
        elif kind == b"trun" and fragment and len(inside) >= 8:
            flags, count = struct.unpack_from(">II", inside)
            if not flags & _OF_EACH_FRAME:
                yield count
        start = stop
