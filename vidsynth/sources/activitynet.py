"""ActivityNet 1.3: a row a video; and ActivityNet Captions: a row a sentence.

    <root>/v_<id>.mp4 (or .mkv, .webm), <id>.mp4        flat, or in any folders, such as train/, v1-3/train_val/
    <root>/videos/v_<id>.mp4                            as mmaction2 lays it out
    <root>/[annotations/]activity_net.v1-3.min.json     for `activitynet`
    <root>/[captions/]train.json, val_1.json, val_2.json   for `activitynet-captions`

Schema: activity_net.v1-3.min.json holds `database`: id → duration, subset (training, validation, testing),
annotations (segment [start, end] in seconds, label), and `taxonomy` with the classes as `nodeName`
(https://github.com/activitynet/ActivityNet, Evaluation/; mmaction2's tools/data/activitynet). The captions hold
`v_<id>` → duration, timestamps, sentences (Krishna et al., 2017, arXiv 1705.00754, captions.zip); val_1 and val_2
are two annotators of the same videos. Segments stand in `extra` as [start, end, label].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from vidsynth.errors import SourceError
from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import find_one, find_splits, json_of, seconds, where

NAMES = ("activitynet", "ActivityNet", "anet")
ABOUT = {
    "title": "ActivityNet 1.3 (Caba Heilbron et al., 2015)",
    "homepage": "http://activity-net.org",
    "forbids": terms.UPLOADERS,
    "licence": "annotations MIT; videos under the terms of their uploaders",
}
WITHHELD = "its videos are under the terms of their uploaders on YouTube"
_SUBSETS = {"training": "train", "validation": "val", "testing": "test"}
_CAPTIONS = [(split, [f"{split}.json"]) for split in ("train", "val_1", "val_2")]


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a video, with its classes. Raises SourceError."""
    file = find_one(root, "activity_net.v1-3.min.json", what=f"it comes from {ABOUT['homepage']}/download.html")
    found = json_of(file, dict)
    database = found.get("database")
    if not isinstance(database, dict):
        raise SourceError(f"{file}: no object `database`; is this ActivityNet's file?")
    classes = {node.get("nodeName") for node in found.get("taxonomy", ()) if isinstance(node, dict)}
    for name, entry in database.items():
        yield _video(name, entry, classes, where(root, file, name))


def _video(name: str, entry: Any, classes: set[Any], place: str) -> Row:
    if not isinstance(entry, dict) or entry.get("subset") not in _SUBSETS:
        return Row(name, f"v_{name}", where=place, fault="it has no subset training, validation or testing")
    segments = [
        (*segment["segment"], segment["label"])
        for segment in entry.get("annotations") or ()
        if isinstance(segment, dict) and len(segment.get("segment", ())) == 2 and "label" in segment
    ]
    labels = list(dict.fromkeys(str(label) for _, _, label in segments))
    return Row(
        video_id=name,
        file=f"v_{name}",
        split=_SUBSETS[entry["subset"]],
        labels=tuple(label for label in labels if label in classes or not classes),
        length_s=seconds(entry.get("duration")),
        extra={"segments": segments} if segments else {},
        where=place,
        left_out=tuple(
            f"class {label!r}, which the taxonomy does not have" for label in labels if classes and label not in classes
        ),
    )


def caption_rows(root: Path) -> Iterator[Row]:
    """Yield a row a sentence, with the seconds that it describes. Raises SourceError."""
    what = "they come in captions.zip, from https://cs.stanford.edu/people/ranjaykrishna/densevid"
    for split, file in find_splits(root, _CAPTIONS, what=what):
        for name, entry in json_of(file, dict).items():
            if not isinstance(entry, dict) or not {"duration", "timestamps", "sentences"} <= set(entry):
                raise SourceError(f"{file}: {name}: holds no duration, timestamps and sentences; are these captions?")
            yield from _sentences(name, entry, split, where(root, file, name))


def _sentences(name: str, entry: Mapping[str, Any], split: str, place: str) -> Iterator[Row]:
    prefix = name if split == "train" else f"{name}_{split}"
    for number, (times, sentence) in enumerate(zip_longest(entry["timestamps"], entry["sentences"])):
        whole = isinstance(times, list) and len(times) == 2 and isinstance(sentence, str)
        yield Row(
            video_id=f"{prefix}_{number:03d}",
            file=name,
            split=split,
            start_s=seconds(times[0]) if whole else 0.0,
            end_s=seconds(times[1]) if whole else None,
            text=sentence.strip() if whole else None,
            length_s=seconds(entry["duration"]),
            extra={"video": name, "sentence": number},
            where=f"{place}/{number}",
            fault=None if whole else "a sentence without its times, or times without a sentence",
        )


def also(name: str) -> list[str]:
    """Return the name without `v_`, as downloaders write it."""
    return [name.removeprefix("v_")]
