"""Lists of UCF101, and of NTU60 in the same form.

    classInd.txt        1 ApplyEyeMakeup
    trainlist01.txt     ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1
    testlist01.txt      ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.avi

The authors' readers (action_recognition/datasets/ucf.py, ntu60.py) take the first word of a line as the file and
its folder as the class, whose number is its place in classInd.txt. Folders of NTU60's classes have `_` for whatever
is neither a letter nor a digit: `touch_back__backache_`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe.lists.lines import numbered_lines, rows_by_split, split_line, told, word
from vidsynth.splits.severe.numbers import NUMBER, Listed, Published, Texts, class_numbers, name_of

_CLASSES = "classInd.txt"
_FILES = {"train": "trainlist01.txt", "test": "testlist01.txt"}


def read(texts: Texts) -> Published:
    """Return what the three files say. Raises SourceError."""
    names = [split_line(number, line, 2, _CLASSES)[1] for number, line in numbered_lines(texts(_CLASSES) or "")]
    numbers = {name: number for number, name in enumerate(names)}
    lines = []
    for split, file in _FILES.items():
        for at, line in numbered_lines(texts(file) or ""):
            path = split_line(at, line, 1, file)[0]
            label = posixpath.dirname(path)
            if label not in numbers:
                raise SourceError(f"{file}:{at}: class {label!r} is not in {_CLASSES}")
            lines.append(Listed(name_of(path), split, numbers[label]))
    return Published(lines, names)


def write(manifest: Manifest, published: Published | None) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the three files. Raises SourceError."""
    rows = rows_by_split(manifest)
    names = list(published.classes) if published else [re.sub(r"\W", "_", name) for name in _names(manifest)]
    yield _CLASSES, [f"{number} {name}\n" for number, name in enumerate(names, 1)]
    for split, file in _FILES.items():
        lines = []
        for row, extra in rows.pop(split, []):
            number = told(row, extra, NUMBER)
            path = f"{names[number]}/{word(posixpath.basename(row.path), 'file name')}"
            lines.append(f"{path} {number + 1}\n" if split == "train" else f"{path}\n")
        yield file, lines
    if rows:
        raise SourceError(f"split {min(rows)!r}: these lists have {' and '.join(_FILES)} alone")


def _names(manifest: Manifest) -> list[str]:
    found: dict[int, str] = {}
    for labels, number in zip(manifest.table["labels"].to_pylist(), class_numbers(manifest), strict=True):
        if labels and number is not None:
            found[number] = labels[0]
    if sorted(found) != list(range(len(found))):
        raise SourceError(f"rows tell the classes {sorted(found)[:8]}… only: {_CLASSES} needs every one from 0")
    return [found[number] for number in range(len(found))]
