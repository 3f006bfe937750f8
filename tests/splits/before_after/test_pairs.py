"""Rows of pairs: ids, both captions, both relations, negatives; a manifest like any other."""

import hashlib
import itertools
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.manifest import SCHEMA as MANIFEST
from vidsynth.splits.before_after import EVENTS, PairRules, pair_up, pairs
from vidsynth.splits.before_after.captions import parse
from vidsynth.splits.before_after.check import check

WORDS = ["run", "sit", "jump", "eat.", "read, write", "left before noon", "came after", "Then"]


def events(seed: int, count: int, videos: int, splits: tuple[str | None, ...] = ("train", "val")) -> pa.Table:
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 60, count).astype(float)
    rows = [
        {
            "video": f"v{video:02d}",
            "path": f"v{video:02d}.mp4",
            "split": splits[video % len(splits)],
            "start_s": at,
            "end_s": at + length,
            "text": WORDS[word],
        }
        for video, at, length, word in zip(
            rng.integers(videos, size=count).tolist(),
            start.tolist(),
            rng.integers(1, 9, count).tolist(),
            rng.integers(len(WORDS), size=count).tolist(),
            strict=True,
        )
    ]
    return pa.Table.from_pylist(rows, EVENTS)


RELATIONS = [each for size in (1, 2, 3) for each in itertools.permutations(["before", "after", "then"], size)]


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 10**6),
    st.integers(0, 60),
    st.integers(1, 9),
    st.sampled_from(RELATIONS),
    st.sampled_from(["none", "other-video", "same-video"]),
    st.sampled_from(["all", "random"]),
    st.booleans(),
)
def test_whatever_is_built_is_sound(
    seed: int, count: int, videos: int, relations: list[str], negatives: str, policy: str, few_words: bool
) -> None:
    rules = PairRules.from_dict(
        {
            "relations": relations,
            "negatives": negatives,
            "negative_count": 3,
            "policy": policy,
            "temporal_words": [] if few_words else ["before", "after"],
        }
    )
    built = pair_up(events(seed, count, videos), rules)
    table = built.table()
    assert len(built) == table.num_rows == len(built.first) * len(relations)
    assert table.schema == pairs.SCHEMA
    rows = table.to_pylist()
    assert list(check(rows, rules)) == []
    if few_words:
        assert not any(" before noon" in row["first_text"] + row["second_text"] for row in rows if len(relations) == 3)


def test_a_pair_tells_both_relations_and_both_orders() -> None:
    table = pa.Table.from_pylist(
        [
            {"video": "v", "path": "v.mp4", "start_s": 5.0, "end_s": 7.0, "text": "He sits, tired."},
            {"video": "v", "path": "v.mp4", "start_s": 1.0, "end_s": 2.5, "text": "He runs."},
        ],
        EVENTS,
    )
    after, before = pair_up(table, PairRules()).table().to_pylist()
    assert after == {
        "video_id": "v/00000-after",
        "path": "v.mp4",
        "split": None,
        "start_s": 1.0,
        "end_s": 7.0,
        "labels": None,
        "text": "he sits tired after he runs",
        "modalities": None,
        "extra": None,
        "video": "v",
        "pair_id": "v/00000",
        "twin_id": "v/00000-after/reversed",
        "relation": "after",
        "reversed_text": "he runs after he sits tired",
        "first_start_s": 1.0,
        "first_end_s": 2.5,
        "first_text": "he runs",
        "second_start_s": 5.0,
        "second_end_s": 7.0,
        "second_text": "he sits tired",
        "negative_ids": None,
    }
    told = ("video_id", "relation", "text", "reversed_text", "twin_id")
    assert [before[name] for name in told] == [
        "v/00000-before",
        "before",
        "he runs before he sits tired",
        "he sits tired before he runs",
        "v/00000-before/reversed",
    ]
    assert {k: v for k, v in before.items() if k not in told} == {k: v for k, v in after.items() if k not in told}


def test_rows_are_a_manifest() -> None:
    built = pair_up(events(1, 40, 4), PairRules.from_dict({"negatives": "other-video"}), {"name": "mine"})
    manifest = built.manifest("root")
    assert len(manifest) == len(built) > 20
    assert manifest.about["name"] == "mine" and json.loads(manifest.about["rules"])["overlap"] == "strict"
    rows = {row["video_id"]: row for row in built.table().to_pylist()}
    for number in range(len(manifest)):
        row, extra = manifest[number], json.loads(manifest[number].extra)
        for name, value in rows[row.video_id].items():
            if name not in MANIFEST.names:
                assert extra[name] == value, name
        assert row.text == rows[row.video_id]["text"] and row.split == rows[row.video_id]["split"]


@pytest.mark.parametrize("policy", ["other-video", "same-video"])
def test_negatives_are_of_the_split_and_false_of_the_clip(policy: str) -> None:
    rules = PairRules.from_dict({"negatives": policy, "negative_count": 3})
    rows = {row["video_id"]: row for row in pair_up(events(2, 150, 9), rules).table().to_pylist()}
    seen = 0
    for row in rows.values():
        assert len(set(row["negative_ids"])) == len(row["negative_ids"]) <= 3
        for name in row["negative_ids"]:
            other = rows[name]
            seen += 1
            assert (other["video"] == row["video"]) == (policy == "same-video")
            assert other["split"] == row["split"] and other["relation"] == row["relation"]
            assert {other["first_text"], other["second_text"]} != {row["first_text"], row["second_text"]}
    assert seen > 2.9 * len(rows) if policy == "other-video" else seen > 2 * len(rows)


def test_negatives_are_drawn_evenly() -> None:
    table = pa.Table.from_pylist(
        [
            {"video": f"v{v}", "path": f"v{v}", "start_s": 10.0 * e, "end_s": 10.0 * e + 1, "text": f"{v} {e}"}
            for v, e in itertools.product(range(40), range(2))
        ],
        EVENTS,
    )
    counts = np.zeros(40)
    for seed in range(40):
        rules = PairRules.from_dict({"negatives": "other-video", "seed": seed, "relations": ["before"]})
        for row in pair_up(table, rules).table().to_pylist():
            counts[[int(name.split("/")[0][1:]) for name in row["negative_ids"]]] += 1
    assert counts.sum() == 40 * 40 * 4
    assert abs(counts / 160 - 1).max() < 0.35


def test_where_there_is_nothing_to_draw_from_there_are_no_negatives() -> None:
    rules = PairRules.from_dict({"negatives": "other-video"})
    assert set(map(str, pair_up(events(3, 20, 1), rules).table()["negative_ids"].to_pylist())) == {"[]"}


def digest(**changes: Any) -> str:
    rows = pair_up(events(4, 200, 20), PairRules.from_dict(changes)).table().to_pylist()
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def test_the_rows_stay_what_they_are() -> None:
    assert digest(negatives="other-video", seed=3) == "f125f527aa8e9c13ce4fd0483700d02ae42d8e7981bb92424363375ad81a5572"


def test_pieces_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = digest(relations=["then", "before"])
    monkeypatch.setattr(pairs, "_PIECE", 7)
    assert digest(relations=["then", "before"]) == whole


def test_captions_say_what_the_columns_say() -> None:
    for row in pair_up(events(5, 80, 8), PairRules()).table().to_pylist():
        said = parse(row["text"], PairRules().templates)
        assert said is not None and said.chronological == (row["first_text"], row["second_text"])
        assert row["first_end_s"] < row["second_start_s"]


def check_of(**changes: Any) -> list[str]:
    rows = pair_up(events(6, 30, 3), PairRules.from_dict({"negatives": "other-video"})).table().to_pylist()
    rows[3] |= changes
    return list(check(rows, PairRules()))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"text": "nothing at all"}, "text does not parse: 'nothing at all'"),
        ({"text": "a before b"}, "text says before of ('a', 'b'), not "),
        ({"reversed_text": "a before b"}, "reversed_text says before of ('a', 'b')"),
        ({"relation": "after"}, "not after of"),
        ({"first_start_s": 99.0}, "its first event starts at 99.0 s, after its second"),
        ({"twin_id": "x"}, "twin_id is 'x'"),
        ({"negative_ids": ["x"]}, "its negative x is no row of this file"),
    ],
)
def test_what_is_wrong_is_found(changes: dict[str, Any], problem: str) -> None:
    assert check_of() == []
    found = check_of(**changes)
    assert found and any(problem in line for line in found), found


def test_a_row_that_stands_twice_and_a_false_negative_are_found() -> None:
    rows = pair_up(events(6, 30, 3), PairRules()).table().to_pylist()
    name = rows[0]["video_id"]
    assert f"{name}: stands here twice" in list(check([*rows, rows[0]], PairRules()))
    rows[0]["negative_ids"] = [rows[1]["video_id"]]
    assert list(check(rows, PairRules())) == [
        f"{name}: its negative {rows[1]['video_id']} tells of the same two events"
    ]
