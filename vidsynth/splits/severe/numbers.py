"""Class numbers: which integer a row's class is, in the numbering that the data set published."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest

Texts = Callable[[str], str | None]  # gives a file's text by its name, or None if there is none

NUMBER = "class"  # in `extra`, counted from 0


class Listed(NamedTuple):
    """A line of a published list: the video's name without folder and suffix, its split, its class from 0."""

    name: str
    split: str
    number: int


class Published(NamedTuple):
    """What a data set's official lists say.

    lines : in their order. classes : names, by number; may be empty. drops_missing : the authors' reader of this data
        set passes over videos that are not on disk, without a word, before it draws samples.
    """

    lines: Sequence[Listed]
    classes: Sequence[str] = ()
    drops_missing: bool = False


def name_of(path: str) -> str:
    """Return a file's name without folder and suffix, by which lists and files are joined.

    >>> name_of("UCF-101/Archery/v_Archery_g01_c01.avi")
    'v_Archery_g01_c01'
    """
    return posixpath.splitext(posixpath.basename(path))[0]


def numbered(manifest: Manifest, published: Published | None = None) -> Manifest:
    """Return the manifest with its class numbers in `extra.class`; see `class_numbers`.

    With a published list the rows are those that it names, in the splits that it puts them in. Raises SourceError.
    """
    if published is not None:
        line_of = {line.name: line for line in published.lines}
        names = [name_of(path) for path in manifest.table["path"].to_pylist()]
        rows = [row for row, name in enumerate(names) if name in line_of]
        if not rows:
            name = manifest.about.get("name", manifest.root)
            example = f", such as {published.lines[0].name}," if published.lines else ""
            raise SourceError(f"none of the {len(line_of)} videos of the official lists{example} is in {name}")
        lines = [line_of[names[row]] for row in rows]
        return manifest.take(rows).replaced(
            {"split": [line.split for line in lines], NUMBER: [line.number for line in lines]}
        )
    return manifest.replaced({NUMBER: class_numbers(manifest)})


def class_numbers(manifest: Manifest) -> list[int | None]:
    """Return each row's class number: `extra.class`, else NTU60's `extra.action` (from 1), else a label that is a
    number, else None.

    Raises SourceError where some rows of a labelled split tell theirs and others do not.
    """
    extras, labels = manifest.extras(), manifest.table["labels"].to_pylist()
    numbers = [_number(extra, label) for extra, label in zip(extras, labels, strict=True)]
    absent = [row for row, (number, label) in enumerate(zip(numbers, labels, strict=True)) if number is None and label]
    if absent and len(absent) < sum(map(bool, labels)):
        row = manifest[absent[0]]
        raise SourceError(f"row {absent[0] + 1}: {row.video_id}: its `extra` tells no {NUMBER}, as others' does")
    return numbers


def _number(extra: Mapping[str, Any], labels: Sequence[str] | None) -> int | None:
    if NUMBER in extra:
        return extra[NUMBER] if isinstance(extra[NUMBER], int) else None
    if isinstance(extra.get("action"), int):
        return int(extra["action"]) - 1
    return int(labels[0]) if labels and len(labels) == 1 and labels[0].isdecimal() else None
