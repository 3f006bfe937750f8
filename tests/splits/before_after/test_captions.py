"""Captions: worded, parsed back, reversed; and which texts would not come back."""

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vidsynth.errors import RecipeError
from vidsynth.splits.before_after import PairRules
from vidsynth.splits.before_after.captions import (
    Parsed,
    Templates,
    ambiguous,
    parse,
    render,
    render_all,
    reverse,
    wording,
)

RELATIONS = ("before", "after", "then")
SETS = (
    Templates(),
    Templates(before="Before {y}, {x}.", after="After {y}, {x}."),
    Templates(before="{x} and then {y}", after="{x}, but only once {y} was over"),
)
# Made of the templates' own words and letters, so that many would be misread.
PIECES = ["a", " ", "before", "after", " before ", "Then", ". Then, ", ", ", ".", "be", " and then", "once", "was over"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)


def fits(text: str, templates: Templates) -> bool:
    return bool(text) and not ambiguous(pa.array([text]), [wording(templates, name) for name in RELATIONS])[0]


@settings(max_examples=500)
@given(TEXTS, TEXTS, st.sampled_from(SETS), st.sampled_from(RELATIONS))
@example("he left before", "she came", SETS[0], "before")
@example("he left before", "she came", SETS[0], "after")
def test_texts_that_are_not_ambiguous_come_back(x: str, y: str, templates: Templates, relation: str) -> None:
    if not (fits(x, templates) and fits(y, templates)):
        return
    caption = render(Parsed(relation, x, y), templates)
    assert parse(caption, templates, RELATIONS) == Parsed(relation, x, y)
    other = reverse(caption, templates, RELATIONS)
    assert parse(other, templates, RELATIONS) == Parsed(relation, y, x)
    assert reverse(other, templates, RELATIONS) == caption


def test_some_texts_are_ambiguous_and_most_are_not() -> None:
    for text in ("a before b", "he left before", "before he left", "x after y", "a. Then, b"):
        assert not fits(text, SETS[0]), text
    for text in ("beforehand", "a, b", "the day after-party", "then, he left"):
        assert fits(text, SETS[0]), text


def test_the_paper_s_captions() -> None:
    x, y = "holding a phone", "eating"
    assert [render(Parsed(name, x, y), Templates()) for name in RELATIONS] == [
        "holding a phone before eating",
        "holding a phone after eating",
        "First, holding a phone. Then, eating.",
    ]
    assert Parsed("before", x, y).chronological == (x, y)
    assert Parsed("after", x, y).chronological == (y, x)
    assert Parsed("then", x, y).chronological == (x, y)


def test_many_are_worded_as_one_is() -> None:
    x, y = ["a", "b c"], ["d", "e"]
    for templates in SETS:
        for name in RELATIONS:
            many = render_all(pa.array(x), pa.array(y), wording(templates, name)).to_pylist()
            assert many == [render(Parsed(name, *each), templates) for each in zip(x, y, strict=True)]


@pytest.mark.parametrize("caption", ["", "before", "a before ", " before b", "a then b", "a before b after c"])
def test_what_is_no_caption_does_not_parse(caption: str) -> None:
    assert parse(caption, Templates()) is None and reverse(caption, Templates()) is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"before": "{x} before"}, r"before: must hold \{x\} and \{y\}, each once"),
        ({"before": "{x} before {y} and {y}"}, "each once"),
        ({"after": "{y} {x}"}, "words must stand between"),
        ({"after": "{y} before {x}"}, "after and before cannot be told apart"),
        ({"after": "{y} not before {x}"}, "before and after cannot be told apart"),
    ],
)
def test_templates_that_could_not_be_parsed_are_refused(changes: dict[str, str], why: str) -> None:
    with pytest.raises(RecipeError, match=why):
        PairRules.from_dict({"templates": changes})
