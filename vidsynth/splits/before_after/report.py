"""What came of the rules, in words: counts by split, what each rule removed, the paper's counts beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from vidsynth.splits.before_after.pairs import Pairs
from vidsynth.splits.before_after.presets import REPORTED, Published


class SplitCounts(NamedTuple):
    """Counts of one split's pairs.

    distance_s : the mean distance between the midpoints of a pair's events, of one random pair a video, in
        expectation. gap_s : the mean time from the first's end to the second's start, of all pairs. nan of none.
    equal : pairs of two equal texts, whose captions do not tell the order.
    """

    split: str
    videos: int
    pairs: int
    clips: int
    before: int
    after: int
    then: int
    equal: int
    distance_s: float
    gap_s: float


def count(pairs: Pairs) -> list[SplitCounts]:
    """Return the counts of each split."""
    pool, first, second = pairs.pool, pairs.first, pairs.second
    middle = (pool.start + pool.end) / 2
    distance, gap = np.abs(middle[second] - middle[first]), pool.start[second] - pool.end[first]
    out = []
    video = pool.video[first]
    share = 1 / np.bincount(video, minlength=len(pool.videos))[video]  # so that every video counts as much
    for code, split in enumerate(pool.splits):
        here = pool.split[first] == code
        number = int(here.sum())
        said = dict.fromkeys(("before", "after", "then"), 0)
        for relation, name in enumerate(pairs.relations):
            said[name] = number if pairs.told is None else int((pairs.told[here] == relation).sum())
        out.append(
            SplitCounts(
                split=split,
                videos=len(np.unique(pool.video[first[here]])),
                pairs=number,
                clips=sum(said.values()),
                **said,
                equal=int((pool.text[first[here]] == pool.text[second[here]]).sum()),
                distance_s=float(np.average(distance[here], weights=share[here])) if number else float("nan"),
                gap_s=float(gap[here].mean()) if number else float("nan"),
            )
        )
    return out


def report(pairs: Pairs, source: str, length_s: float = float("nan")) -> str:
    """Return the report of pairs made from a source; `length_s` is the mean length of its videos, if known."""
    counted = count(pairs)
    return "\n\n".join([_removals(pairs, counted), _against_paper(counted, source, length_s)])


def report_values(pairs: Pairs, source: str) -> dict[str, Any]:
    """Return the report as plain values: counts of each split, and how many each rule kept and removed there."""
    tally = pairs.tally

    def by_split(counts: Mapping[str, Any]) -> dict[str, dict[str, int]]:
        return {name: dict(zip(tally.splits, of.tolist(), strict=True)) for name, of in counts.items()}

    return {
        "source": source,
        "pairs": len(pairs.first),
        "clips": len(pairs),
        "splits": [each._asdict() for each in count(pairs)],
        "stages": by_split(tally.counts),
        "dropped": by_split(tally.dropped),
    }


def _removals(pairs: Pairs, counted: Sequence[SplitCounts]) -> str:
    """Return a table: a column a split, a row a count or a rule."""
    tally = pairs.tally
    stages = {name: numbers.tolist() for name, numbers in tally.counts.items()}
    end = {
        "pairs": [each.pairs for each in counted],
        "  of equal texts": [each.equal for each in counted],
        "stitched clips": [each.clips for each in counted],
        **{
            f"  {name}": [getattr(each, name) for each in counted]
            for name in ("before", "after", "then")
            if any(getattr(each, name) for each in counted)
        },
    }
    events = [(f"  − {rule}", n.tolist()) for rule, n in tally.dropped.items() if rule not in tally.of_pairs]
    of_pairs = [(f"  − {rule}", n.tolist()) for rule, n in tally.dropped.items() if rule in tally.of_pairs]
    rows = [("captions", stages["captions"]), *events]
    rows += [(name, stages[name]) for name in ("events", "candidates") if name in stages]
    rows += [*of_pairs, *end.items()]
    head = ("", [split or "all" for split in tally.splits])
    return _table([head, *[(name, [f"{number:,}" for number in numbers]) for name, numbers in rows]])


def _against_paper(counted: Sequence[SplitCounts], source: str, length_s: float) -> str:
    reported = REPORTED.get(source)
    rows = [("", ["videos", "published", "stitched clips", "published", "midpoint distance, s", "gap, s"])]
    differs = False
    for each in counted:
        theirs = reported.splits.get(each.split) if reported else None
        differs = differs or (theirs is not None and theirs != Published(each.videos, each.clips))
        cells = [
            f"{each.videos:,}",
            f"{theirs.videos:,}" if theirs else "–",
            f"{each.clips:,}",
            f"{theirs.clips:,}" if theirs else "–",
            f"{each.distance_s:.2f}",
            f"{each.gap_s:.2f}",
        ]
        rows.append((each.split or "all", cells))
    have = {each.split for each in counted}
    for split, paper in reported.splits.items() if reported else ():
        if split not in have:
            rows.append((split, ["–", f"{paper.videos:,}", "–", f"{paper.clips:,}", "–", "–"]))
    lines = [_table(rows)]
    if reported:
        ours = f"; mean length of the videos {length_s:.1f} s" if length_s == length_s else ""
        lines.append(
            f"Published: Test of Time (Bagad et al., 2023), Table 3; mean midpoint distance {reported.distance_s} s of "
            f"one random pair a video, mean length {reported.length_s:g} s{ours}."
        )
        if differs:
            lines.append(f"Where counts differ: {reported.why}.")
    return "\n".join(lines)


def _table(rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    name = max(len(row[0]) for row in rows)
    widths = [max(len(row[1][at]) for row in rows) for at in range(len(rows[0][1]))]
    return "\n".join(
        f"{head:<{name}}" + "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        for head, cells in rows
    )
