"""Choosing pairs of events: every ordered pair of one video that the rules let through."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import RecipeError
from vidsynth.rng import stream
from vidsynth.splits.before_after.pool import Floats, Ints, Pool
from vidsynth.splits.before_after.rules import PairRules
from vidsynth.splits.before_after.tally import Tally

MAX_PAIRS = 20_000_000
_BLOCK = 1 << 20  # candidates looked at together


def choose(pool: Pool, rules: PairRules, tally: Tally) -> tuple[Ints, Ints]:
    """Return event numbers (first, second), int64 [P] each, sorted by video, first and second.

    Raises RecipeError if there are more than MAX_PAIRS before the choice among them.
    """
    lowest = _lowest(pool, rules)
    firsts, seconds, found = [], [], 0
    for first, second in _candidates(pool, lowest, rules, tally):
        first, second = _filtered(pool, rules, tally, first, second)
        firsts.append(first.astype(np.int32))
        seconds.append(second.astype(np.int32))
        found += len(first)
        if found > MAX_PAIRS:
            video = pool.videos[int(pool.video[first[-1]])].as_py()
            raise RecipeError(
                f"there are more than {MAX_PAIRS:,} pairs, and only video {video!r} is reached; "
                "a smaller max_gap, or adjacent, makes fewer"
            )
    first, second = (np.concatenate([np.zeros(0, np.int32), *parts]).astype(np.int64) for parts in (firsts, seconds))
    if rules.duplicates == "captions":
        keep = _first_of_captions(pool, first, second)
        tally.drop("pairs whose captions the video has already", pool.split[first[~keep]])
        first, second = first[keep], second[keep]
    keep = _choice(pool, rules, first)
    tally.drop("pairs not chosen", pool.split[first[~keep]])
    first, second = first[keep], second[keep]
    tally.count("pairs", pool.split[first])
    return first, second


def _lowest(pool: Pool, rules: PairRules) -> Ints:
    """Return, for each event, the number of the first one that may follow it, int64 [N].

    Those that may follow are all from there to the end of its video, since events are sorted by start.
    """
    later = np.arange(1, len(pool) + 1)
    match rules.overlap:
        case "strict":
            return _first_after(pool, pool.end, strictly=True)
        case "non-strict":
            return _first_after(pool, pool.end, strictly=False)
        case "tolerance":
            return np.maximum(_first_after(pool, pool.end - rules.tolerance, strictly=False), later)
    return later


def _first_after(pool: Pool, bounds: Floats, *, strictly: bool) -> Ints:
    """Return, for each bound, the first event of its video that starts after it (or, not strictly, at it)."""
    n = len(pool)
    # Starts and bounds of all videos in one order; at equal times, bounds stand after starts if strictly.
    is_bound = np.repeat([False, True], n)
    order = np.lexsort([is_bound == strictly, np.concatenate([pool.start, bounds]), np.tile(pool.video, 2)])
    is_bound = is_bound[order]
    starts_before = np.cumsum(~is_bound)
    lowest = np.empty(n, np.int64)
    lowest[order[is_bound] - n] = starts_before[is_bound]
    return lowest


def _candidates(pool: Pool, lowest: Ints, rules: PairRules, tally: Tally) -> Iterator[tuple[Ints, Ints]]:
    """Yield the pairs that `lowest` lets through, in blocks; tell how many it did not."""
    stops = pool.stops()
    counts = np.maximum(stops - lowest, 0)
    sizes = np.bincount(pool.video, minlength=len(pool.videos))[pool.video]
    possible, let_through = sizes, counts
    if not rules.self_pairs:  # one that ends before it starts would follow itself
        possible, let_through = sizes - 1, counts - (lowest <= np.arange(len(pool)))
    tally.count("candidates", pool.split, possible)
    tally.drop(_OVERLAP[rules.overlap], pool.split, possible - let_through)
    ends = np.cumsum(counts)
    at = 0
    while at < len(pool):
        done = ends[at - 1] if at else 0
        stop = max(at + 1, int(np.searchsorted(ends, done + _BLOCK, "right")))
        block = counts[at:stop]
        first = np.repeat(np.arange(at, stop), block)
        second = np.arange(block.sum()) - np.repeat(np.cumsum(block) - block - lowest[at:stop], block)
        if not rules.self_pairs:
            other = first != second
            first, second = first[other], second[other]
        yield first, second
        at = stop


_OVERLAP = {
    "strict": "pairs whose second does not start after the first's end",
    "non-strict": "pairs whose second starts before the first's end",
    "tolerance": "pairs whose second starts before the first's end, less the tolerance",
    "iou": "pairs whose second starts before the first",
}


def _filtered(pool: Pool, rules: PairRules, tally: Tally, first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """Apply the rules that look at one pair (and at the others with the same first event)."""

    def drop(rule: str, bad: NDArray[np.bool_]) -> None:
        nonlocal first, second
        tally.drop(rule, pool.split[first[bad]])
        first, second = first[~bad], second[~bad]

    start, end = pool.start, pool.end
    if rules.overlap == "iou":
        drop("pairs that overlap by more than max_iou", _iou(pool, first, second) > rules.max_iou)
    if rules.adjacent:
        new = np.ones(len(first), bool)
        new[1:] = first[1:] != first[:-1]
        soonest = start[second[new]][np.cumsum(new) - 1]
        drop("pairs with another event between", start[second] > soonest)
    if rules.min_gap:
        drop(f"pairs less than {rules.min_gap:g} s apart", start[second] - end[first] < rules.min_gap)
    if rules.max_gap is not None:
        drop(f"pairs more than {rules.max_gap:g} s apart", start[second] - end[first] > rules.max_gap)
    if rules.same_text == "drop":
        drop("pairs of equal texts", pool.text[first] == pool.text[second])
    if rules.same_label == "drop":
        drop("pairs of equal labels", (pool.label[first] == pool.label[second]) & (pool.label[first] >= 0))
    return first, second


def _iou(pool: Pool, first: Ints, second: Ints) -> Floats:
    """Return intersection over union of intervals, float64 [P]; 0 where the union is empty."""
    start, end = pool.start, pool.end
    both = np.minimum(end[first], end[second]) - np.maximum(start[first], start[second])
    both = np.maximum(both, 0.0)
    either = (end[first] - start[first]) + (end[second] - start[second]) - both
    iou: Floats = np.divide(both, either, out=np.zeros(len(first)), where=either > 0)
    return iou


def _first_of_captions(pool: Pool, first: Ints, second: Ints) -> NDArray[np.bool_]:
    """Tell, for each pair, whether it is the first of its video with its two texts."""
    keys = pool.video[first], pool.text[first], pool.text[second]
    order = np.lexsort(keys[::-1])  # stable: pairs with equal keys keep their order
    new = np.ones(len(order), bool)
    new[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys])
    keep = np.empty(len(order), bool)
    keep[order] = new
    return keep


def _choice(pool: Pool, rules: PairRules, first: Ints) -> NDArray[np.bool_]:
    """Tell, for each pair, whether it is among those chosen of its video.

    What is chosen of a video depends on the seed and on the video's own pairs alone; more include fewer.
    """
    keep = np.ones(len(first), bool)
    video = pool.video[first]
    heads = np.flatnonzero(np.r_[True, video[1:] != video[:-1]]) if len(video) else np.zeros(0, np.int64)
    sizes = np.diff(np.r_[heads, len(video)])
    evaluated = [code for code, split in enumerate(pool.splits) if split in rules.evaluation_splits]
    one = np.isin(pool.split_of[video[heads]], evaluated)
    most = np.where(one, 1, np.iinfo(np.int64).max if rules.policy == "all" else rules.per_video)
    at_random = one | (rules.policy == "random")
    several = np.flatnonzero(sizes > most)
    names = pool.videos.take(video[heads[several]]).to_pylist()
    for group, name in zip(several.tolist(), names, strict=True):
        head, size, count = heads[group], sizes[group], most[group]
        if at_random[group]:
            digest = hashlib.sha256(f"{pool.splits[pool.split_of[video[head]]]}/{name}".encode()).digest()
            draws = stream(rules.seed, "before-after/choice", int.from_bytes(digest[:16])).random(size)
            keep[head : head + size] = False
            keep[head + np.argsort(draws, kind="stable")[:count]] = True
        else:
            keep[head + count : head + size] = False
    return keep
