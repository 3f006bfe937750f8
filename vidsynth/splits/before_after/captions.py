"""Captions of two events: worded by templates, and parsed back.

A caption names event x, then a relation, then event y: "x before y". Time-order reversal exchanges the two
events and keeps the words between them (Test of Time, section 3: T([x; before; y]) = [y; before; x]).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pydantic import model_validator

from vidsynth.recipe import Params

Relation = Literal["before", "after", "then"]
_SLOTS = re.compile(r"\{x\}|\{y\}")


class Templates(Params):
    """The wording of each relation; {x} and {y} are the events.

    In `before` and `then`, x happens first; in `after`, y does. The words are those of Test of Time; theirs
    of `then` only test whether a model generalises to another wording.
    """

    before: str = "{x} before {y}"
    after: str = "{x} after {y}"
    then: str = "First, {x}. Then, {y}."

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        for relation in ("before", "after", "then"):
            text = getattr(self, relation)
            if sorted(_SLOTS.findall(text)) != ["{x}", "{y}"]:
                raise ValueError(f"{relation}: must hold {{x}} and {{y}}, each once, not {text!r}")
            if not _wording(text).middle.strip():
                raise ValueError(f"{relation}: words must stand between {{x}} and {{y}}, not {text!r}")
        return self


class Wording(NamedTuple):
    """A template in pieces: `head` one event `middle` the other `tail`; `x_first` says which event comes first."""

    head: str
    middle: str
    tail: str
    x_first: bool

    def render(self, x: str, y: str) -> str:
        one, other = (x, y) if self.x_first else (y, x)
        return f"{self.head}{one}{self.middle}{other}{self.tail}"

    def parse(self, caption: str) -> tuple[str, str] | None:
        """Return (x, y), split where `middle` stands first; None for a caption that was worded otherwise."""
        inside = len(caption) - len(self.head) - len(self.tail)
        if inside < 0 or not caption.startswith(self.head) or not caption.endswith(self.tail):
            return None
        one, middle, other = caption[len(self.head) : len(self.head) + inside].partition(self.middle)
        if not (one and middle and other):
            return None
        return (one, other) if self.x_first else (other, one)


class Parsed(NamedTuple):
    """What a caption says: the relation, and the texts of its events as they are named."""

    relation: Relation
    x: str
    y: str

    @property
    def chronological(self) -> tuple[str, str]:
        """The two texts, what happened first first."""
        return (self.y, self.x) if self.relation == "after" else (self.x, self.y)


@functools.lru_cache
def _wording(template: str) -> Wording:
    head, middle, tail = _SLOTS.split(template)
    return Wording(head, middle, tail, template.index("{x}") < template.index("{y}"))


def wording(templates: Templates, relation: Relation) -> Wording:
    """Return a relation's template in pieces."""
    return _wording(getattr(templates, relation))


def render(caption: Parsed, templates: Templates) -> str:
    """Word a caption.

    >>> render(Parsed("after", "eating", "cooking"), Templates())
    'eating after cooking'
    """
    return wording(templates, caption.relation).render(caption.x, caption.y)


def parse(caption: str, templates: Templates, relations: Iterable[Relation] = ("before", "after")) -> Parsed | None:
    """Return what a caption says; None if it fits none of the relations' templates, or more than one.

    >>> parse("eating after cooking", Templates())
    Parsed(relation='after', x='eating', y='cooking')
    """
    found = [Parsed(name, *events) for name in relations if (events := wording(templates, name).parse(caption))]
    return found[0] if len(found) == 1 else None


def reverse(caption: str, templates: Templates, relations: Iterable[Relation] = ("before", "after")) -> str | None:
    """Return the time-reversed caption: the events change places, the words between them stay.

    >>> reverse("eating after cooking", Templates())
    'cooking after eating'
    """
    said = parse(caption, templates, relations)
    return render(Parsed(said.relation, said.y, said.x), templates) if said else None


def render_all(x: pa.Array, y: pa.Array, pieces: Wording) -> pa.Array:
    """Word many captions at once: strings [N] from the events' texts, strings [N]."""
    one, other = (x, y) if pieces.x_first else (y, x)
    return pc.binary_join_element_wise(pieces.head, one, pieces.middle, other, pieces.tail, "")


def ambiguous(texts: pa.Array, pieces: Sequence[Wording]) -> NDArray[np.bool_]:
    """Tell of which texts, strings [N], a caption might not parse back into what it was made of.

    So it is where the words between two events occur in a text, or across its edge: "he left before" in
    "he left before before she came".
    """
    bad = np.zeros(len(texts), bool)
    for own in pieces:
        before = pc.binary_join_element_wise(texts, own.middle, "")
        # As the first event named: the first place where the words stand must be behind it.
        bad |= pc.not_equal(pc.find_substring(before, own.middle), pc.binary_length(texts)).to_numpy(
            zero_copy_only=False
        )
        for other in pieces:
            if other is not own:
                for around in (
                    pc.binary_join_element_wise(own.head, before, ""),
                    pc.binary_join_element_wise(own.middle, texts, own.tail, ""),
                ):
                    bad |= pc.match_substring(around, other.middle).to_numpy(zero_copy_only=False)
    return bad
