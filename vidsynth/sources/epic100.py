"""EPIC-KITCHENS-100: a row an annotated action, cut from its video by time.

    <root>/EPIC-KITCHENS/P01/videos/P01_01.MP4    the official download; newer ids have three digits (P01_101)
    <root>/P01/P01_01.MP4, or flat                other copies
    <root>/[epic-kitchens-100-annotations/]EPIC_100_train.csv, EPIC_100_validation.csv,
        EPIC_100_test_timestamps.csv (no labels), EPIC_100_verb_classes.csv, EPIC_100_noun_classes.csv,
        and, for the lengths of videos, EPIC_100_video_info.csv

Schema: https://github.com/epic-kitchens/epic-kitchens-100-annotations, at ea8b404 (its README and files).
A row's id is its narration_id; its labels are the keys of its verb class and of its noun class, in this order
(an action is the pair); its text is the narration. Times count, not the frame numbers: rates differ by video.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import clock_seconds, csv_rows, find, find_one, find_splits, seconds, where

NAMES = ("epic100", "epic-kitchens-100", "EPIC-KITCHENS-100", "EPIC-KITCHENS", "epic-kitchens")
ABOUT = {
    "title": "EPIC-KITCHENS-100 (Damen et al., 2022, arXiv 2006.13256)",
    "homepage": "https://epic-kitchens.github.io",
    "forbids": terms.NON_COMMERCIAL,
    "licence": "CC BY-NC 4.0",
}
WITHHELD = "CC BY-NC 4.0 is for non-commercial ends only"
SUFFIX = ".MP4"
_FROM = "they come from https://github.com/epic-kitchens/epic-kitchens-100-annotations"
_FILES = [
    ("train", ["EPIC_100_train.csv"]),
    ("val", ["EPIC_100_validation.csv"]),
    ("test", ["EPIC_100_test_timestamps.csv"]),
]
_TIMES = ["narration_id", "participant_id", "video_id", "start_timestamp", "stop_timestamp"]
_LABELS = ["narration", "verb", "verb_class", "noun", "noun_class"]


def rows(root: Path) -> Iterator[Row]:
    """Yield a row an action. Raises SourceError."""
    files = find_splits(root, _FILES, what=_FROM)
    classes: dict[str, dict[str, str]] = {}
    if any(split != "test" for split, _ in files):
        for kind in ("verb", "noun"):
            file = find_one(root, f"EPIC_100_{kind}_classes.csv", f"EPIC_100_{kind}_classes_v2.csv", what=_FROM)
            classes[kind] = {cells["id"]: cells["key"] for _, cells in csv_rows(file, ["id", "key"])}
    info = find(root, "EPIC_100_video_info.csv")
    lengths = (
        {cells["video_id"]: seconds(cells["duration"]) for _, cells in csv_rows(info, ["duration"])} if info else {}
    )
    for split, file in files:
        needed = _TIMES if split == "test" else _TIMES + _LABELS
        for line, cells in csv_rows(file, needed):
            yield _row(cells, split, where(root, file, line), classes, lengths)


def _row(
    cells: Mapping[str, str],
    split: str,
    place: str,
    classes: Mapping[str, Mapping[str, str]],
    lengths: Mapping[str, float],
) -> Row:
    extra: dict[str, str | int] = {name: cells[name] for name in ("participant_id", "video_id")}
    labels = []
    fault = None
    if split != "test":
        extra |= {name: cells[name] for name in ("narration", "verb", "noun")}
        for kind, keys in classes.items():
            number = cells[f"{kind}_class"]
            if number in keys:
                labels.append(keys[number])
                extra[f"{kind}_class"] = int(number)
            else:
                fault = f"{kind} class {number!r} is not in the list of {kind} classes"
    return Row(
        video_id=cells["narration_id"],
        file=cells["video_id"],
        split=split,
        start_s=clock_seconds(cells["start_timestamp"]),
        end_s=clock_seconds(cells["stop_timestamp"]),
        labels=tuple(labels),
        text=cells.get("narration") or None,
        length_s=lengths.get(cells["video_id"]),
        extra=extra,
        where=place,
        fault=fault,
    )
