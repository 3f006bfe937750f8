"""Every rule for pairs against a slow double loop."""

import itertools
import math
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.errors import RecipeError
from vidsynth.splits.before_after import EVENTS, PairRules, Pairs, pair_up, pairing

Event = dict[str, Any]

# Times on a coarse grid: many begin or end together, some end before they start, some are unknown.
TIMES = st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0, 3.5, 4.0, 6.0])
EVENT = st.fixed_dictionaries(
    {
        "video": st.sampled_from(["a", "a b", "b"]),
        "split": st.sampled_from(["train", "train", "val", None]),
        "start_s": TIMES,
        "end_s": st.one_of(TIMES, TIMES, TIMES, st.none(), st.just(math.nan)),
        "text": st.sampled_from(["x", "y", "Y.", "z, really", "before you", "", None]),
        "label": st.sampled_from(["p", "q", None]),
    }
)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "corrupt": st.sampled_from(["keep", "drop"]),
        "self_pairs": st.booleans(),
        "overlap": st.sampled_from(["strict", "non-strict", "tolerance", "iou"]),
        "tolerance": st.sampled_from([0.0, 0.5, 2.0]),
        "max_iou": st.sampled_from([0.0, 0.25, 1.0]),
        "min_duration": st.sampled_from([0.0, 1.0]),
        "max_duration": st.sampled_from([None, 2.0]),
        "min_gap": st.sampled_from([0.0, 0.5]),
        "max_gap": st.sampled_from([None, 1.0]),
        "adjacent": st.booleans(),
        "same_text": st.sampled_from(["keep", "drop"]),
        "same_label": st.sampled_from(["keep", "drop"]),
        "duplicates": st.sampled_from(["keep", "events", "captions"]),
        "policy": st.sampled_from(["all", "random", "first"]),
        "per_video": st.integers(1, 3),
        "evaluation_splits": st.sampled_from([(), ("val",)]),
        "seed": st.integers(0, 3),
    },
)


def table(events: list[Event]) -> pa.Table:
    return pa.Table.from_pylist([{"path": f"{event['video']}.mp4", **event} for event in events], EVENTS)


def cleaned(text: str) -> str:
    return text.lower().replace(",", "").rstrip(".")


def kept(events: list[Event], rules: PairRules) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    """Return (start, end, text, label) of the events of each split and video, in the order of the rules."""
    groups = defaultdict(list)
    for event in events:
        start, end, text = event["start_s"], event["end_s"], cleaned(event["text"] or "")
        if end is None or math.isnan(end) or not text or "before" in text.split():
            continue
        if rules.corrupt == "drop" and end <= start:
            continue
        if rules.min_duration and end - start < rules.min_duration:
            continue
        if rules.max_duration is not None and end - start > rules.max_duration:
            continue
        groups[event["split"] or "", event["video"]].append((start, end, text, event["label"] or ""))
    for name, group in groups.items():
        group.sort()
        if rules.duplicates != "keep":
            seen: dict[tuple[Any, ...], tuple[Any, ...]] = {}
            for event in group:
                seen.setdefault(event[:3], event)
            groups[name] = list(seen.values())
    return groups


def iou(one: tuple[Any, ...], other: tuple[Any, ...]) -> float:
    both = max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
    either = one[1] - one[0] + other[1] - other[0] - both
    return both / either if either > 0 else 0.0


def overlap_lets(i: int, j: int, group: list[tuple[Any, ...]], rules: PairRules) -> bool:
    first, second = group[i], group[j]
    if i == j and not rules.self_pairs:
        return False
    match rules.overlap:
        case "strict":
            return second[0] > first[1]
        case "non-strict":
            return second[0] >= first[1]
        case "tolerance":
            return j > i and second[0] >= first[1] - rules.tolerance
    return j > i and iou(first, second) <= rules.max_iou


def pairs_of(group: list[tuple[Any, ...]], rules: PairRules) -> list[tuple[Any, Any]]:
    found = []
    for i, first in enumerate(group):
        possible = [j for j in range(len(group)) if overlap_lets(i, j, group, rules)]
        soonest = min((group[j][0] for j in possible), default=None)
        for j in possible:
            second = group[j]
            gap = second[0] - first[1]
            wrong = (
                (rules.adjacent and second[0] != soonest)
                or (rules.min_gap and gap < rules.min_gap)
                or (rules.max_gap is not None and gap > rules.max_gap)
                or (rules.same_text == "drop" and first[2] == second[2])
                or (rules.same_label == "drop" and first[3] == second[3] != "")
            )
            if not wrong:
                found.append((first, second))
    if rules.duplicates == "captions":
        seen: dict[tuple[str, str], Any] = {}
        for first, second in found:
            seen.setdefault((first[2], second[2]), (first, second))
        found = list(seen.values())
    return found


def made(pairs: Pairs) -> dict[tuple[str, str], list[tuple[Any, Any]]]:
    pool = pairs.pool
    out = defaultdict(list)

    def event(number: int) -> tuple[Any, ...]:
        return pool.start[number], pool.end[number], pool.texts[int(pool.text[number])].as_py()

    for first, second in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        video = int(pool.video[first])
        assert pool.video[second] == video
        out[pool.splits[int(pool.split_of[video])], pool.videos[video].as_py()].append((event(first), event(second)))
    return out


@settings(deadline=None, max_examples=300)
@given(st.lists(EVENT, max_size=14), RULES)
def test_pairs_are_those_of_a_double_loop(events: list[Event], changes: dict[str, Any]) -> None:
    rules = PairRules.from_dict(changes)
    pairs = pair_up(table(events), rules)
    found = made(pairs)
    expected = {name: pairs_of(group, rules) for name, group in kept(events, rules).items()}
    assert set(found) == {name for name, group in expected.items() if group}
    for name, group in expected.items():
        plain = [(first[:3], second[:3]) for first, second in group]
        if name[0] in rules.evaluation_splits:
            most, policy = 1, "random"
        else:
            most, policy = (len(plain) if rules.policy == "all" else rules.per_video), rules.policy
        if policy == "random":
            assert len(found.get(name, [])) == min(most, len(plain))
            assert not Counter(found.get(name, [])) - Counter(plain)
        else:
            assert found.get(name, []) == plain[:most]
    tally = pairs.tally
    # Every caption and every candidate is told of: it stays, or one rule removed it.
    of_events = sum(numbers for rule, numbers in tally.dropped.items() if rule not in tally.of_pairs)
    of_pairs = sum(numbers for rule, numbers in tally.dropped.items() if rule in tally.of_pairs)
    assert (tally.counts["captions"] - of_events == tally.counts["events"]).all()
    assert (tally.counts["candidates"] - of_pairs == tally.counts["pairs"]).all()


@settings(deadline=None, max_examples=60)
@given(st.lists(EVENT, max_size=14), RULES, st.randoms())
def test_the_order_of_rows_does_not_matter(events: list[Event], changes: dict[str, Any], random: Any) -> None:
    rules = PairRules.from_dict(changes | {"negatives": "other-video"})
    shuffled = random.sample(events, len(events))
    # Equal events with other labels are told apart by the label, so all columns agree.
    assert pair_up(table(events), rules).table().equals(pair_up(table(shuffled), rules).table())


@settings(deadline=None, max_examples=60)
@given(st.lists(EVENT, max_size=20), RULES, st.integers(1, 9))
def test_blocks_do_not_matter(events: list[Event], changes: dict[str, Any], block: int) -> None:
    rules = PairRules.from_dict(changes)
    whole = pair_up(table(events), rules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairing, "_BLOCK", block)
        pieces = pair_up(table(events), rules)
    assert pieces.table().equals(whole.table())
    assert {k: v.tolist() for k, v in pieces.tally.dropped.items()} == {
        k: v.tolist() for k, v in whole.tally.dropped.items()
    }


def many(videos: int = 40, events: int = 6, split: str = "train") -> list[Event]:
    return [
        {
            "video": f"v{v}",
            "split": split,
            "start_s": 10.0 * e,
            "end_s": 10.0 * e + 3,
            "text": f"{v} {e}",
            "label": None,
        }
        for v, e in itertools.product(range(videos), range(events))
    ]


def chosen(events: list[Event], **changes: Any) -> set[tuple[str, str]]:
    rows = pair_up(table(events), PairRules.from_dict({"relations": ["before"], **changes})).table()
    return set(zip(rows["video"].to_pylist(), rows["text"].to_pylist(), strict=True))


def test_more_random_pairs_include_fewer_and_other_videos_change_nothing() -> None:
    one, three = (chosen(many(), policy="random", per_video=k) for k in (1, 3))
    assert len(one) == 40 and len(three) == 120 and one < three
    assert chosen(many(20), policy="random") < one
    assert chosen(many(), policy="random", seed=1) != one
    assert len(chosen(many(split="val"))) == 40  # the paper's evaluation sets
    assert len(chosen(many(split="val"), evaluation_splits=[])) == 40 * 15


def test_a_random_pair_is_any_of_a_video_s() -> None:
    events = many(1, 4)
    counts = Counter(text for seed in range(300) for _, text in chosen(events, policy="random", seed=seed))
    assert len(counts) == 6 and min(counts.values()) > 25


def test_the_choice_stays_what_it_is() -> None:
    assert sorted(chosen(many(5, 3), policy="random", seed=7)) == [
        ("v0", "0 1 before 0 2"),
        ("v1", "1 1 before 1 2"),
        ("v2", "2 0 before 2 2"),
        ("v3", "3 0 before 3 1"),
        ("v4", "4 0 before 4 1"),
    ]


def test_far_too_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "MAX_PAIRS", 50)
    with pytest.raises(RecipeError, match=r"more than 50 pairs, and only video 'v\d+' is reached; a smaller max_gap"):
        pair_up(table(many()), PairRules())


def test_no_captions_make_no_pairs() -> None:
    pairs = pair_up(table([]), PairRules())
    assert len(pairs) == 0 and pairs.table().num_rows == 0 and pairs.first.dtype == np.int64
