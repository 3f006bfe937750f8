"""Charades: a row a video, or a row an annotated action.

    <root>/Charades_v1_480/<id>.mp4                  the archive with the short side at 480 pixels
    <root>/Charades_v1/<id>.mp4                      the original sizes
    <root>/videos/<id>.mp4, or flat
    <root>/[Charades/|annotations/]Charades_v1_train.csv, Charades_v1_test.csv, Charades_v1_classes.txt

Schema: the CSVs of Charades.zip (columns id, subject, scene, quality, relevance, verified, script, objects,
descriptions, actions, length), actions being `c092 11.90 21.20;c147 0.00 12.60`, seconds; and
`c000 Holding some clothes` a line of the classes. A few actions end before they start, many after the length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import csv_rows, find_one, find_splits, lines_of, seconds, where

NAMES = ("charades", "Charades", "Charades_v1", "Charades_v1_480")
ABOUT = {
    "title": "Charades v1 (Sigurdsson et al., 2016, arXiv 1604.01753)",
    "homepage": "https://prior.allenai.org/projects/charades",
    "forbids": "commercial use; passing on without its license.txt",
    "licence": "Allen Institute for AI: non-commercial use",
}
WITHHELD = "the Allen Institute's licence is for non-commercial use"
_FROM = f"they come in Charades.zip, from {ABOUT['homepage']}"
_FILES = [("train", ["Charades_v1_train.csv"]), ("test", ["Charades_v1_test.csv"])]
CLASSES = "Charades_v1_classes.txt"
# Columns that say what the recording is like; they go into `extra` as they stand.
_FACTS = ("subject", "scene", "descriptions")


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a video: its classes, each once, in the order of its actions. Raises SourceError."""
    for split, file, line, cells, classes in _videos(root):
        yield video_row(cells, split, where(root, file, line), classes)


def action_rows(root: Path) -> Iterator[Row]:
    """Yield a row an action, with the class's name in lower case as its text. Raises SourceError."""
    for split, file, line, cells, classes in _videos(root):
        yield from rows_of_actions(cells, split, where(root, file, line), classes)


def _videos(root: Path) -> Iterator[tuple[str, Path, int, dict[str, str], Mapping[str, str]]]:
    files = find_splits(root, _FILES, what=_FROM)
    classes = read_classes(find_one(root, CLASSES, what=_FROM))
    for split, file in files:
        for line, cells in csv_rows(file, ["id", "actions", "length"]):
            yield split, file, line, cells, classes


def read_classes(file: Path) -> dict[str, str]:
    """Return class id → name. Raises SourceError."""
    return dict(text.split(maxsplit=1) for _, text in lines_of(file) if " " in text)


def video_row(cells: Mapping[str, str], split: str, place: str, classes: Mapping[str, str]) -> Row:
    """Return the row of a video, from its cells in the CSV."""
    ids = list(dict.fromkeys(text.split()[0] for text in _actions(cells)))
    return Row(
        video_id=cells["id"],
        file=cells["id"],
        split=split,
        labels=tuple(classes[name] for name in ids if name in classes),
        text=cells.get("script") or None,
        length_s=seconds(cells["length"]),
        extra={name: cells[name] for name in _FACTS if cells.get(name)},
        where=place,
        left_out=tuple(f"class {name!r}, which {CLASSES} does not have" for name in ids if name not in classes),
    )


def rows_of_actions(cells: Mapping[str, str], split: str, place: str, classes: Mapping[str, str]) -> Iterator[Row]:
    """Yield the rows of a video's actions, from its cells in the CSV."""
    for number, text in enumerate(_actions(cells)):
        name, start, end = (*text.split(), "", "")[:3]
        known = name in classes
        yield Row(
            video_id=f"{cells['id']}_{number:03d}",
            file=cells["id"],
            split=split,
            start_s=seconds(start),
            end_s=seconds(end),
            labels=(classes[name],) if known else (),
            text=classes[name].lower() if known else None,
            length_s=seconds(cells["length"]),
            extra={"video": cells["id"], "action": number, "class": name},
            where=place,
            fault=None if known else f"class {name!r} is not in {CLASSES}",
        )


def _actions(cells: Mapping[str, str]) -> list[str]:
    return [text for text in cells["actions"].split(";") if text.strip()]
