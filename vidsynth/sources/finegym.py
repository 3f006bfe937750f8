"""FineGym: the element-level clips of Gym99 and Gym288, and the two small sets of SEVERE cut from Gym99.

    <root>/<youtube id>_E_<event start>_<event end>_A_<action start>_<action end>.mp4 (or .avi)
    <root>/subactions/…                                  as mmaction2 lays them out
    <root>/[annotations/]gym99_train_element_v1.1.txt (or v1.0, or mmaction2's gym99_train_org.txt),
        gym99_val_element.txt, and the same with gym288
    <root>/[annotations/]gym99_categories.txt, gym288_categories.txt    for the classes' names

Schema: https://sdolivia.github.io/FineGym: `<clip> <class number>` a line of the lists (the copies of
https://github.com/fmthoker/SEVERE-BENCHMARK end the clip's name in .avi), and
`Clabel: 0; set: 1; Glabel: 1; (VT) round-off, …` of the categories. Without categories the label is the number.
FX-S1 are the classes 6..16 of Gym99, UB-S1 74..88 (SEVERE, ECCV 2022).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import find, find_splits, lines_of, where

NAMES = ("finegym", "FineGym", "gym", "Gym99", "gym99")
ABOUT = {
    "title": "FineGym (Shao et al., 2020, arXiv 2004.06704)",
    "homepage": "https://sdolivia.github.io/FineGym/",
    "forbids": f"commercial use of the annotations; {terms.UPLOADERS}",
    "licence": "annotations CC BY-NC 4.0; videos under the terms of their uploaders",
}
WITHHELD = "its videos are under the terms of their uploaders on YouTube"
FX_S1, UB_S1 = range(6, 17), range(74, 89)
_CATEGORY = re.compile(r"Clabel:\s*(?P<number>\d+);.*;\s*(?P<name>[^;]+)")


def rows_99(root: Path) -> Iterator[Row]:
    """Yield a row a clip of Gym99. Raises SourceError."""
    yield from _rows(root, "gym99", range(99))


def rows_288(root: Path) -> Iterator[Row]:
    """Yield a row a clip of Gym288. Raises SourceError."""
    yield from _rows(root, "gym288", range(288))


def rows_fx_s1(root: Path) -> Iterator[Row]:
    """Yield a row a clip of FX-S1: leaps, jumps and hops of the floor exercise. Raises SourceError."""
    yield from _within(root, FX_S1)


def rows_ub_s1(root: Path) -> Iterator[Row]:
    """Yield a row a clip of UB-S1: circles on the uneven bars. Raises SourceError."""
    yield from _within(root, UB_S1)


def _within(root: Path, classes: range) -> Iterator[Row]:
    return (row for row in rows_99(root) if row.fault is None and row.extra["class"] in classes)


def _rows(root: Path, name: str, classes: range) -> Iterator[Row]:
    files = [
        ("train", [f"{name}_train_{kind}.txt" for kind in ("element_v1.1", "element_v1.0", "element", "org")]),
        ("val", [f"{name}_val_{kind}.txt" for kind in ("element_v1.1", "element_v1.0", "element", "org")]),
    ]
    for _, names in files:
        names.append(names[0].replace("_element_v1.1", ""))  # SEVERE's copies
    categories = find(root, f"{name}_categories.txt")
    found = (_CATEGORY.match(text) for _, text in lines_of(categories)) if categories else ()
    titles = {int(match["number"]): match["name"].strip() for match in found if match}
    for split, file in find_splits(root, files, what=f"they come from {ABOUT['homepage']}"):
        for line, text in lines_of(file):
            clip, _, number = text.partition(" ")
            known = number.strip().isdecimal() and int(number) in classes
            clip = clip.removesuffix(".avi").removesuffix(".mp4")
            yield Row(
                video_id=clip,
                file=clip,
                split=split,
                labels=(titles.get(int(number), number.strip()),) if known else (),
                extra={"class": int(number)} if known else {},
                where=where(root, file, line),
                fault=None if known else f"class {number!r} is none of 0..{len(classes) - 1}",
            )
