"""Charades-Ego: the same actions from the first and from the third person; a row a video, or a row an action.

    <root>/CharadesEgo_v1_480/<id>.mp4, <id>EGO.mp4     or CharadesEgo_v1/, videos/, flat
    <root>/[CharadesEgo/|annotations/]CharadesEgo_v1_train.csv, CharadesEgo_v1_test.csv
        (or the same in two: …_only1st.csv and …_only3rd.csv), Charades_v1_classes.txt

Schema: the CSVs of CharadesEgo.zip have the columns of Charades (see charades.py; `actions` is the tenth), and
`egocentric`. The person stands in `extra`: first or third, by the id's ending EGO, as the authors of
audio-adaptive recognition (CVPR 2022) tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vidsynth.errors import SourceError
from vidsynth.sources.annotations import Row
from vidsynth.sources.charades import CLASSES, read_classes, rows_of_actions, video_row
from vidsynth.sources.tables import csv_rows, find, find_one, where

NAMES = ("charades-ego", "CharadesEgo", "charades_ego", "CharadesEgo_v1", "CharadesEgo_v1_480")
ABOUT = {
    "title": "Charades-Ego v1 (Sigurdsson et al., 2018, arXiv 1804.09626)",
    "homepage": "https://prior.allenai.org/projects/charades-ego",
    "forbids": "commercial use; passing on without its licence",
    "licence": "Allen Institute for AI: non-commercial use",
}
WITHHELD = "the Allen Institute's licence is for non-commercial use"
_FROM = f"it comes in CharadesEgo.zip, from {ABOUT['homepage']}"


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a video. Raises SourceError."""
    for cells, split, place, classes in _videos(root):
        yield _told(video_row(cells, split, place, classes), cells)


def action_rows(root: Path) -> Iterator[Row]:
    """Yield a row an action. Raises SourceError."""
    for cells, split, place, classes in _videos(root):
        for row in rows_of_actions(cells, split, place, classes):
            yield _told(row, cells)


def _told(row: Row, cells: Mapping[str, str]) -> Row:
    return row._replace(extra={**row.extra, "person": "first" if cells["id"].endswith("EGO") else "third"})


def _videos(root: Path) -> Iterator[tuple[dict[str, str], str, str, Mapping[str, str]]]:
    files = [(split, file) for split in ("train", "test") for file in _files(root, split)]
    if not files:
        raise SourceError(f"{root}: no CharadesEgo_v1_train.csv or …_test.csv here or in a folder of it: {_FROM}")
    classes = read_classes(find_one(root, CLASSES, what=_FROM))
    for split, file in files:
        for line, cells in csv_rows(file, ["id", "actions", "length"]):
            yield cells, split, where(root, file, line), classes


def _files(root: Path, split: str) -> list[Path]:
    whole = find(root, f"CharadesEgo_v1_{split}.csv")
    halves = (find(root, f"CharadesEgo_v1_{split}_only{person}.csv") for person in ("1st", "3rd"))
    return [whole] if whole else [half for half in halves if half]
