"""Captions: a small grammar, in which the twin of a caption is written out, never pieced together.

A caption is a function of the objects in the order of their events, so that the caption of the reversed
video is the same sentence about the reversed order, grammatical by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vidsynth.generators.time_order.recipe import Kind, Relation

VERBS: Mapping[Kind, str] = {"fade": "appears", "pop": "pops up", "slide": "slides in", "move": "moves"}
_SOUNDS_LIKE_A_CONSONANT = ("uni", "use", "usu", "eu", "one")
_SOUNDS_LIKE_A_VOWEL = ("hour", "heir", "honest")


@dataclass(frozen=True, slots=True)
class Event:
    """What a caption says of one event: `noun` is "red circle", `verb` is "appears"."""

    noun: str
    verb: str

    @property
    def thing(self) -> str:
        return with_article(self.noun)

    @property
    def clause(self) -> str:
        return f"{self.thing} {self.verb}"

    def beside(self, other: Event) -> str:
        """Return the clause, without its verb where `other` has said the same."""
        return self.thing if self.verb == other.verb else self.clause


def with_article(noun: str) -> str:
    """Return a noun with the indefinite article that its sound asks for.

    >>> with_article("orange circle"), with_article("red hexagon"), with_article("unicorn-blue star")
    ('an orange circle', 'a red hexagon', 'a unicorn-blue star')
    """
    vowel = noun[0] in "aeiou" and not noun.startswith(_SOUNDS_LIKE_A_CONSONANT)
    return f"{'an' if vowel or noun.startswith(_SOUNDS_LIKE_A_VOWEL) else 'a'} {noun}"


_Wording = Callable[[Sequence[Event]], str]

# Of each relation three wordings, over the named events in the order in which they happen; the first of
# before and after is the published one.
_WORDINGS: Mapping[Relation, tuple[_Wording, _Wording, _Wording]] = {
    "before": (
        lambda e: f"{e[0].clause} before {e[1].beside(e[0])}",
        lambda e: f"before {e[1].clause}, {e[0].clause}",
        lambda e: f"{e[1].clause}, but {e[0].clause} first",
    ),
    "after": (
        lambda e: f"{e[1].clause} after {e[0].beside(e[1])}",
        lambda e: f"after {e[0].clause}, {e[1].clause}",
        lambda e: f"{e[1].clause}, but only after {e[0].beside(e[1])}",
    ),
    "then": (
        lambda e: "first " + ", then ".join(event.clause for event in e),
        lambda e: ", and then ".join(event.clause for event in e),
        lambda e: ", followed by ".join([e[0].clause, *(_following(event, e[0]) for event in e[1:])]),
    ),
    "while": (
        lambda e: f"{e[1].clause} while {e[0].thing} is on the screen",
        lambda e: f"while {e[0].thing} is on the screen, {e[1].clause}",
        lambda e: f"{e[0].thing} is on the screen when {e[1].clause}",
    ),
    "between": (
        lambda e: f"{e[1].clause} after {e[0].beside(e[1])} and before {e[2].beside(e[1])}",
        lambda e: f"after {e[0].beside(e[1])} but before {e[2].beside(e[1])}, {e[1].clause}",
        lambda e: f"{e[0].clause}, {e[1].clause} next, and {e[2].clause} later",
    ),
}


def _following(event: Event, first: Event) -> str:
    return event.thing if event.verb == first.verb else f"{event.thing} that {event.verb}"


def write_caption(relation: Relation, events: Sequence[Event], wording: int = 0) -> str:
    """Return the sentence that is true when `events` happen in this order.

    >>> red, yellow = Event("red circle", "appears"), Event("yellow circle", "appears")
    >>> write_caption("before", [red, yellow]), write_caption("after", [red, yellow])
    ('A red circle appears before a yellow circle', 'A yellow circle appears after a red circle')
    """
    return _sentence(_WORDINGS[relation][wording](events))


def write_single(event: Event) -> str:
    """Return the control task's sentence: `A red circle appears`."""
    return _sentence(event.clause)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def twin_order(relation: Relation, count: int) -> tuple[int, ...]:
    """Return the order of events 0, 1, 2, … in the time-reversed twin; doing it twice changes nothing.

    All events in reverse (for two events: the exchange T of the paper, eq. 4). `between` is true of an order
    and of its reverse, so its twin exchanges the first two events instead: another one is in the middle.
    """
    return (1, 0, *range(2, count)) if relation == "between" else tuple(reversed(range(count)))
