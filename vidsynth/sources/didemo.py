"""DiDeMo, a row a described moment; and TEMPO-TL, which relates such moments by before, after and then.

    <root>/<video>.mp4 (also as AWS gives them, <video>.mov.mp4), flat or in any folder
    <root>/[data/]train_data.json, val_data.json, test_data.json             for `didemo`
    <root>/[data/]tempoTL+didemo_train.json, …_val.json, …_test.json         for `tempo`

Schema: https://github.com/LisaAnne/LocalizingMoments (README) and LisaAnne/TemporalLanguageRelease: lists of
annotation_id, video, description, times (segments [first, last] by several annotators); in TEMPO
`<relation>_<didemo id>_<number>` as annotation_id, reference_description, context [first, last] and train_times
(one [first, last]). Videos count as 30 s, cut into six segments of 5 s: a moment runs from 5·first to
min(5·(last + 1), 30) seconds. A row's times are train_times, or else those that most annotators gave (the first
of equals); all are in `extra`, where TEMPO's rows also have relation, reference, and context in seconds. The rows
of plain DiDeMo that TEMPO's files hold, too, are left to `didemo`.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vidsynth.sources.annotations import Row
from vidsynth.sources.files import SUFFIXES
from vidsynth.sources.tables import find_splits, json_of, where

NAMES = ("didemo", "DiDeMo", "tempo", "TEMPO")
ABOUT = {
    "title": "DiDeMo (Hendricks et al., 2017, arXiv 1708.01641) and TEMPO (2018, arXiv 1809.01337)",
    "homepage": "https://github.com/LisaAnne/LocalizingMoments",
    "forbids": "what the licence of each video forbids: some allow no commercial use, others no changed copies",
    "licence": "BSD 2-Clause (code and annotations); videos under Creative Commons licences of their uploaders",
}
WITHHELD = "each video has its uploader's own Creative Commons licence"
SEGMENT_S, WHOLE_S = 5.0, 30.0
RELATIONS = ("before", "after", "then")
_SPLITS = ("train", "val", "test")


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a description of DiDeMo. Raises SourceError."""
    files = [(split, [f"{split}_data.json"]) for split in _SPLITS]
    for split, file in find_splits(root, files, what=f"they come from {ABOUT['homepage']}, data/"):
        for number, entry in enumerate(json_of(file, list)):
            yield _row(entry, split, where(root, file, number))


def tempo_rows(root: Path) -> Iterator[Row]:
    """Yield a row a related description of TEMPO-TL. Raises SourceError."""
    files = [(split, [f"tempoTL+didemo_{split}.json"]) for split in _SPLITS]
    what = "they come from https://github.com/LisaAnne/TemporalLanguageRelease (setup.sh)"
    for split, file in find_splits(root, files, what=what):
        for number, entry in enumerate(json_of(file, list)):
            relation = str(entry.get("annotation_id", "")).partition("_")[0] if isinstance(entry, dict) else ""
            if relation in RELATIONS:
                yield _tempo(entry, relation, split, where(root, file, number))


def seconds_of(segments: object) -> tuple[float, float] | None:
    """Return the seconds of [first, last] segments; None if these are not two numbers.

    >>> seconds_of([1, 2]), seconds_of([5, 5])
    ((5.0, 15.0), (25.0, 30.0))
    """
    match segments:
        case [int(first), int(last)]:
            return SEGMENT_S * first, min(SEGMENT_S * (last + 1), WHOLE_S)
    return None


def _row(entry: Any, split: str, place: str) -> Row:
    if not isinstance(entry, dict) or not {"annotation_id", "video", "description", "times"} <= set(entry):
        return Row(place, place, where=place, fault="it has no annotation_id, video, description and times")
    times = [tuple(pair) for pair in entry["times"]]
    given = entry.get("train_times") or [pair for pair, _ in Counter(times).most_common(1)]
    moment = seconds_of(list(given[0])) if given else None
    return Row(
        video_id=str(entry["annotation_id"]),
        file=posixpath.splitext(entry["video"])[0],
        split=split,
        start_s=moment[0] if moment else 0.0,
        end_s=moment[1] if moment else None,
        text=entry["description"],
        extra={"video": entry["video"], "times": times},
        where=place,
        fault=None if moment else f"its times {entry['times']!r} are no pairs of segments",
    )


def _tempo(entry: dict[str, Any], relation: str, split: str, place: str) -> Row:
    row = _row(entry, split, place)
    context = seconds_of(entry.get("context"))
    extra = {
        **row.extra,
        "relation": relation,
        "description": entry.get("description"),
        "reference": entry.get("reference_description"),
        "context": context,
    }
    missing = None if context else f"its context {entry.get('context')!r} is no pair of segments"
    return row._replace(extra=extra, fault=row.fault or missing)


def also(name: str) -> list[str]:
    """Return the name with a suffix that was kept when another was added, such as `<name>.mov`(.mp4)."""
    return [name + suffix for suffix in sorted(SUFFIXES)]
