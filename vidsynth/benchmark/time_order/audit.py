"""Audits: what a model reaches on a build that sees no order of frames, or no frames at all.

Where both videos of a pair give the same view, any model that has no more than that view is right for one of
them: that is exact, and needs no rule. Rules (see `blind`) say how easily the rest is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from vidsynth.benchmark.intervals import wilson
from vidsynth.benchmark.time_order.blind import HALF, RULES, Case, Seen
from vidsynth.benchmark.time_order.rows import open_build
from vidsynth.benchmark.time_order.views import planned_presence, planned_states, stored_presence
from vidsynth.errors import ShardError
from vidsynth.generators.time_order.plan import ScenePlan
from vidsynth.generators.time_order.recipe import TimeOrderRecipe


@dataclass(frozen=True, slots=True)
class Audit:
    """What one view gives away: accuracies, exact; chance is 1/2.

    limit : of the best model that has this view alone: 1/2 where it can tell no video from its twin.
    expected : of the rule on the videos as planned. measured : on the `count` that are stored; None if none are.
    """

    name: str
    rule: str
    count: int
    limit: Fraction
    expected: Fraction
    measured: Fraction | None

    @property
    def exact(self) -> bool:
        """Tell whether all is at exactly one half."""
        return {self.limit, self.expected, HALF if self.measured is None else self.measured} == {HALF}

    @property
    def fair(self) -> bool:
        """Tell whether it was planned at exactly one half, and is found there up to misread frames of a lossy codec."""
        low, high = wilson(float((HALF if self.measured is None else self.measured) * self.count), self.count)
        return self.limit == self.expected == HALF and low <= HALF <= high


@dataclass(frozen=True, slots=True)
class Audits:
    """All audits of a build.

    counts : how often each relation occurs, and each colour, shape and place as that of the first event.
    promised : the recipe asked for full balance.
    """

    videos: int
    audits: tuple[Audit, ...]
    counts: Mapping[str, Mapping[str, int]]
    promised: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; shares as floats."""
        return {
            "videos": self.videos,
            "promised": self.promised,
            "audits": [
                {
                    "name": one.name,
                    "rule": one.rule,
                    "count": one.count,
                    "limit": float(one.limit),
                    "expected": float(one.expected),
                    "measured": None if one.measured is None else float(one.measured),
                    "exact": one.exact,
                    "fair": one.fair,
                }
                for one in self.audits
            ],
            "counts": {name: dict(counts) for name, counts in self.counts.items()},
        }


def audit(path: str | Path, progress: Callable[[range], Iterable[int]] = iter) -> Audits:
    """Run every audit on a build: plan against plan, and on the frames as they are stored.

    progress : wraps the positions that are gone through, for a bar.

    Raises ShardError if the folder is no time-order build.
    """
    shards = open_build(path)
    recipe = TimeOrderRecipe.from_dict(shards.recipe, str(shards.folder.recipe))
    videos = "video" in shards.described
    planned, stored, plans = [], [], []
    alike: dict[str, Counter[bool]] = {name: Counter() for name in RULES}
    for position in progress(range(len(shards))):
        sample = shards[position]
        plan = ScenePlan.from_row(sample["index"], sample["plan"])
        plans.append(plan)
        planned.append(_planned(plan))
        stored.append(_stored(plan, sample, recipe.objects.edges, planned[-1]))
        if position % 2:
            for name, same in _alike(plans[-2], plan, planned[-2].seen, planned[-1].seen).items():
                alike[name][same] += 1
            if plans[-2].twin != plan.key:
                raise ShardError(f"{path}: {plans[-2].key} and {plan.key} are no twins; a video is absent")
    audits = [
        Audit(
            name,
            about,
            len(plans),
            HALF + HALF * Fraction(alike[name][False], alike[name].total()),
            accuracy(planned),
            accuracy(stored) if videos or not sees_frames else None,
        )
        for name, (about, sees_frames, accuracy) in RULES.items()
    ]
    return Audits(len(plans), tuple(audits), _counts(plans, recipe), recipe.balance == "full")


def _asked(plan: ScenePlan) -> tuple[int, int]:
    """Return the two objects whose order tells a caption from its distractor, the lower number first."""
    first, second = plan.named[:2] if plan.relation == "between" else (plan.named[0], plan.named[-1])
    return min(first, second), max(first, second)


def _planned(plan: ScenePlan) -> Case:
    x, y = _asked(plan)
    x_first = plan.order.index(x) < plan.order.index(y)
    captions = (plan.caption, plan.distractor) if x_first else (plan.distractor, plan.caption)
    places = tuple(sum(plan.objects[number].center) for number in (x, y))
    presence = planned_presence(plan, x), planned_presence(plan, y)
    return Case(Seen(presence, (places[0], places[1]), captions, plan.relation), x_first)


def _stored(plan: ScenePlan, sample: Mapping[str, Any], edges: str, planned: Case) -> Case:
    """Return the same of the columns that are stored; presence stays as planned where no video is."""
    numbers = _asked(plan)
    presence = planned.seen.presence
    if "video" in sample:
        presence = stored_presence(plan, sample["video"], numbers, edges)
    # The corners' sum once the object is there, which it is in the last frame of its coming.
    places = [int(sample["boxes"][plan.order.index(n), plan.stops[n] - 1].sum()) for n in numbers]
    texts = sample["caption"], sample["distractor"]
    captions = texts if planned.x_first else texts[::-1]
    return Case(Seen(presence, (places[0], places[1]), captions, sample["relation"]), planned.x_first)


def _alike(first: ScenePlan, second: ScenePlan, one: Seen, other: Seen) -> dict[str, bool]:
    """Return which views of twins are the same."""
    states, twins = planned_states(first), planned_states(second)
    frames = Counter(states) == Counter(twins)
    texts = set(one.captions) == set(other.captions)
    return {
        "text only": texts,
        "relation prior": texts and one.relation == other.relation,
        "first frame": states[0] == twins[0],
        "last frame": states[-1] == twins[-1],
        "mean frame": frames,
        "bag of frames": frames,
        "shuffled frames": frames,
        "position rule": one.places == other.places,
    }


def _counts(plans: Iterable[ScenePlan], recipe: TimeOrderRecipe) -> dict[str, dict[str, int]]:
    height, width = recipe.clip.size
    places = np.array(recipe.objects.places) * (width, height)
    counts: dict[str, Counter[str]] = {
        "relation": Counter(), "first color": Counter(), "first shape": Counter(), "first place": Counter(),
    }  # fmt: skip
    for plan in plans:
        first = plan.objects[plan.order[0]]
        nearest = int(np.abs(places - first.center).sum(1).argmin())
        counts["relation"][plan.relation] += 1
        counts["first color"][first.color] += 1
        counts["first shape"][first.shape.partition("=")[0]] += 1
        counts["first place"]["({:.2g}, {:.2g})".format(*(recipe.objects.places or ())[nearest])] += 1
    return {name: dict(sorted(count.items())) for name, count in counts.items()}
