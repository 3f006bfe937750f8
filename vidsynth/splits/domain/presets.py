"""The shifts that are published, and the counts that they must come out with.

Scenery: three kitchens of EPIC-KITCHENS-55 (Munro and Damen, 2020, arXiv 2001.09691), counts recomputed from the
official annotations and the authors' test lists. Viewpoint: Charades-Ego, third to first person. Actor: ActorShift.
All as in "Audio-Adaptive Activity Recognition Across Video Domains" (CVPR 2022).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import NamedTuple

from vidsynth.splits.domain.roles import SOURCE, TARGET, TEST, DomainRules

VERBS = ("take", "put", "open", "close", "wash", "cut", "mix", "pour")
# Rows of each verb, in training and in test.
EPIC_COUNTS = {
    "D1": ((421, 383, 231, 128, 223, 71, 42, 44), (124, 104, 52, 34, 66, 13, 20, 22)),
    "D2": ((715, 692, 245, 214, 298, 89, 113, 129), (208, 217, 68, 56, 136, 14, 26, 25)),
    "D3": ((919, 1121, 450, 367, 808, 110, 53, 69), (241, 280, 102, 71, 245, 29, 1, 5)),
}
# Third-person training videos with an action; their annotated actions are 34,280 (released per_class_freq.npy).
_CHARADES_EGO = {SOURCE: 3080}


class Preset(NamedTuple):
    """about : in a line. rows, videos : how many each role has in the published setting, where that is known."""

    about: str
    rules: DomainRules
    rows: Mapping[str, int] = {}
    videos: Mapping[str, int] = {}


def _epic(source: str, target: str) -> Preset:
    (train, _), (unlabelled, test) = EPIC_COUNTS[source], EPIC_COUNTS[target]
    return Preset(
        f"EPIC-KITCHENS-55, kitchen {source} to {target}: another scenery (--src epic55-domains).",
        DomainRules(source=(source,), target=(target,), classes=VERBS),
        {SOURCE: sum(train), TARGET: sum(unlabelled), TEST: sum(test)},
    )


PRESETS: dict[str, Preset] = {
    **{f"epic-{a}-{b}".lower(): _epic(a, b) for a, b in itertools.permutations(EPIC_COUNTS, 2)},
    "charades-ego": Preset(
        "Charades-Ego, third to first person, half of the target labelled, at random (--src charades-ego).",
        DomainRules(by="person", source=("third",), target=("first",), labelled="half"),
        videos=_CHARADES_EGO,
    ),
    "charades-ego-listed": Preset(
        "The same, and the labelled half is the first in the official file, as the authors have it (--list FILE).",
        DomainRules(by="person", source=("third",), target=("first",), labelled="half", order="listed"),
        videos=_CHARADES_EGO,
    ),
    "actor-shift": Preset(
        "ActorShift, people to animals; five videos a class to train (domain: source or target).",
        DomainRules(per_class=5),
        {SOURCE: 1305, TARGET: 35, TEST: 165},
    ),
}
