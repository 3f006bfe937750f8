"""Captions: every wording, articles, and twins."""

import pytest

from vidsynth.generators.time_order.captions import Event, twin_order, with_article, write_caption, write_single

RED, ORANGE, BLUE = Event("red circle", "appears"), Event("orange star", "appears"), Event("blue square", "slides in")

SAID = {
    ("before", 0): "A red circle appears before an orange star",
    ("before", 1): "Before an orange star appears, a red circle appears",
    ("before", 2): "An orange star appears, but a red circle appears first",
    ("after", 0): "An orange star appears after a red circle",
    ("after", 1): "After a red circle appears, an orange star appears",
    ("after", 2): "An orange star appears, but only after a red circle",
    ("while", 0): "An orange star appears while a red circle is on the screen",
    ("while", 1): "While a red circle is on the screen, an orange star appears",
    ("while", 2): "A red circle is on the screen when an orange star appears",
    ("then", 0): "First a red circle appears, then an orange star appears, then a blue square slides in",
    ("then", 1): "A red circle appears, and then an orange star appears, and then a blue square slides in",
    ("then", 2): "A red circle appears, followed by an orange star, followed by a blue square that slides in",
    ("between", 0): "An orange star appears after a red circle and before a blue square slides in",
    ("between", 1): "After a red circle but before a blue square slides in, an orange star appears",
    ("between", 2): "A red circle appears, an orange star appears next, and a blue square slides in later",
}


@pytest.mark.parametrize(("relation", "wording"), SAID)
def test_every_wording_reads_well(relation: str, wording: int) -> None:
    events = [RED, ORANGE, BLUE][: 3 if relation in ("then", "between") else 2]
    assert write_caption(relation, events, wording) == SAID[relation, wording]  # type: ignore[arg-type]


def test_another_verb_is_said() -> None:
    assert write_caption("before", [RED, BLUE]) == "A red circle appears before a blue square slides in"
    assert write_caption("after", [BLUE, RED]) == "A red circle appears after a blue square slides in"
    assert write_single(ORANGE) == "An orange star appears"


@pytest.mark.parametrize(
    ("noun", "said"),
    [("aqua ring", "an aqua ring"), ("ultramarine disc", "an ultramarine disc"), ("unity pin", "a unity pin"),
     ("one-eyed blob", "a one-eyed blob"), ("hourglass", "an hourglass"), ("hexagon", "a hexagon")],
)  # fmt: skip
def test_articles_go_by_sound(noun: str, said: str) -> None:
    assert with_article(noun) == said


@pytest.mark.parametrize("relation", ["before", "after", "then", "while", "between"])
@pytest.mark.parametrize("count", [2, 3, 4, 7])
def test_the_twin_of_the_twin_is_the_video(relation: str, count: int) -> None:
    order = twin_order(relation, count)  # type: ignore[arg-type]
    assert [order[order[n]] for n in range(count)] == list(range(count))
    assert order.index(1) < order.index(0)


@pytest.mark.parametrize("relation", ["before", "after", "then", "while", "between"])
@pytest.mark.parametrize("wording", [0, 1, 2])
def test_twins_say_the_same_words_in_another_order(relation: str, wording: int) -> None:
    events = [RED, ORANGE, Event("blue square", "appears")][: 3 if relation in ("then", "between") else 2]
    order = twin_order(relation, len(events))  # type: ignore[arg-type]
    one = write_caption(relation, events, wording)  # type: ignore[arg-type]
    other = write_caption(relation, [events[n] for n in order], wording)  # type: ignore[arg-type]
    assert one != other and sorted(one.lower().replace("an ", "a ")) == sorted(other.lower().replace("an ", "a "))
