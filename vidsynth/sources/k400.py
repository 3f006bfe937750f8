"""Kinetics-400 as people have it on disk.

    <root>/train/<class>/<id>_<start>_<end>.mp4          one folder a class
    <root>/videos_train/<class>/<id>_<start>_<end>.mp4   the same, as mmaction2 lays it out
    <root>/train/<id>_<start>_<end>.mp4                  the CVDF archives, with annotations/train.csv
    <root>/replacement/replacement_for_corrupted_k400/   CVDF's copies, which go before the originals
    <root>/videos/<id>_<start>_<end>.mp4                 flat, split and class from the CSVs
    <root>/VideoData/<class>/<id>_<start>_<end>.avi      the tubelet-contrast authors' form

The official CSVs (columns label, youtube_id, time_start, time_end, split) are read from the root and
from its folder `annotations`. Times start_s and end_s stay open: the files are the cut segments.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.files import video_files
from vidsynth.sources.folder import split_of
from vidsynth.sources.match import layout
from vidsynth.sources.tables import csv_rows, seconds, where

NAMES = ("k400", "kinetics400", "kinetics-400", "kinetics_400", "Kinetics-400")
ABOUT = {
    "name": "k400",
    "title": "Kinetics-400 (Kay et al., 2017, arXiv 1705.06950)",
    "homepage": "https://github.com/cvdfoundation/kinetics-dataset",
    "forbids": terms.UPLOADERS,
    "licence": "annotations CC BY 4.0; videos under the terms of their uploaders",
}
WITHHELD = "its videos are under the terms of their uploaders on YouTube"
_NAME = re.compile(r"^(?P<id>.{11})(?:_(?P<start>\d+)_(?P<end>\d+))?$")
_REPLACEMENT = "replacement_for_corrupted"
_SPLITS = {"train": "train", "val": "val", "validate": "val", "validation": "val", "test": "test"}
# Folders that hold videos but name no class.
_NO_CLASS = re.compile(r"^(videos?|videodata|replacement.*|k(inetics)?[-_]?(400)?|compress.*)$", re.IGNORECASE)


class _Listed(NamedTuple):
    label: str | None
    split: str | None


def read(root: Path) -> Manifest:
    """Return the manifest of a Kinetics-400 folder. Raises SourceError."""
    listed = _read_annotations(root)
    found: dict[str, str] = {}
    for path in video_files(root):
        name = posixpath.splitext(posixpath.basename(path))[0]
        if not _NAME.match(name):
            continue
        other = found.get(name)
        if other is None or (_REPLACEMENT in path and _REPLACEMENT not in other):
            found[name] = path
        elif (_REPLACEMENT in path) == (_REPLACEMENT in other):
            raise SourceError(f"{root}: two copies of {name}: {other} and {path}; point --root at one of them")
    if not found:
        raise SourceError(f"{root}: no video here is named <youtube id>_<start>_<end>; is this Kinetics-400?")

    columns: dict[str, list[object]] = {name: [] for name in ("video_id", "path", "split", "labels")}
    for name, path in found.items():
        entry = listed.get(_key(name))
        folder = posixpath.dirname(path)
        label = entry.label if entry else _class_folder(folder)
        columns["video_id"].append(name)
        columns["path"].append(path)
        columns["split"].append((entry.split if entry else None) or split_of(folder))
        columns["labels"].append([label] if label else [])
    about = ABOUT | {"layout": layout(list(found.values()))}
    if listed:
        present = {_key(name) for name in found}
        segments = [key for key in listed if key[1] is not None]
        absent = sum(key not in present and (key[0], None) not in present for key in segments)
        about["annotated"], about["annotated but not on disk"] = str(len(segments)), str(absent)
    return Manifest.from_columns(columns, root, about, where=str(root))


def rows(root: Path) -> Iterator[Row]:
    """Yield a row an annotated segment. Raises SourceError, also where there are no CSVs."""
    found = False
    for file, line, cells in _lines(root):
        found = True
        start, end = seconds(cells["time_start"]), seconds(cells.get("time_end"))
        known = math.isfinite(start) and math.isfinite(end)
        name = f"{cells['youtube_id']}_{int(start):06d}_{int(end):06d}" if known else cells["youtube_id"]
        label = cells.get("label", "").strip()
        yield Row(
            video_id=name,
            file=name,
            split=_split(file, cells),
            labels=(label,) if label else (),
            where=where(root, file, line),
            fault=None if known else f"its times {cells['time_start']!r} and {cells.get('time_end')!r} are no numbers",
        )
    if not found:
        raise SourceError(f"{root}: no CSV with a column youtube_id here or in {root / 'annotations'}")


def also(name: str) -> list[str]:
    """Return the name without times, under which some copies keep a segment."""
    return [name[:11]]


def _read_annotations(root: Path) -> dict[tuple[str, int | None], _Listed]:
    """Return what the CSVs say of each (id, start), and of each (id, None) for files named without times."""
    listed: dict[tuple[str, int | None], _Listed] = {}
    for file, line, cells in _lines(root):
        start = seconds(cells["time_start"])
        if not math.isfinite(start):
            raise SourceError(
                f"{file}: line {line}: time_start must be a number of seconds, not {cells['time_start']!r}"
            )
        entry = _Listed(cells.get("label", "").strip() or None, _split(file, cells))
        listed[cells["youtube_id"], int(start)] = entry
        listed.setdefault((cells["youtube_id"], None), entry)
    return listed


def _lines(root: Path) -> Iterator[tuple[Path, int, dict[str, str]]]:
    for folder in (root, root / "annotations"):
        for file in sorted(folder.glob("*.csv")):
            for line, cells in csv_rows(file, []):
                if "youtube_id" not in cells:
                    break  # some other table that lies there
                yield file, line, {"time_start": "", **cells}


def _split(file: Path, cells: Mapping[str, str]) -> str | None:
    return _SPLITS.get(cells.get("split", "").strip().lower(), split_of(file.stem))


def _key(name: str) -> tuple[str, int | None]:
    match = _NAME.match(name)
    if match is None:
        raise ValueError(name)
    return match["id"], None if match["start"] is None else int(match["start"])


def _class_folder(folder: str) -> str | None:
    name = posixpath.basename(folder)
    return None if not name or _NO_CLASS.match(name) or split_of(name) else name.replace("_", " ")
