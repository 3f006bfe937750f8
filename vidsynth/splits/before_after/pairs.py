"""Pairs as rows: a manifest of stitched clips without pixels, with both captions and both orders."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vidsynth import manifest
from vidsynth.manifest import Manifest
from vidsynth.splits.before_after.captions import Relation, render_all, wording
from vidsynth.splits.before_after.negatives import Negatives
from vidsynth.splits.before_after.pairing import choose
from vidsynth.splits.before_after.pool import Ints, Pool, gather
from vidsynth.splits.before_after.rules import PairRules
from vidsynth.splits.before_after.tally import Tally

# The columns of a manifest, and what else is known of a stitched clip.
SCHEMA = pa.schema(
    [
        *manifest.SCHEMA,
        pa.field("video", pa.string()),
        pa.field("pair_id", pa.string()),
        pa.field("twin_id", pa.string()),
        pa.field("relation", pa.string()),
        pa.field("reversed_text", pa.string()),
        pa.field("first_start_s", pa.float64()),
        pa.field("first_end_s", pa.float64()),
        pa.field("first_text", pa.string()),
        pa.field("second_start_s", pa.float64()),
        pa.field("second_end_s", pa.float64()),
        pa.field("second_text", pa.string()),
        pa.field("negative_ids", pa.list_(pa.string())),
    ]
)
REVERSED = "/reversed"
_PIECE = 16384  # pairs


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Chosen pairs: event numbers `first` and `second`, int64 [P], of a pool; each makes a row with each relation.

    A row is a stitched clip u, the first event's frames and then the second's, with its caption t (`text`).
    `reversed_text` is T(t), the caption of T(u), the second event's frames and then the first's; `twin_id` is that
    sample's id. Rows with one `pair_id` show the same u in other words: none is a negative of the other.
    `negative_ids` are rows whose captions are false of u, as the rules ask.

    told : of pairs that were read from sentences, the relation each tells, an index into the rules' relations.
    """

    pool: Pool
    first: Ints
    second: Ints
    rules: PairRules
    tally: Tally
    told: Ints | None = None
    about: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.first) * self._rows_a_pair

    @property
    def _rows_a_pair(self) -> int:
        return len(self.relations) if self.told is None else 1

    @property
    def relations(self) -> tuple[Relation, ...]:
        """The relations, in the order of a pair's rows."""
        return tuple(sorted(self.rules.relations))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, in order of split, video, first and second event, and relation."""
        video = self.pool.video[self.first]
        numbers = np.arange(len(video)) - np.searchsorted(video, video, "left")
        negatives = Negatives(self.pool, self.first, self.second, self.rules)
        for start in range(0, len(video), _PIECE):
            stop = min(start + _PIECE, len(video))
            yield self._rows(np.arange(start, stop), numbers, negatives.of(start, stop))

    def table(self) -> pa.Table:
        """Return all rows as one table."""
        return pa.Table.from_batches(self.batches(), SCHEMA)

    def manifest(self, root: str | Path) -> Manifest:
        """Return the rows as a manifest of videos under `root`; what a manifest has no column for is in `extra`."""
        return Manifest.from_columns(self.table(), root, self.facts(), where="pairs")

    def facts(self) -> dict[str, str]:
        """Return what a manifest tells of where it comes from, the rules among it."""
        return {"name": "before-after pairs", **self.about, "rules": json.dumps(self.rules.to_dict(), sort_keys=True)}

    def _rows(self, pairs: Ints, numbers: Ints, negatives: Ints) -> pa.RecordBatch:
        """Return the rows of some pairs, given by their positions; `negatives` are positions, too, or -1."""
        pool, relations = self.pool, self.relations
        if self.told is None:
            relation = np.tile(np.arange(len(relations)), len(pairs))
            pairs, negatives = (np.repeat(each, len(relations), axis=0) for each in (pairs, negatives))
        else:
            relation = self.told[pairs]
        first, second = self.first[pairs], self.second[pairs]
        video = pool.video[first]
        pair_id = pair_ids(pool, video, numbers[pairs])
        word = pa.array(relations).take(pa.array(relation))
        row_id = _joined(pair_id, "-", word)
        first_text, second_text = (pool.texts.take(pa.array(pool.text[events])) for events in (first, second))
        text, reversed_text = self._captions(first_text, second_text, relation)
        split = pa.array(pool.splits).take(pa.array(pool.split[first]))
        columns = {
            "video_id": row_id,
            "path": pool.paths.take(pa.array(video)),
            "split": pc.if_else(pc.equal(split, ""), None, split),
            "start_s": np.minimum(pool.start[first], pool.start[second]),
            "end_s": np.maximum(pool.end[first], pool.end[second]),
            "labels": pa.nulls(len(pairs), pa.list_(pa.string())),
            "text": text,
            "modalities": pa.nulls(len(pairs), pa.list_(pa.string())),
            "extra": pa.nulls(len(pairs), pa.string()),
            "video": pool.videos.take(pa.array(video)),
            "pair_id": pair_id,
            "twin_id": _joined(row_id, REVERSED),
            "relation": word,
            "reversed_text": reversed_text,
            "first_start_s": pool.start[first],
            "first_end_s": pool.end[first],
            "first_text": first_text,
            "second_start_s": pool.start[second],
            "second_end_s": pool.end[second],
            "second_text": second_text,
            "negative_ids": self._negative_ids(negatives, relation, numbers),
        }
        return pa.record_batch(
            [pa.array(columns[name], SCHEMA.field(name).type) for name in SCHEMA.names], schema=SCHEMA
        )

    def _captions(self, first: pa.Array, second: pa.Array, relation: Ints) -> tuple[pa.Array, pa.Array]:
        """Return t and T(t) of each row, in the wording of its relation."""
        t, reversed_t = (pa.nulls(len(first), pa.string()) for _ in range(2))
        for number, name in enumerate(self.relations):
            rows = pa.array(relation == number)
            pieces = wording(self.rules.templates, name)
            x, y = (second, first) if name == "after" else (first, second)
            t = pc.if_else(rows, render_all(x, y, pieces), t)
            reversed_t = pc.if_else(rows, render_all(y, x, pieces), reversed_t)
        return t, reversed_t

    def _negative_ids(self, negatives: Ints, relation: Ints, numbers: Ints) -> pa.Array:
        """Return lists of rows, each in the words of the row that it is a negative of."""
        if not negatives.shape[1]:
            return pa.nulls(len(negatives), pa.list_(pa.string()))
        there = negatives >= 0
        chosen = negatives[there]
        words = np.repeat(relation, there.sum(1)) if self.told is None else self.told[chosen]
        ids = pair_ids(self.pool, self.pool.video[self.first[chosen]], numbers[chosen])
        ids = _joined(ids, "-", pa.array(self.relations).take(pa.array(words)))
        return pa.ListArray.from_arrays(pa.array(np.r_[0, np.cumsum(there.sum(1))], pa.int32()), ids)


def pair_up(events: pa.Table, rules: PairRules, about: Mapping[str, str] | None = None) -> Pairs:
    """Choose pairs of a table of events (see `events.EVENTS`). Raises RecipeError if there are far too many."""
    tally = Tally()
    pool = gather(events, rules, tally)
    first, second = choose(pool, rules, tally)
    return Pairs(pool, first, second, rules, tally, None, about or {})


def pair_ids(pool: Pool, video: Ints, number: Ints) -> pa.Array:
    """Return the ids of pairs: split, video, and the pair's number in it."""
    name = pool.videos.take(pa.array(video))
    split = pa.array([f"{split}/" if split else "" for split in pool.splits]).take(pa.array(pool.split_of[video]))
    return _joined(split, name, "/", pc.utf8_lpad(pa.array(number).cast(pa.string()), 5, "0"))


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")
