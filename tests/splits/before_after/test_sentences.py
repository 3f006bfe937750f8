"""Sentences that tell of two moments already: both forms, both relations, and what is left out."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.sources.annotations import Row
from vidsynth.splits.before_after import PairRules
from vidsynth.splits.before_after.captions import Parsed
from vidsynth.splits.before_after.check import check
from vidsynth.splits.before_after.report import count
from vidsynth.splits.before_after.sentences import pair_sentences, parse_sentence, sentences_from_rows


@pytest.mark.parametrize(
    ("sentence", "relation", "x", "y"),
    [
        ("the man sits before the dog barks", "before", "the man sits", "the dog barks"),
        ("The man sits after the dog barks.", "after", "The man sits", "the dog barks"),
        ("Before the dog barks, the man sits", "before", "the man sits", "the dog barks"),
        ("after the dog barks , the man sits!", "after", "the man sits", "the dog barks"),
        ("a man,  in red, sits\nbefore the dog barks", "before", "a man, in red, sits", "the dog barks"),
    ],
)
def test_sentences_are_parsed(sentence: str, relation: Any, x: str, y: str) -> None:
    assert parse_sentence(sentence) == Parsed(relation, x, y)


@pytest.mark.parametrize(
    "sentence",
    ["", "the man sits then the dog barks", "before after", "a before b before c", "before he sits", "a after"],
)
def test_other_sentences_are_not(sentence: str) -> None:
    assert parse_sentence(sentence) is None


def test_the_context_tells_which_comma_ends_it() -> None:
    sentence = "Before the man, in red, sits, the dog barks, twice."
    assert parse_sentence(sentence) == Parsed("before", "in red, sits, the dog barks, twice", "the man")
    assert parse_sentence(sentence, "The man, in red, sits.") == Parsed(
        "before", "the dog barks, twice", "the man, in red, sits"
    )


NOUNS = st.sampled_from(["the dog barks", "a man sits", "rain falls", "someone waves"])


@given(NOUNS, NOUNS, st.sampled_from(["before", "after"]))
def test_both_forms_say_the_same(x: str, y: str, relation: str) -> None:
    assert parse_sentence(f"{x} {relation} {y}") == parse_sentence(f"{relation.capitalize()} {y}, {x}.")


def tempo(count: int, seed: int = 0) -> list[Row]:
    """Sentences as TEMPO's templates make them: two adjacent moments of whole 5 s segments, in 30 s."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        start, middle, end = np.sort(rng.choice(7, 3, replace=False)) * 5.0
        relation, initial = rng.choice(["before", "after"]), bool(rng.integers(2))
        first, second = f"thing {rng.integers(30)} moves", f"person {rng.integers(30)}, in red, sits"
        x, y, own, context = (
            (first, second, [start, middle], [middle, end])
            if relation == "before"
            else (second, first, [middle, end], [start, middle])
        )
        rows.append(
            Row(
                f"{relation}_{number}", f"v{number % 50}", "train", *own,
                text=f"{relation.capitalize()} {y}, {x}" if initial else f"{x} {relation} {y}",
                extra={"context": context, "reference": y},
            )
        )  # fmt: skip
    return rows


def test_a_list_like_tempo_s_has_adjacent_moments_and_nothing_is_paired_anew() -> None:
    rows = tempo(400)
    pairs = pair_sentences(sentences_from_rows(rows, lambda file: f"{file}.mp4"), PairRules())
    table = pairs.table().to_pylist()
    assert len(table) == 400 and list(check(table, PairRules())) == []
    assert {row["second_start_s"] - row["first_end_s"] for row in table} == {0.0}
    middles = {
        (row["second_start_s"] + row["second_end_s"] - row["first_start_s"] - row["first_end_s"]) / 2 for row in table
    }
    assert middles == {5.0, 7.5, 10.0, 12.5, 15.0}
    [found] = count(pairs)
    assert found.gap_s == 0 and found.clips == found.pairs == 400
    assert found.before == sum(row.video_id.startswith("before") for row in rows) and found.after == 400 - found.before
    assert all(row["first_text"].startswith("thing") for row in table)
    assert all(row["text"].count(",") == 0 and row["text"].islower() for row in table)
    assert {row["path"] for row in table} == {f"v{number}.mp4" for number in range(50)}


def test_the_order_of_sentences_does_not_matter() -> None:
    rules = PairRules.from_dict({"negatives": "other-video"})
    one, other = (pair_sentences(sentences_from_rows(rows), rules).table() for rows in (tempo(80), tempo(80)[::-1]))
    assert one.equals(other)


def test_what_is_left_out_is_told() -> None:
    def row(text: str | None, own: tuple[float, float] = (0, 5), context: Any = (5, 10)) -> Row:
        return Row("id", "v", "val", *own, text=text, extra={"context": context} if context else {})

    pairs = pair_sentences(
        sentences_from_rows(
            [
                row("a before b"),
                row("a then b"),
                row(None),
                row("a after b"),
                row("a before b", context=None),
                row("a before b", context=(0, 5)),
                row("a before ,."),
                row("a before c", own=(5, 10), context=(0, 5)),
                row("a after b", own=(5, 10), context=(0, 5)),
            ]
        ),
        PairRules(),
    )
    assert {rule: numbers.tolist() for rule, numbers in pairs.tally.dropped.items()} == {
        "sentences without one before or after": [3],
        "sentences without two moments": [1],
        "sentences whose words contradict their moments": [3],
    }
    assert pairs.table()["text"].to_pylist() == ["a before b", "a after b"]
    only = pair_sentences(sentences_from_rows([row("a before b")]), PairRules.from_dict({"relations": ["after"]}))
    assert len(only) == 0 and only.tally.dropped["sentences of another relation"].tolist() == [1]
    assert len(pair_sentences(sentences_from_rows([]), PairRules())) == 0


def test_texts_are_cleaned_and_refused_as_those_of_events_are() -> None:
    rows = [Row("id", "v", None, 0, 5, text="While he sits, before she, too, runs", extra={"context": (5, 10)})]
    rules = PairRules.from_dict({"temporal_words": ["while"]})
    assert pair_sentences(sentences_from_rows(rows), PairRules()).table()["text"].to_pylist() == [
        "while he sits before she too runs"
    ]
    refused = pair_sentences(sentences_from_rows(rows), rules)
    assert refused.table().schema == pa.schema(refused.table().schema) and len(refused) == 0
    assert refused.tally.dropped["sentences with a temporal word"].tolist() == [1]
