"""Events made ready for pairing: texts cleaned, what the rules refuse dropped, in one order, as arrays."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vidsynth.splits.before_after.captions import ambiguous, wording
from vidsynth.splits.before_after.rules import PairRules
from vidsynth.splits.before_after.tally import Tally

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Events [N], sorted by split, video, start, end, text and label, whatever the order they came in.

    video : which of `videos` each belongs to, ascending; videos of two splits with one name are two.
    split : which of `splits`, of each event.
    start, end : seconds.
    text, label : codes; equal codes are equal texts. -1 is no label.
    videos, paths : names, strings [V]; split_of : of each, which split. texts : cleaned, strings [K].
    splits : names; "" where there is none.
    """

    video: Ints
    split: Ints
    start: Floats
    end: Floats
    text: Ints
    label: Ints
    videos: pa.Array
    paths: pa.Array
    split_of: Ints
    texts: pa.Array
    splits: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.start)

    def stops(self) -> Ints:
        """Return, for each event, the number of the first event of the next video."""
        return np.searchsorted(self.video, np.arange(1, len(self.videos) + 1), "left")[self.video]


def clean(texts: pa.Array, rules: PairRules) -> pa.Array:
    """Return texts as captions use them; see `PairRules`."""
    if rules.delete_commas:
        texts = pc.replace_substring(texts, ",", "")
    texts = pc.utf8_trim_whitespace(pc.binary_join(pc.utf8_split_whitespace(texts), " "))
    if rules.final_punctuation == "strip":
        texts = pc.replace_substring_regex(texts, r"[ .!?;:]+$", "")
    return pc.utf8_lower(texts) if rules.lower else texts


def gather(events: pa.Table, rules: PairRules, tally: Tally) -> Pool:
    """Drop what the rules refuse, each refusal told to the tally, and sort the rest."""
    text = events["text"].combine_chunks().dictionary_encode()
    cleaned = clean(text.dictionary, rules)
    # Different texts may be equal when clean: number them again, in the order of the alphabet.
    texts = pc.unique(cleaned)
    texts = texts.take(pc.sort_indices(texts))
    refused = refused_texts(texts, rules)
    codes = pc.index_in(cleaned, value_set=texts).take(text.indices)
    text_codes = codes.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    _, label_codes = coded(events["label"])
    splits, split_codes = coded(events["split"].fill_null(""))
    videos, video_codes = coded(events["video"])
    start = events["start_s"].to_numpy().astype(np.float64)
    end = events["end_s"].to_numpy().astype(np.float64)  # null becomes nan

    keep = np.ones(len(events), bool)

    def drop(rule: str, bad: NDArray[np.bool_]) -> None:
        tally.drop(rule, split_codes[keep & bad])
        keep[bad] = False

    tally.begin(splits.to_pylist(), split_codes)
    drop("events without times", ~(np.isfinite(start) & np.isfinite(end)))
    with np.errstate(invalid="ignore"):  # of times that are no numbers, dropped by now
        duration = end - start
    if rules.corrupt == "drop":
        drop("events that end before or as they start", duration <= 0)
    if rules.min_duration:
        drop(f"events shorter than {rules.min_duration:g} s", duration < rules.min_duration)
    if rules.max_duration is not None:
        drop(f"events longer than {rules.max_duration:g} s", duration > rules.max_duration)
    for rule, bad in refused.items():
        drop(rule, bad[text_codes])

    rows = np.flatnonzero(keep)
    order = np.lexsort([a[rows] for a in (label_codes, text_codes, end, start, video_codes, split_codes)])
    rows = rows[order]
    if rules.duplicates != "keep":
        fields = [a[rows] for a in (split_codes, video_codes, start, end, text_codes)]
        again = np.zeros(len(rows), bool)
        again[1:] = np.logical_and.reduce([a[1:] == a[:-1] for a in fields])
        tally.drop("duplicate events", split_codes[rows[again]])
        rows = rows[~again]

    new = np.ones(len(rows), bool)
    new[1:] = (np.diff(video_codes[rows]) != 0) | (np.diff(split_codes[rows]) != 0)
    heads = rows[new]
    tally.count("events", split_codes[rows])
    return Pool(
        video=np.cumsum(new) - 1,
        split=split_codes[rows],
        start=start[rows],
        end=end[rows],
        text=text_codes[rows],
        label=label_codes[rows],
        videos=videos.take(pa.array(video_codes[heads])),
        paths=events["path"].combine_chunks().take(pa.array(heads)),
        split_of=split_codes[heads],
        texts=texts,
        splits=tuple(splits.to_pylist()),
    )


def refused_texts(texts: pa.Array, rules: PairRules) -> dict[str, NDArray[np.bool_]]:
    """Return, by rule, which texts are refused: bool [K + 1]; the last, for code -1, is no text."""
    nothing = pc.equal(texts, "").to_numpy(zero_copy_only=False)
    spoken = np.zeros(len(texts), bool)
    for word in rules.temporal_words:
        if rules.temporal_match == "spaced":
            found = pc.match_substring(texts, f" {word} ", ignore_case=True)
        else:
            found = pc.match_substring_regex(texts, rf"(^|\W){re.escape(word)}($|\W)", ignore_case=True)
        spoken |= found.to_numpy(zero_copy_only=False)
    pieces = [wording(rules.templates, relation) for relation in rules.relations]
    doubtful = ambiguous(texts, pieces) if rules.ambiguous == "drop" else np.zeros(len(texts), bool)
    return {
        "events without text": np.append(nothing, True),
        "events with a temporal word": np.append(spoken, False),
        "events ambiguous in a caption": np.append(doubtful, False),
    }


def coded(column: pa.ChunkedArray) -> tuple[pa.Array, Ints]:
    """Return a column's distinct values, sorted, and of each row which it is; -1 for null."""
    rows = column.combine_chunks()
    values = pc.unique(rows).drop_null()
    values = values.take(pc.sort_indices(values))
    codes = pc.index_in(rows, value_set=values)
    return values, codes.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
