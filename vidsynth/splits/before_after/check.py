"""Checking rows of pairs: what is said of order holds, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vidsynth.splits.before_after.captions import parse, reverse
from vidsynth.splits.before_after.pairs import REVERSED
from vidsynth.splits.before_after.rules import PairRules


def check(rows: Iterable[Mapping[str, Any]], rules: PairRules) -> Iterator[str]:
    """Yield one line for each thing that is wrong with rows of pairs made by some rules; nothing if all is well.

    Checked of each row: its caption and its reversed one parse back into the two events and the relation; reversing
    twice gives the original; the first event does not start after the second; its id is unique; its negatives are
    rows that tell of other events.
    """
    texts: dict[str, tuple[str, str]] = {}  # of the events of each row, in any order
    asked: list[tuple[str, str]] = []
    for row in rows:
        name = row["video_id"]
        events = row["first_text"], row["second_text"]
        yield from (f"{name}: {problem}" for problem in _caption_problems(row, rules))
        if row["first_start_s"] > row["second_start_s"] and rules.corrupt == "drop":
            yield f"{name}: its first event starts at {row['first_start_s']} s, after its second"
        if row["twin_id"] != name + REVERSED:
            yield f"{name}: twin_id is {row['twin_id']!r}, not {name + REVERSED!r}"
        if name in texts:
            yield f"{name}: stands here twice"
        texts[name] = (min(events), max(events))
        asked += [(name, negative) for negative in row["negative_ids"] or ()]
    for name, negative in asked:
        if negative not in texts:
            yield f"{name}: its negative {negative} is no row of this file"
        elif texts[negative] == texts[name]:
            yield f"{name}: its negative {negative} tells of the same two events"


def _caption_problems(row: Mapping[str, Any], rules: PairRules) -> Iterator[str]:
    t, reversed_t = row["text"], row["reversed_text"]
    events = row["first_text"], row["second_text"]
    for name, caption, order in (("text", t, events), ("reversed_text", reversed_t, events[::-1])):
        said = parse(caption, rules.templates, rules.relations)
        if said is None:
            yield f"{name} does not parse: {caption!r}"
        elif (said.relation, said.chronological) != (row["relation"], order):
            yield f"{name} says {said.relation} of {said.chronological}, not {row['relation']} of {order}: {caption!r}"
    once = reverse(t, rules.templates, rules.relations)
    if once is not None and (once != reversed_t or reverse(once, rules.templates, rules.relations) != t):
        yield f"text, reversed, is {once!r}, not {reversed_t!r}"
