"""HMDB51, with each of its three splits.

    <root>/<class>/<name>.avi, videos/<class>/…       the unpacked archives, as mmaction2 lays them out; or flat
    <root>/testTrainMulti_7030_splits/ or annotations/: <class>_test_split1.txt, … 2, 3

Schema: test_train_splits.rar, a file a class and split, `<name>.avi 1` a line: 1 trains, 2 tests, 0 is not used
in that split, and its rows have no split here (as torchvision's datasets.HMDB51 and mmaction2's
tools/data/hmdb51 read them).
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import find_all, lines_of, where

NAMES = ("hmdb51", "HMDB51", "hmdb-51", "HMDB-51")
ABOUT = {
    "title": "HMDB51 (Kuehne et al., 2011)",
    "homepage": "https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/",
    "forbids": terms.ATTRIBUTION,
    "licence": "CC BY 4.0",
}
WITHHELD = "CC BY 4.0 is its laboratory's licence; the clips are cut from films and videos of others"
SUFFIX = ".avi"
_SPLITS = {"0": None, "1": "train", "2": "test"}


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a clip, split as in the official split 1. Raises SourceError."""
    yield from _rows(root, 1)


def rows_2(root: Path) -> Iterator[Row]:
    """Yield a row a clip, split as in the official split 2. Raises SourceError."""
    yield from _rows(root, 2)


def rows_3(root: Path) -> Iterator[Row]:
    """Yield a row a clip, split as in the official split 3. Raises SourceError."""
    yield from _rows(root, 3)


def _rows(root: Path, number: int) -> Iterator[Row]:
    ending = f"_test_split{number}.txt"
    what = f"they come in test_train_splits.rar, from {ABOUT['homepage']}"
    for file in find_all(root, f"*{ending}", what=what):
        label = file.name.removesuffix(ending)
        for line, text in lines_of(file):
            name, _, part = text.rpartition(" ")
            stem = posixpath.splitext(name.strip())[0]
            yield Row(
                video_id=stem,
                file=stem,
                split=_SPLITS.get(part),
                labels=(label,),
                where=where(root, file, line),
                fault=None if part in _SPLITS else f"{text!r} ends in none of 0, 1 and 2",
            )
