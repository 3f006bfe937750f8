"""Moments in Time: three-second videos.

    <root>/training/<class>/<name>.mp4, validation/<class>/…    the official archive
    <root>/videos/training/<class>/…                            as mmaction2 lays it out
    <root>/[annotations/]trainingSet.csv, validationSet.csv, moments_categories.txt

Schema: the archive's README: `<class>/<name>.mp4,<class>,<agree>,<disagree>` a line of the CSVs, without a header,
and `<class>,<number>` of the categories (mmaction2's tools/data/mit). The id is `<class>/<name>`; how many workers
agreed and did not stands in `extra`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import csv_rows, find, find_splits, lines_of, where

NAMES = ("mit", "Moments_in_Time", "moments-in-time", "moments", "Moments_in_Time_Raw", "Moments_in_Time_256x256_30fps")
ABOUT = {
    "title": "Moments in Time (Monfort et al., 2018, arXiv 1801.03150)",
    "homepage": "http://moments.csail.mit.edu",
    "forbids": "commercial use",
    "licence": "MIT CSAIL: non-commercial research and education",
}
WITHHELD = "its terms are for non-commercial research and education"
_FILES = [("train", ["trainingSet.csv"]), ("val", ["validationSet.csv"])]


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a video. Raises SourceError."""
    files = find_splits(root, _FILES, what=f"they come with the data set, from {ABOUT['homepage']}")
    listed = find(root, "moments_categories.txt")
    classes = {text.partition(",")[0] for _, text in lines_of(listed)} if listed else None
    for split, file in files:
        for line, cells in csv_rows(file, [], names=["file", "label", "agree", "disagree"]):
            stem, label = posixpath.splitext(cells["file"])[0], cells["label"]
            known = classes is None or label in classes
            yield Row(
                video_id=stem,
                file=stem,
                split=split,
                labels=(label,),
                extra={name: int(cells[name]) for name in ("agree", "disagree") if cells[name].isdecimal()},
                where=where(root, file, line),
                fault=None if known else f"class {label!r} is not in moments_categories.txt",
            )


def also(name: str) -> list[str]:
    """Return the name without its class's folder, for flat copies."""
    return [name.rpartition("/")[2]]
