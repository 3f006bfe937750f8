"""Pairs that exist as sentences already, as in TEMPO: "the man sits before the dog barks", with both moments.

The forms are those of TEMPO-TL (Hendricks et al., EMNLP 2018): x before y; x after y; before y, x; after y, x.
All become "x before y" or "x after y". (The released code of Test of Time turns "after y, x" into "y after x",
which contradicts the moments.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsynth.splits.before_after.captions import Parsed, Relation
from vidsynth.splits.before_after.events import AnnotatedRow
from vidsynth.splits.before_after.pairs import Pairs
from vidsynth.splits.before_after.pool import Ints, Pool, clean, coded, refused_texts
from vidsynth.splits.before_after.rules import PairRules
from vidsynth.splits.before_after.tally import Tally

# The moment of x is start_s to end_s; the sentence relates it to its context, y.
SENTENCES = pa.schema(
    {
        "id": pa.string(),
        "video": pa.string(),
        "path": pa.string(),
        "split": pa.string(),
        "text": pa.string(),
        "start_s": pa.float64(),
        "end_s": pa.float64(),
        "context_start_s": pa.float64(),
        "context_end_s": pa.float64(),
        "reference": pa.string(),
        "length_s": pa.float64(),
    }
)
_RELATION = re.compile(r"\b(before|after)\b", re.IGNORECASE)


def parse_sentence(text: str, context: str | None = None) -> Parsed | None:
    """Return what a sentence says of two events; None unless it holds *before* or *after* exactly once.

    `context` is what y is called elsewhere: it tells which comma ends y in "before y, x", if there are several;
    else the first does.

    >>> parse_sentence("After the dog barks, the man sits.")
    Parsed(relation='after', x='the man sits', y='the dog barks')
    >>> parse_sentence("the man sits after the dog barks")
    Parsed(relation='after', x='the man sits', y='the dog barks')
    """
    text = " ".join(text.split()).rstrip(" .!?")
    found = list(_RELATION.finditer(text))
    if len(found) != 1:
        return None
    relation: Relation = "before" if found[0].group().lower() == "before" else "after"
    head, rest = text[: found[0].start()].strip(" ,"), text[found[0].end() :].strip(" ,")
    if head:
        return Parsed(relation, head, rest) if rest else None
    known = " ".join(context.split()).rstrip(" .!?") if context else ""
    if known and rest.lower().startswith(known.lower()) and rest[len(known) :].lstrip().startswith(","):
        y, x = rest[: len(known)], rest[len(known) :]
    else:
        y, _, x = rest.partition(",")
    x, y = x.strip(" ,"), y.strip(" ,")
    return Parsed(relation, x, y) if x and y else None


def sentences_from_rows(rows: Iterable[AnnotatedRow], path_of: Callable[[str], str] = str) -> pa.Table:
    """Return a table with the columns of SENTENCES from rows whose `extra` tells the context, [start_s, end_s]
    (and `reference`, what it is called)."""
    table = []
    for row in rows:
        start, end = row.extra.get("context") or (None, None)
        table.append(
            {
                "id": row.video_id,
                "video": row.file,
                "path": path_of(row.file),
                "split": row.split,
                "text": row.text,
                "start_s": row.start_s,
                "end_s": row.end_s,
                "context_start_s": start,
                "context_end_s": end,
                "reference": row.extra.get("reference"),
                "length_s": row.length_s,
            }
        )
    return pa.Table.from_pylist(table, SENTENCES)


def pair_sentences(sentences: pa.Table, rules: PairRules, about: Mapping[str, str] | None = None) -> Pairs:
    """Turn sentences into pairs, one a sentence: nothing is paired anew, so the rules for pairs do not apply.

    Of `rules` those for texts do, and `relations`. Sentences are left out that do not parse, or whose words
    contradict their moments; the tally tells how many.
    """
    tally = Tally()
    splits, split = coded(sentences["split"].fill_null(""))
    videos, video = coded(sentences["video"])
    tally.begin(splits.to_pylist(), split)
    relations = sorted(rules.relations)
    said = [
        parse_sentence(text or "", context)
        for text, context in zip(sentences["text"].to_pylist(), sentences["reference"].to_pylist(), strict=True)
    ]
    keep = np.ones(len(said), bool)

    def drop(rule: str, bad: NDArray[np.bool_]) -> None:
        tally.drop(rule, split[keep & bad])
        keep[bad] = False

    relation = np.array([one.relation if one else "" for one in said], object)
    after = relation == "after"
    drop("sentences without one before or after", relation == "")
    drop("sentences of another relation", ~np.isin(relation, relations))
    own, context = (_times(sentences, names) for names in (("start_s", "end_s"), ("context_start_s", "context_end_s")))
    first, second = np.where(after, context, own), np.where(after, own, context)
    drop("sentences without two moments", ~np.isfinite(np.concatenate([first, second])).all(0))
    drop("sentences whose words contradict their moments", ~(first[0] < second[0]))

    texts, codes = _text_codes([one.chronological if one else ("", "") for one in said], rules)
    for rule, bad in refused_texts(texts, rules).items():
        drop(rule.replace("events", "sentences"), bad[codes[0]] | bad[codes[1]])

    rows = np.flatnonzero(keep)
    keys = (after, codes[1], codes[0], second[1], first[1], second[0], first[0], video, split)
    rows = rows[np.lexsort([key[rows] for key in keys])]
    new = np.ones(len(rows), bool)
    new[1:] = (np.diff(video[rows]) != 0) | (np.diff(split[rows]) != 0)
    heads = rows[new]
    # Events lie as first, second, first, second, …
    start, end = (np.stack([first[at][rows], second[at][rows]], 1).ravel() for at in (0, 1))
    pool = Pool(
        video=np.repeat(np.cumsum(new) - 1, 2),
        split=np.repeat(split[rows], 2),
        start=start,
        end=end,
        text=codes[:, rows].T.ravel(),
        label=np.full(2 * len(rows), -1),
        videos=videos.take(pa.array(video[heads])),
        paths=sentences["path"].combine_chunks().take(pa.array(heads)),
        split_of=split[heads],
        texts=texts,
        splits=tuple(splits.to_pylist()),
    )
    numbers = np.arange(0, 2 * len(rows), 2)
    told = np.array([relations.index(name) for name in relation[rows]], np.int64)
    tally.count("pairs", split[rows])
    return Pairs(pool, numbers, numbers + 1, rules, tally, told, about or {})


def _times(sentences: pa.Table, names: tuple[str, str]) -> NDArray[np.float64]:
    return np.stack([sentences[name].to_numpy().astype(np.float64) for name in names])


def _text_codes(pairs: list[tuple[str, str]], rules: PairRules) -> tuple[pa.Array, Ints]:
    """Return the cleaned texts, sorted, and the codes of each pair's two: int64 [2, N]."""
    cleaned = clean(pa.array([text for pair in pairs for text in pair], pa.string()), rules)
    texts, codes = coded(pa.chunked_array([cleaned]))
    return texts, codes.reshape(-1, 2).T
