"""Something-Something v2.

    <root>/20bn-something-something-v2/<id>.webm, videos/<id>.webm (mmaction2), or flat; copies in .mp4 too
    <root>/[labels/|annotations/]something-something-v2-train.json, …-validation.json, …-test.json, …-labels.json
        (in the newer archive train.json, validation.json, test.json, labels.json)
    <root>/[labels/]test-answers.csv     `id;label` a line; without it test rows have no label

Schema: the JSONs are lists of id, label (the caption), template, placeholders; labels.json maps each template,
without its brackets, to its number (mmaction2's tools/data/sthv2). Label: the template without brackets; text:
the caption. Some classes tell left from right: do not mirror these videos.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import csv_rows, find, find_one, find_splits, json_of, where

NAMES = ("ssv2", "sthv2", "something-something-v2", "20bn-something-something-v2", "something_something_v2")
ABOUT = {
    "title": "Something-Something v2 (Goyal et al., 2017, arXiv 1706.04261)",
    "homepage": "https://www.qualcomm.com/developer/software/something-something-v-2-dataset",
    "forbids": terms.RESEARCH_ONLY,
    "licence": "Qualcomm's data licence agreement: research use",
}
WITHHELD = "Qualcomm's licence is for research use"
SUFFIX = ".webm"
_LONG = "something-something-v2"
_FILES = [
    ("train", [f"{_LONG}-train.json", "train.json"]),
    ("val", [f"{_LONG}-validation.json", "validation.json"]),
    ("test", [f"{_LONG}-test.json", "test.json"]),
]
_FROM = f"they come with the data set, from {ABOUT['homepage']}"


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a video. Raises SourceError."""
    files = find_splits(root, _FILES, what=_FROM)
    numbers = json_of(find_one(root, f"{_LONG}-labels.json", "labels.json", what=_FROM), dict)
    answered = find(root, f"{_LONG}-test-answers.csv", "test-answers.csv")
    answers = csv_rows(answered, [], names=["id", "label"], delimiter=";") if answered else ()
    labels = {cells["id"]: cells["label"] for _, cells in answers}
    for split, file in files:
        for number, entry in enumerate(json_of(file, list)):
            yield _row(entry, split, where(root, file, number), numbers, labels)


def _row(entry: Any, split: str, place: str, numbers: dict[str, Any], answers: dict[str, str]) -> Row:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str | int):
        return Row(place, place, where=place, fault="it has no id")
    name = str(entry["id"])
    label = str(entry.get("template", answers.get(name, ""))).replace("[", "").replace("]", "")
    known = label in numbers
    extra = {"class": int(numbers[label])} if known else {}
    if entry.get("placeholders"):
        extra["placeholders"] = entry["placeholders"]
    return Row(
        video_id=name,
        file=name,
        split=split,
        labels=(label,) if known else (),
        text=entry.get("label"),
        extra=extra,
        where=place,
        fault=None if known or (split == "test" and not label) else f"class {label!r} is not in labels.json",
    )
