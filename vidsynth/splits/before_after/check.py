"""Checking a file of pairs: what is said of order holds, both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.errors import RecipeError, SourceError
from vidsynth.splits.before_after.captions import parse, reverse
from vidsynth.splits.before_after.pairs import ABOUT_KEY, REVERSED, SCHEMA
from vidsynth.splits.before_after.rules import PairRules


def check(path: str | Path) -> Iterator[str]:
    """Yield one line for each thing that is wrong with a file of pairs; nothing if all is well.

    Checked of each row: its caption and its reversed one parse back into the two events and the relation; reversing
    twice gives the original; the first event does not start after the second; its id is unique; its negatives are
    rows that tell of other events. Raises SourceError if the file holds no pairs.
    """
    rules = read_rules(path)
    texts: dict[str, tuple[str, str]] = {}  # of the events of each row, in any order
    asked: list[tuple[str, str]] = []
    for row in _rows(path):
        name = row["video_id"]
        events = row["first_text"], row["second_text"]
        yield from (f"{name}: {problem}" for problem in _caption_problems(row, rules))
        if row["first_start_s"] > row["second_start_s"] and not rules.self_pairs:
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


def read_rules(path: str | Path) -> PairRules:
    """Return the rules that a file of pairs was made by. Raises SourceError."""
    try:
        schema = pq.read_schema(path)
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file") from None
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(f"{path}: not readable as Parquet: {' '.join(str(error).split())}") from None
    missing = [name for name in SCHEMA.names if name not in schema.names]
    try:
        values = json.loads(json.loads((schema.metadata or {})[ABOUT_KEY])["rules"])
        rules = PairRules.from_dict(values, f"{path}: rules")
    except (KeyError, ValueError, TypeError, RecipeError):
        missing.append("rules")
    if missing:
        raise SourceError(
            f"{path}: no pairs (it lacks {', '.join(missing)}); they are made with `vidsynth before-after --out FILE`"
        )
    return rules


def count_rows(path: str | Path) -> int:
    """Return how many rows a Parquet file has."""
    return int(pq.read_metadata(path).num_rows)


def _rows(path: str | Path) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(4096):
            yield from batch.to_pylist()


def _caption_problems(row: dict[str, Any], rules: PairRules) -> Iterator[str]:
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
