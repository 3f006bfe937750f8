"""How far words alone go: two models that see no video, trained on the pairs of one split, asked about another's.

Each says which of two texts comes first. On the one-sided set (given u, is it t or T(t)?) they do better than
chance, since some things as a rule come before others; on quadruples exactly as well as chance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vidsynth.errors import SourceError
from vidsynth.rng import stream
from vidsynth.splits.before_after.priors import Floats, Ints, PairPrior, WordCount
from vidsynth.splits.before_after.scores import Scores, score

COLUMNS = ("pair_id", "split", "video", "first_text", "second_text")
_HELD_OUT = 5  # one video in so many is held out of a set of one split


class Texts(NamedTuple):
    """Pairs as codes of texts, int64 [P], in order; `video` numbers their videos. names : the texts, strings [K]."""

    first: Ints
    second: Ints
    video: Ints
    names: pa.Array


class Audit(NamedTuple):
    """What a model reaches: mean scores over the draws of one pair a video, and the deviation of `one_sided`."""

    model: str
    scores: Scores
    deviation: float


def audit(
    table: pa.Table, *, train: str | None = None, test: str | None = None, seed: int = 0, draws: int = 20
) -> tuple[list[Audit], str]:
    """Return what each model reaches on pairs, and in words what it was trained and asked on.

    Parameters
    ----------
    table : the rows' COLUMNS at least.
    train, test : splits; by default the largest, and the largest of the others. Of a file with one split, a fifth
        of the videos is held out.
    draws : how often one random pair a video is drawn to ask about.

    Raises SourceError.
    """
    if not len(table):
        raise SourceError("an audit needs pairs; there are none")
    learnt, asked, said = _divided(_one_row_a_pair(table), train, test)
    models: dict[str, Callable[[Ints, Ints], Floats]] = {
        "word count": WordCount(learnt.first, learnt.second, learnt.names),
        "pair prior": PairPrior(learnt.first, learnt.second, len(learnt.names)),
    }
    one = [_one_a_video(asked.video, seed, draw) for draw in range(draws)]
    out = []
    for name, margin in models.items():
        # A model's opinion of "first, then second", minus that of the opposite order: of texts, not of videos.
        opinion = margin(asked.first, asked.second)
        scored = [score(quadruples(opinion[rows])) for rows in one]
        means = Scores(*np.mean(scored, axis=0).tolist())
        out.append(Audit(name, means, float(np.std([each.one_sided for each in scored]))))
    return out, said


def quadruples(opinion: Floats) -> Floats:
    """Return the similarities [N, 2, 2] that a judge of texts gives: the same to u and to T(u)."""
    texts = np.stack([opinion, -opinion], -1)
    return np.stack([texts, texts], 1)


def _one_row_a_pair(table: pa.Table) -> pa.Table:
    table = table.set_column(table.column_names.index("split"), "split", table["split"].fill_null("")).combine_chunks()
    ids = table["pair_id"]
    new = np.ones(len(ids), bool)
    new[1:] = pc.not_equal(ids[1:], ids[:-1]).to_numpy()
    return table.filter(pa.array(new))


def _divided(table: pa.Table, train: str | None, test: str | None) -> tuple[Texts, Texts, str]:
    """Return the pairs to learn from, those to ask about, and in words which they are. Raises SourceError."""
    counts = pc.value_counts(table["split"].combine_chunks()).to_pylist()
    splits = [count["values"] for count in sorted(counts, key=lambda count: (-count["counts"], count["values"]))]
    for asked in (train, test):
        if asked is not None and asked not in splits:
            have = ", ".join(filter(None, splits)) or "no split"
            raise SourceError(f"no pairs are of the split {asked!r}; there are those of {have}")
    train = splits[0] if train is None else train
    test = next((split for split in splits if split != train), train) if test is None else test
    if train == test:
        asked_rows = _held_out(table["video"]) & _equal(table["split"], test)
        learnt_rows = ~asked_rows & _equal(table["split"], train)
        said = f"trained on four fifths of the videos of {train or 'all'}, asked about the others"
    else:
        learnt_rows, asked_rows = _equal(table["split"], train), _equal(table["split"], test)
        said = f"trained on {train or 'the rows without a split'}, asked about {test or 'those without a split'}"
    if not (learnt_rows.any() and asked_rows.any()):
        raise SourceError("too few videos to learn from some and ask about others")
    names = pc.unique(pa.chunked_array([*table["first_text"].chunks, *table["second_text"].chunks]))
    first, second = (_codes(table[name], names) for name in ("first_text", "second_text"))
    video = _codes(table["video"], pc.unique(table["video"]))
    learnt, about = (Texts(first[rows], second[rows], video[rows], names) for rows in (learnt_rows, asked_rows))
    videos = len(np.unique(about.video))
    return learnt, about, f"{said}: {len(learnt.first):,} pairs to learn from, one pair of each of {videos:,} videos"


def _held_out(video: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Tell which rows are of a fifth of the videos, by a hash of their names: the same however many there are."""
    names = pc.unique(video)
    held = [hashlib.sha256(name.encode()).digest()[0] % _HELD_OUT == 0 for name in names.to_pylist()]
    return np.array(held, bool)[_codes(video, names)]


def _equal(column: pa.ChunkedArray, value: str) -> NDArray[np.bool_]:
    rows: NDArray[np.bool_] = pc.equal(column, value).to_numpy()
    return rows


def _codes(column: pa.ChunkedArray, values: pa.Array) -> Ints:
    codes: Ints = pc.index_in(column, value_set=values).to_numpy().astype(np.int64)
    return codes


def _one_a_video(video: Ints, seed: int, draw: int) -> Ints:
    """Return the row numbers of one random pair a video."""
    order = stream(seed, "before-after/audit", draw).permutation(len(video))
    return order[np.unique(video[order], return_index=True)[1]]


def text(found: Sequence[Audit], said: str) -> str:
    """Return an audit in words."""
    lines = [f"{said[0].upper()}{said[1:]}.", f"{'':<12}one-sided  counterbalanced"]
    for each in found:
        spread = f"   (± {each.deviation:.1%} over draws)" if each.deviation else ""
        lines.append(f"{each.model:<12}{each.scores.one_sided:9.1%}  {each.scores.video_to_text:15.1%}{spread}")
    return "\n".join(lines)
