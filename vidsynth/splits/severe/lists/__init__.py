"""The lists that data sets were published with, and that the authors' training code reads: in and out.

A format's `read` takes a function that gives a file's text by name (None if there is none) and returns what its
lists say; `write` yields (file name, pieces of its content) for a manifest. Neither touches a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from vidsynth.manifest import Manifest
from vidsynth.splits.severe.lists import classes, frames, gym, something
from vidsynth.splits.severe.lists import repetitions as counts
from vidsynth.splits.severe.numbers import Published, Texts

__all__ = ["FORMATS", "Format", "Texts"]

Files = Iterator[tuple[str, Iterable[str | bytes]]]


@dataclass(frozen=True, slots=True)
class Format:
    """How one data set's lists are read and written.

    read : None where a subset needs nothing of the official lists.
    write : of a manifest, and of what `read` gave, if it did.
    """

    read: Callable[[Texts], Published] | None
    write: Callable[[Manifest, Published | None], Files]


FORMATS: dict[str, Format] = {
    "ucf101": Format(classes.read, classes.write),
    "ntu60": Format(classes.read, classes.write),
    "gym99": Format(gym.read_99, gym.write_99),
    "gym288": Format(gym.read_288, gym.write_288),
    "ssv2": Format(something.read, something.write),
    "charades": Format(None, frames.write_charades),
    "ava": Format(None, frames.write_ava),
    "ucfrep": Format(None, counts.write),
}
