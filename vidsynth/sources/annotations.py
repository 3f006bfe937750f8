"""Rows of official annotation files, and which of them make no sense.

A source's module turns its files into rows, as they stand there; `sensible` then drops or mends what
cannot be meant, by one rule for all data sets, and tells of each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from vidsynth.manifest import ESCAPES

_LONGEST = 300  # characters of what is said of a row


class Row(NamedTuple):
    """One annotated video, or segment of one, before anyone looked for its file.

    video_id : unique in the data set. file : the video's name without suffix; with its folder, `a/b`, where
        the name alone is not unique.
    split, start_s, end_s, labels, text, modalities : as in a manifest, but as annotated.
    length_s : the whole video's length, where the annotations tell it.
    extra : whatever else they tell. where : file (under the root) and line, such as `Charades_v1_train.csv:17`.
    fault : why the row as a whole cannot be meant, where its reader knows: it is dropped.
    left_out : what the reader left out of it, such as a class that the data set's list does not have.
    """

    video_id: str
    file: str
    split: str | None = None
    start_s: float = 0.0
    end_s: float | None = None
    labels: tuple[str, ...] = ()
    text: str | None = None
    modalities: tuple[str, ...] = ()
    length_s: float | None = None
    extra: Mapping[str, Any] = {}
    where: str = ""
    fault: str | None = None
    left_out: tuple[str, ...] = ()


class Problem(NamedTuple):
    """A row that makes no sense: where it stands, its id, and what was done about it."""

    where: str
    video_id: str
    what: str


def sensible(rows: Iterable[Row]) -> tuple[list[Row], list[Problem]]:
    """Return the rows that can be meant, and what was wrong with the others.

    Dropped: what its reader found at fault, a file name that leaves the root, times that are no numbers, a
    segment that ends before or as it starts, one that starts at or after the end of its video, an id for the
    second time. Clamped: an end beyond the end of the video, a start before 0. A row without times is the
    whole video.
    """
    kept: list[Row] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for row in rows:
        what = _fault(row)
        if what is None and row.video_id in seen:
            what = "dropped: its id stands here for the second time"
        if what is not None:
            problems.append(Problem(row.where, row.video_id, what))
            continue
        seen.add(row.video_id)
        problems += [Problem(row.where, row.video_id, f"left out: {thing}") for thing in row.left_out]
        if row.start_s < 0:
            problems.append(Problem(row.where, row.video_id, f"clamped: starts at {row.start_s:g} s"))
            row = row._replace(start_s=0.0)
        if row.end_s is not None and row.length_s is not None and row.end_s > row.length_s:
            what = f"clamped: ends at {row.end_s:g} s, its video at {row.length_s:g} s"
            problems.append(Problem(row.where, row.video_id, what))
            row = row._replace(end_s=row.length_s)
        kept.append(row)
    return kept, problems


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, as JSON can hold one
        return False
    return True


def _fault(row: Row) -> str | None:
    start, end = row.start_s, row.end_s
    if row.fault is not None:
        return f"dropped: {row.fault}"[:_LONGEST]
    texts = (row.video_id, row.file, *row.labels, *(text for text in (row.split, row.text) if text is not None))
    odd = next((text for text in texts if not (isinstance(text, str) and _is_text(text))), None)
    if odd is not None:
        return f"dropped: {odd!r:.60} is no text"
    if not row.video_id or not row.file or re.search(ESCAPES, row.file):
        return f"dropped: {row.file!r} is no name for a file of this folder"
    if not math.isfinite(start) or (end is not None and not math.isfinite(end)):
        return f"dropped: its times {start} and {end} are no numbers of seconds"
    if end is not None and end <= max(start, 0.0):
        return f"dropped: starts at {start:g} s and ends at {end:g} s"
    if row.length_s is not None and start >= row.length_s > 0:
        return f"dropped: starts at {start:g} s, its video ends at {row.length_s:g} s"
    return None
