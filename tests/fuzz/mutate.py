"""Damage to video files: a function of the file, a number and a seed, and so repeatable.

What happens to files in earnest (cut off, overwritten, spliced, a flipped bit), and what somebody might do to
them: boxes in another order, pictures of 2^31 pixels, a track of 10^9 frames.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np
from boxes import Box, boxes, edit_list, made, replaced

Rng = np.random.Generator
Mutation = Callable[[bytes, Rng], bytes]

_EXTREME = (0, 1, 2, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 10**9, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_HEADER = 600
# Of EBML: picture width and height, time scale, duration, frame's duration, sampling rate, channels, track number.
_EBML = (b"\xb0", b"\xba", b"\x2a\xd7\xb1", b"\x44\x89", b"\x23\xe3\x83", b"\xb5", b"\x9f", b"\xd7", b"\x83")
_AVI = (b"avih", b"strh", b"strf", b"idx1", b"movi", b"LIST")


def mutated(data: bytes, others: Sequence[bytes], seed: int, number: int) -> tuple[bytes, str]:
    """Return a damaged copy of a file, and the names of what was done to it; `others` lend it parts."""
    rng = np.random.default_rng([seed, number])
    kinds = [*_ANY, *(_OF_MP4 if data[4:8] == b"ftyp" else ()), *(_OF_AVI if data[:4] == b"RIFF" else ())]
    kinds += _OF_MATROSKA if data[:4] == b"\x1aE\xdf\xa3" else ()
    done = []
    for _ in range(int(rng.integers(1, 4))):
        if rng.random() < 0.04:
            other = others[int(rng.integers(len(others)))]
            data, name = _spliced(data, other, rng), "splice"
        else:
            mutation = kinds[int(rng.integers(len(kinds)))]
            data, name = mutation(data, rng), mutation.__name__.removeprefix("_")
        done.append(name)
    return data, "+".join(done)


def _place(rng: Rng, length: int) -> int:
    return int(rng.integers(max(1, length)))


def _flipped(data: bytes, rng: Rng, start: int, stop: int) -> bytes:
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 17))):
        if stop > start:
            out[start + _place(rng, stop - start)] ^= 1 << int(rng.integers(8))
    return bytes(out)


def _bits_of_header(data: bytes, rng: Rng) -> bytes:
    return _flipped(data, rng, 0, min(len(data), _HEADER))


def _bits_of_end(data: bytes, rng: Rng) -> bytes:
    return _flipped(data, rng, max(0, len(data) - 2 * _HEADER), len(data))


def _bits(data: bytes, rng: Rng) -> bytes:
    return _flipped(data, rng, 0, len(data))


def _cut_off(data: bytes, rng: Rng) -> bytes:
    return data[: _place(rng, len(data))]


def _cut_out(data: bytes, rng: Rng) -> bytes:
    start = _place(rng, len(data))
    return data[:start] + data[start + _place(rng, len(data) // 4) :]


def _beheaded(data: bytes, rng: Rng) -> bytes:
    return data[_place(rng, min(len(data), 2 * _HEADER)) :]


def _overwritten(data: bytes, rng: Rng) -> bytes:
    start, length = _place(rng, len(data)), 1 + _place(rng, 512)
    fill = [bytes(length), b"\xff" * length, rng.bytes(length)][int(rng.integers(3))]
    return data[:start] + fill[: len(data) - start] + data[start + length :]


def _repeated(data: bytes, rng: Rng) -> bytes:
    start = _place(rng, len(data))
    part = data[start : start + 1 + _place(rng, 2048)]
    return data[:start] + part * int(rng.integers(2, 40)) + data[start:]


def _garbage_after(data: bytes, rng: Rng) -> bytes:
    return data + rng.bytes(_place(rng, 100_000))


def _garbage_before(data: bytes, rng: Rng) -> bytes:
    return rng.bytes(_place(rng, 4096)) + data


def _exchanged(data: bytes, rng: Rng) -> bytes:
    a, b = sorted(_place(rng, len(data)) for _ in range(2))
    length = min(b - a, len(data) - b, 1 + _place(rng, 4096))
    return data[:a] + data[b : b + length] + data[a + length : b] + data[a : a + length] + data[b + length :]


def _spliced(data: bytes, other: bytes, rng: Rng) -> bytes:
    return data[: _place(rng, len(data))] + other[_place(rng, len(other)) :]


def _extreme(data: bytes, rng: Rng, start: int, stop: int) -> bytes:
    """Write an extreme number of 2, 4 or 8 bytes somewhere between two places."""
    out = bytearray(data)
    value = _EXTREME[int(rng.integers(len(_EXTREME)))]
    size = (2, 4, 4, 4, 8)[int(rng.integers(5))]
    at = start + _place(rng, stop - start - size)
    if at + size <= len(out):
        out[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, ("big", "little")[int(rng.integers(2))])
    return bytes(out)


def _number_in_header(data: bytes, rng: Rng) -> bytes:
    return _extreme(data, rng, 0, min(len(data), _HEADER))


def _number(data: bytes, rng: Rng) -> bytes:
    return _extreme(data, rng, 0, len(data))


def _nothing_left(data: bytes, rng: Rng) -> bytes:
    return data[: int(rng.integers(0, 16))]


# ------------------------------------------------------------------------------ MP4


def _any_box(data: bytes, rng: Rng, *kinds: bytes) -> Box | None:
    found = [box for box in boxes(data) if not kinds or box.kind in kinds]
    return found[int(rng.integers(len(found)))] if found else None


def _box_dropped(data: bytes, rng: Rng) -> bytes:
    box = _any_box(data, rng)
    return replaced(data, box, b"") if box else data


def _box_doubled(data: bytes, rng: Rng) -> bytes:
    box = _any_box(data, rng)
    copies = 2 if rng.random() < 0.8 else 300
    return replaced(data, box, data[box.start : box.stop] * copies) if box and box.stop - box.start < 5000 else data


def _boxes_exchanged(data: bytes, rng: Rng) -> bytes:
    first, second = _any_box(data, rng), _any_box(data, rng)
    if not first or not second or first.start == second.start:
        return data
    a, b = sorted((first, second), key=lambda box: box.start)
    if b.stop <= a.stop:  # one holds the other
        return replaced(data, a, data[b.start : b.stop])
    swapped = replaced(data, b, data[a.start : a.stop])
    return replaced(swapped, a, data[b.start : b.stop])


def _box_resized(data: bytes, rng: Rng) -> bytes:
    box = _any_box(data, rng)
    if not box:
        return data
    size = box.stop - box.start
    sizes = (0, 1, 7, 8, size - 1, size + 1, size // 2, 2 * size, 0x7FFFFFFF, 0xFFFFFFFF)
    out = bytearray(data)
    struct.pack_into(">I", out, box.start, max(0, sizes[int(rng.integers(len(sizes)))]))
    return bytes(out)


def _box_renamed(data: bytes, rng: Rng) -> bytes:
    box, other = _any_box(data, rng), _any_box(data, rng)
    if not box or not other:
        return data
    return data[: box.start + 4] + other.kind + data[box.start + 8 :]


def _box_number(data: bytes, rng: Rng) -> bytes:
    """Write an extreme number into a box that says how large, long or many things are."""
    kinds = (b"tkhd", b"mvhd", b"mdhd", b"stsd", b"stts", b"stsz", b"stsc", b"stco", b"ctts", b"stss", b"elst", b"trun")
    kinds += (b"tfhd", b"mfhd", b"trex", b"hdlr", b"dref", b"sgpd", b"sbgp")
    box = _any_box(data, rng, *kinds)
    return _extreme(data, rng, box.start + 8, min(box.stop, box.start + 120)) if box else data


def _many_frames(data: bytes, rng: Rng) -> bytes:
    """Claim 10^9 frames of one size, in one chunk, that last no time."""
    count = (10**6, 10**9, 0x7FFFFFFF, 0xFFFFFFFF)[int(rng.integers(4))]
    tables = {
        b"stsz": made(b"stsz", struct.pack(">III", 0, int(rng.integers(1, 3)), count)),
        b"stsc": made(b"stsc", struct.pack(">IIIII", 0, 1, 1, count, 1)),
        b"stts": made(b"stts", struct.pack(">IIII", 0, 1, count, int(rng.integers(0, 3)))),
    }
    for kind, table in tables.items():
        box = _any_box(data, rng, kind)
        if box and rng.random() < 0.8:
            data = replaced(data, box, table)
    return data


def _edited(data: bytes, rng: Rng) -> bytes:
    """Give a track an edit list: trimmed, repeated, endless, negative, out of the media."""
    box = _any_box(data, rng, b"mdia")
    if not box:
        return data
    values = (0, 1, 1000, 10**9, -1, -(10**9), 2**62, 512, 6144)
    count = int(rng.integers(0, 5)) if rng.random() < 0.8 else 2000
    entries = [(values[int(rng.integers(len(values)))], values[int(rng.integers(len(values)))]) for _ in range(count)]
    return replaced(data, box, edit_list(entries) + data[box.start : box.stop])


# ------------------------------------------------------------------------------ other containers


def _number_after(data: bytes, rng: Rng, marks: Sequence[bytes], reach: int) -> bytes:
    mark = marks[int(rng.integers(len(marks)))]
    at = data.find(mark, _place(rng, min(len(data), _HEADER)) if rng.random() < 0.5 else 0)
    return _extreme(data, rng, at + len(mark), min(len(data), at + len(mark) + reach)) if at >= 0 else data


def _element(data: bytes, rng: Rng) -> bytes:
    return _number_after(data, rng, _EBML, 10)


def _chunk(data: bytes, rng: Rng) -> bytes:
    return _number_after(data, rng, _AVI, 60)


_ANY: tuple[Mutation, ...] = (
    _bits_of_header, _bits_of_header, _bits, _bits, _bits_of_end, _cut_off, _cut_out, _beheaded, _overwritten,
    _repeated, _garbage_after, _garbage_before, _exchanged, _number_in_header, _number_in_header, _number,
    _nothing_left,
)  # fmt: skip
_OF_MP4: tuple[Mutation, ...] = (
    _box_dropped, _box_doubled, _boxes_exchanged, _boxes_exchanged, _box_resized, _box_resized, _box_renamed,
    _box_number, _box_number, _box_number, _box_number, _many_frames, _edited, _edited,
)  # fmt: skip
_OF_MATROSKA: tuple[Mutation, ...] = (_element,) * 4
_OF_AVI: tuple[Mutation, ...] = (_chunk,) * 4
