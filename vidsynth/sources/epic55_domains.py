"""The three domains that are made of EPIC-KITCHENS-55: kitchens P08 (D1), P01 (D2) and P22 (D3), eight verbs.

    <root>/EPIC-KITCHENS/P08/videos/P08_01.MP4, or flat
    <root>/[annotations/]EPIC_train_action_labels.csv    official, EPIC-KITCHENS-55
    <root>/[annotations/]EPIC_test_s1_timestamps.csv     official; its labels were never published by EPIC
    <root>/[annotations/]MM_SADA_test_labels.csv         yours: columns uid, verb_class, from the D*_test.pkl of
                                                         https://github.com/jonmun/MM-SADA_Domain_Adaptation_Splits

Training rows are those of the official file with the domain's participant and a verb class of 0..7 (1,543, 2,495
and 3,897 rows); test rows are those that the list of test labels holds, and there are none without it (435, 750
and 974 rows). Schema: https://github.com/epic-kitchens/annotations; domains: Munro and Damen, 2020, arXiv
2001.09691, as used in "Audio-Adaptive Activity Recognition Across Video Domains" (CVPR 2022).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import clock_seconds, csv_rows, find, find_one, where

NAMES = ("epic55-domains", "epic55", "epic-kitchens-55", "EPIC-KITCHENS-55", "EPIC-KITCHENS")
ABOUT = {
    "title": "EPIC-KITCHENS-55, domains D1, D2 and D3 (Munro and Damen, 2020, arXiv 2001.09691)",
    "homepage": "https://github.com/jonmun/MM-SADA_Domain_Adaptation_Splits",
    "forbids": terms.NON_COMMERCIAL,
    "licence": "CC BY-NC 4.0",
}
WITHHELD = "CC BY-NC 4.0 is for non-commercial ends only"
SUFFIX = ".MP4"
DOMAINS = {"P08": "D1", "P01": "D2", "P22": "D3"}
VERBS = ("take", "put", "open", "close", "wash", "cut", "mix", "pour")
_FROM = "it comes from https://github.com/epic-kitchens/annotations"
_NEEDED = ["uid", "participant_id", "video_id", "start_timestamp", "stop_timestamp"]


def rows(root: Path) -> Iterator[Row]:
    """Yield the rows of all three domains, with the domain in `extra`. Raises SourceError."""
    train = find_one(root, "EPIC_train_action_labels.csv", what=_FROM)
    for line, cells in csv_rows(train, [*_NEEDED, "narration", "verb_class"]):
        if cells["participant_id"] in DOMAINS and _verb(cells["verb_class"]) is not None:
            yield _row(cells, "train", cells["verb_class"], where(root, train, line))
    test, labels = find(root, "EPIC_test_s1_timestamps.csv"), find(root, "MM_SADA_test_labels.csv")
    if test is None or labels is None:
        return
    verbs = {cells["uid"]: cells["verb_class"] for _, cells in csv_rows(labels, ["uid", "verb_class"])}
    for line, cells in csv_rows(test, _NEEDED):
        if cells["participant_id"] in DOMAINS and cells["uid"] in verbs:
            yield _row(cells, "test", verbs[cells["uid"]], where(root, test, line))


def _row(cells: Mapping[str, str], split: str, verb_class: str, place: str) -> Row:
    verb = _verb(verb_class)
    return Row(
        video_id=cells["uid"],
        file=cells["video_id"],
        split=split,
        start_s=clock_seconds(cells["start_timestamp"]),
        end_s=clock_seconds(cells["stop_timestamp"]),
        labels=(verb,) if verb else (),
        text=cells.get("narration") or None,
        extra={
            "participant_id": cells["participant_id"],
            "video_id": cells["video_id"],
            "domain": DOMAINS[cells["participant_id"]],
            "verb_class": verb_class,
        },
        where=place,
        fault=None if verb else f"verb class {verb_class!r} is none of 0..7",
    )


def _verb(number: str) -> str | None:
    return VERBS[int(number)] if number.isdecimal() and int(number) < len(VERBS) else None
