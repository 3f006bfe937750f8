"""Audits: exactly one half where that is promised, and the published benchmark's leaks."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from vidsynth.benchmark.time_order import audit
from vidsynth.benchmark.time_order.audit import Audit
from vidsynth.benchmark.time_order.blind import RULES

Make = Callable[..., Path]
HALF, ALL = Fraction(1, 2), Fraction(1)

BALANCED = {
    "default": {},
    "overlaps": {"events.persistence": "overlaps", "captions.relations": ["while", "then"]},
    "lossless": {"payload.kind": "lossless", "background.kind": "noise"},
    "many": {
        "events.count": 3, "events.kinds": ["fade", "pop", "slide", "move"], "clip.frames": 60, "clip.size": [96, 96],
        "captions.relations": ["before", "between"], "objects.distractors": 1, "background.kind": "plain",
    },
}  # fmt: skip


@pytest.mark.parametrize("changes", BALANCED.values(), ids=BALANCED)
def test_counterbalanced_sets_are_at_exactly_one_half(make_bench: Make, changes: dict[str, object]) -> None:
    found = audit(make_bench("time-order", changes))
    assert found.promised and found.videos == 24
    assert [line.name for line in found.audits] == list(RULES)
    for line in found.audits:
        assert (line.limit, line.expected, line.measured) == (HALF, HALF, HALF), line.name
        assert line.fair and line.exact


# First shape stays: the last frame and the mean show its place or its brightness, the bag shows it alone. A random
# order of frames shows the first of 16 and 1 frames with either; those with both are ties: (15 + 1 / 2) / 16.
LEAKS = {
    "time-order-published": {"shuffled frames": Fraction(31, 32)},
    "time-order-published-vanish": {"shuffled frames": HALF},
}


@pytest.mark.parametrize("recipe", LEAKS)
def test_the_published_benchmark_leaks(make_bench: Make, recipe: str) -> None:
    half_size = {"clip.size": [112, 112], "objects.sizes": [50], "control": False, "payload.kind": "raw"}
    found = audit(make_bench(recipe, half_size))
    assert not found.promised and found.videos == 180
    want = dict.fromkeys(("text only", "relation prior", "first frame"), HALF) | LEAKS[recipe]
    for line in found.audits:
        assert line.expected == line.measured == want.get(line.name, ALL), line.name
        assert line.limit == (HALF if line.name in ("text only", "relation prior", "first frame") else ALL)
    assert found.counts["first color"] == dict.fromkeys(["blue", "green", "orange", "purple", "red", "yellow"], 30)
    assert found.counts["relation"] == {"after": 90, "before": 90}
    assert found.counts["first place"] == {"(0.25, 0.25)": 180}


def test_what_stays_can_have_its_place_and_captions_balanced_only(make_bench: Make) -> None:
    stays = {"events.persistence": "stays", "balance": "captions"}
    found = {line.name: line for line in audit(make_bench("time-order", stays)).audits}
    leaking = {name for name, line in found.items() if not line.fair}
    assert leaking == {"mean frame", "bag of frames", "shuffled frames"}
    assert found["bag of frames"].measured == ALL


def test_without_videos_only_plans_and_texts_are_audited(make_bench: Make) -> None:
    found = audit(make_bench("time-order", {"payload.kind": "none"}))
    measured = {line.name: line.measured for line in found.audits}
    assert measured["text only"] == measured["position rule"] == HALF
    assert measured["last frame"] is None and all(line.fair for line in found.audits)


def test_a_misread_frame_is_no_leak_but_a_reading_far_off_is() -> None:
    line = Audit("mean frame", "", 1000, HALF, HALF, HALF)
    assert line.exact and line.fair
    misread = replace(line, measured=Fraction(501, 1000))
    assert misread.fair and not misread.exact
    assert not replace(line, measured=Fraction(600, 1000)).fair
    assert not replace(line, limit=Fraction(501, 1000)).fair
