"""What words alone reach: the two models against slow ones of the same recipe, and exactly half on quadruples."""

import itertools
import math
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.errors import RecipeError, SourceError
from vidsynth.splits.before_after import EVENTS, PairRules, pair_up
from vidsynth.splits.before_after.audit import audit, quadruples, text
from vidsynth.splits.before_after.priors import PairPrior, WordCount
from vidsynth.splits.before_after.scores import score

NAMES = ["a man sits", "the man's dog", "a dog sits", "rain", "a a a rain"]
PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=30)


def codes(pairs: list[tuple[int, int]]) -> tuple[Any, Any]:
    array = np.array(pairs, np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


@given(PAIRS)
def test_the_word_count_is_that_of_a_slow_loop(pairs: list[tuple[int, int]]) -> None:
    words = [set(name.split()) for name in NAMES]
    first, second = Counter[str](), Counter[str]()
    for one, other in pairs:
        first.update(words[one])
        second.update(words[other])
    model = WordCount(*codes(pairs), pa.array(NAMES))
    for one, other in itertools.product(range(5), repeat=2):
        sums = [sum(math.log((1 + first[word]) / (1 + second[word])) for word in words[text]) for text in (one, other)]
        margin = model(np.array([one]), np.array([other]))[0]
        assert margin == pytest.approx(sums[0] - sums[1], abs=1e-8)
        assert one != other or margin == 0


@given(PAIRS)
def test_the_pair_prior_is_that_of_a_slow_loop(pairs: list[tuple[int, int]]) -> None:
    n = Counter(pairs)
    odds = [
        math.log((1 + sum(one == text for one, _ in pairs)) / (1 + sum(other == text for _, other in pairs)))
        for text in range(5)
    ]
    model = PairPrior(*codes(pairs), 5)
    for one, other in itertools.product(range(5), repeat=2):
        share = 1 / (1 + math.exp(odds[other] - odds[one]))
        p = (n[one, other] + share) / (n[one, other] + n[other, one] + 1)
        margin = model(np.array([one]), np.array([other]))[0]
        assert margin == pytest.approx(p - 0.5, abs=1e-8)
        assert margin == pytest.approx(-model(np.array([other]), np.array([one]))[0])


@settings(max_examples=200)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_whoever_looks_at_texts_alone_is_right_exactly_half_the_time(opinion: list[float]) -> None:
    found = score(quadruples(np.array(opinion)))
    assert found.video_to_text == 0.5 and found.group == 0
    assert found.one_sided == pytest.approx(np.mean([(np.sign(one) + 1) / 2 for one in opinion]))


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=50))
def test_whoever_looks_at_videos_alone_is_too(opinion: list[tuple[float, float]]) -> None:
    of_videos = np.repeat(np.array(opinion)[:, :, None], 2, axis=2)
    found = score(of_videos)
    assert found.text_to_video == 0.5 and found.group == 0 and found.video_to_text == 0.5


def test_whoever_looks_at_both_can_be_right() -> None:
    right = np.array([[[1.0, 0.0], [0.0, 1.0]]])
    assert score(right) == (1.0, 1.0, 1.0, 1.0, 0.0)
    assert score(-right) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert score(np.zeros((3, 2, 2))) == (0.5, 0.5, 0.5, 0.0, 1.0)
    half = np.concatenate([right, -right, np.zeros((2, 2, 2))])
    assert score(half) == (0.5, 0.5, 0.5, 0.25, 0.5)


@pytest.mark.parametrize("wrong", [np.zeros((0, 2, 2)), np.zeros((3, 2)), np.full((1, 2, 2), np.nan)])
def test_what_is_no_table_of_similarities_is_refused(wrong: Any) -> None:
    with pytest.raises(RecipeError, match="similarity"):
        score(wrong)


def story(videos: int, seed: int = 0, told: float = 0.5) -> pa.Table:
    """Videos of three sentences, worded as ActivityNet's often are: a share `told` begin as first or last ones do."""
    rng = np.random.default_rng(seed)
    rows = []
    for video in range(videos):
        for place in range(3):
            start = 20.0 * place + rng.uniform(0, 5)
            words = " ".join(rng.choice(["jumps", "holds", "ball", "rope", "grass", "field", "looks", "turns"], 5))
            head = "" if rng.random() >= told else ("a man is seen ", "", "he continues and ")[place]
            rows.append(
                {
                    "video": f"v{video:04d}", "path": f"v{video:04d}", "split": "val_1" if video % 4 == 0 else "train",
                    "start_s": start, "end_s": start + 10, "text": head + words,
                }
            )  # fmt: skip
    return pa.Table.from_pylist(rows, EVENTS)


def test_words_tell_the_order_of_one_sided_sets_and_never_of_quadruples() -> None:
    table = pair_up(story(800), PairRules()).table()
    found, said = audit(table, draws=3)
    by_name = {each.model: each for each in found}
    assert said == "trained on train, asked about val_1: 1,800 pairs to learn from, one pair of each of 200 videos"
    assert by_name["word count"].scores.one_sided > 0.7
    assert abs(by_name["pair prior"].scores.one_sided - 0.5) < 0.1  # sentences are all different
    for each in found:
        assert each.scores.video_to_text == 0.5 and each.scores.group == 0
    assert text(found, said).splitlines()[2].split()[:4] == [
        "word",
        "count",
        f"{found[0].scores.one_sided:.1%}",
        "50.0%",
    ]


def test_where_words_tell_nothing_nothing_is_found() -> None:
    [word_count, pair_prior], _ = audit(pair_up(story(800, told=0.0), PairRules()).table(), draws=3)
    assert abs(word_count.scores.one_sided - 0.5) < 0.1 and abs(pair_prior.scores.one_sided - 0.5) < 0.1


def test_classes_that_come_in_order_are_learnt() -> None:
    rng = np.random.default_rng(0)
    steps = ["opening a door", "walking", "sitting", "eating", "washing"]
    rows = [
        {
            "video": f"v{video}",
            "path": "v",
            "split": "train",
            "start_s": 10.0 * place,
            "end_s": 10.0 * place + 5,
            "text": name,
        }
        for video in range(400)
        for place, name in enumerate(np.array(steps)[np.argsort(np.arange(5) + rng.normal(0, 2.0, 5))][:3])
    ]
    found, said = audit(pair_up(pa.Table.from_pylist(rows, EVENTS), PairRules()).table(), draws=3)
    assert said.startswith("trained on four fifths of the videos of train, asked about the others: ")
    prior = {each.model: each.scores for each in found}["pair prior"]
    assert prior.one_sided > 0.65 and prior.video_to_text == 0.5


def test_an_audit_says_what_it_cannot_do() -> None:
    table = pair_up(story(8), PairRules()).table()
    with pytest.raises(SourceError, match="no pairs are of the split 'test'; there are those of train, val_1"):
        audit(table, test="test")
    with pytest.raises(SourceError, match="there are none"):
        audit(table.slice(0, 0))
    with pytest.raises(SourceError, match="too few videos"):
        audit(table.slice(0, 2))
