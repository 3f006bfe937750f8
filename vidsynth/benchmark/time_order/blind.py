"""Rules that answer without the order of frames, or without frames: what each reads from its view of a video.

A rule gives clues to which of two events came first, the most telling first. What a clue means (does the
brighter one come first, or second?) is settled by whatever suits the whole set best.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Seen:
    """What rules may look at: two events, X and Y, of a video, and never which came first.

    presence : in which frames either's object is fully there, bool [T]. places : x + y of each, less is top left.
    captions : that X comes first, that Y does. relation : their word.
    """

    presence: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    places: tuple[int, int]
    captions: tuple[str, str]
    relation: str


@dataclass(frozen=True, slots=True)
class Case:
    """A video, and whether X came first."""

    seen: Seen
    x_first: bool


# (what the clue is, evidence for X as a number above 0, for Y below, none 0)
Clue = tuple[str, int]


def _first_frame(seen: Seen) -> list[Clue]:
    return _one_frame(seen, 0)


def _last_frame(seen: Seen) -> list[Clue]:
    return _one_frame(seen, -1)


def _one_frame(seen: Seen, t: int) -> list[Clue]:
    x, y = (int(there[t]) for there in seen.presence)
    return [("seen", x - y), ("place", _place(seen) if x and y else 0)]


def _mean_frame(seen: Seen) -> list[Clue]:
    x, y = (int(there.sum()) for there in seen.presence)
    return [("brighter", x - y), ("place", _place(seen) if x and y else 0)]


def _bag(seen: Seen) -> list[Clue]:
    x, y = seen.presence
    return [("alone", int((x & ~y).sum() - (y & ~x).sum())), ("place", _place(seen) if x.any() and y.any() else 0)]


def _position(seen: Seen) -> list[Clue]:
    return [("place", _place(seen))]


def _place(seen: Seen) -> int:
    return seen.places[1] - seen.places[0]


def _relation(seen: Seen) -> list[Clue]:
    return [(seen.relation, 1 if seen.captions[0] < seen.captions[1] else -1)]


def _by_clues(rule: Callable[[Seen], list[Clue]], cases: Sequence[Case]) -> Fraction:
    """Return the accuracy of a rule that follows the first clue it finds, and guesses where it finds none."""
    votes: dict[str, Counter[bool]] = {}
    guesses = 0
    for case in cases:
        clue, evidence = next(((clue, value) for clue, value in rule(case.seen) if value), ("", 0))
        if evidence:
            votes.setdefault(clue, Counter())[(evidence > 0) == case.x_first] += 1
        else:
            guesses += 1
    return (sum(max(count.values()) for count in votes.values()) + guesses * HALF) / Fraction(len(cases))


def _text(cases: Sequence[Case]) -> Fraction:
    """Return the accuracy of one who knows how often each sentence is true in this very set, and sees no video."""
    true = Counter(case.seen.captions[0 if case.x_first else 1] for case in cases)
    false = Counter(case.seen.captions[1 if case.x_first else 0] for case in cases)

    def share(caption: str) -> Fraction:
        return Fraction(true[caption], true[caption] + false[caption])

    def right(case: Case) -> Fraction:
        lean = share(case.seen.captions[0]) - share(case.seen.captions[1])
        return HALF if not lean else Fraction((lean > 0) == case.x_first)

    return _mean(map(right, cases))


def _shuffled(cases: Sequence[Case]) -> Fraction:
    """Return the accuracy of reading the order off shuffled frames, the mean over all orders of the frames.

    The first frame to show either object decides: of a that show X alone, b Y alone and c both, it is one
    of X alone with probability a / (a + b + c), and one of both is a tie.
    """

    def reads_x(seen: Seen) -> Fraction:
        x, y = seen.presence
        a, b, c = int((x & ~y).sum()), int((y & ~x).sum()), int((x & y).sum())
        return (a + c * HALF) / (a + b + c) if a + b + c else HALF

    share = _mean(reads_x(case.seen) if case.x_first else 1 - reads_x(case.seen) for case in cases)
    return max(share, 1 - share)


def _mean(values: Iterable[Fraction]) -> Fraction:
    listed = list(values)
    return sum(listed, Fraction(0)) / len(listed)


def _rule(rule: Callable[[Seen], list[Clue]]) -> Callable[[Sequence[Case]], Fraction]:
    return lambda cases: _by_clues(rule, cases)


# name → (what it goes by, whether it sees frames, its accuracy on a set).
RULES: Mapping[str, tuple[str, bool, Callable[[Sequence[Case]], Fraction]]] = {
    "text only": ("how often each sentence is true in the set", False, _text),
    "relation prior": ("the relation, and which sentence is first in the alphabet", False, _rule(_relation)),
    "first frame": ("which object it shows, else their places", True, _rule(_first_frame)),
    "last frame": ("which object it shows, else their places", True, _rule(_last_frame)),
    "mean frame": ("which object is there longer, else their places", True, _rule(_mean_frame)),
    "bag of frames": ("which object is alone in more frames, else their places", True, _rule(_bag)),
    "shuffled frames": ("which object comes first in a random order of frames", True, _shuffled),
    "position rule": ("which object is nearer to the top left", False, _rule(_position)),
}
