"""Rules by name, and the counts that Test of Time published for each data set.

Counts are those of the paper's workshop version (ICLR 2023, MEFOMO), Table 3. How they come about was worked
out from the annotation files: for Charades to the last digit, for ActivityNet Captions only nearly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from vidsynth.errors import RecipeError, nearest
from vidsynth.splits.before_after.pairs import Pairs, pair_up
from vidsynth.splits.before_after.rules import PairRules
from vidsynth.splits.before_after.sentences import pair_sentences


@dataclass(frozen=True, slots=True)
class Preset:
    """Changes to the default rules; `about` says what they are for. `sentences` : pairs are sentences already."""

    about: str
    changes: Mapping[str, Any]
    sentences: bool = False

    def rules(self) -> PairRules:
        """Return the rules, all of them."""
        return PairRules.from_dict(self.changes)

    def pair_up(self, captions: pa.Table, rules: PairRules, about: Mapping[str, str]) -> Pairs:
        """Return pairs of a table of events, or of sentences."""
        return (pair_sentences if self.sentences else pair_up)(captions, rules, about)


PRESETS: dict[str, Preset] = {
    "default": Preset("The paper's rules: all strictly ordered pairs; one random pair of a val or test video.", {}),
    "charades-paper": Preset(
        "Charades exactly as counted in the paper: 7 corrupt intervals (end before start) are paired with themselves.",
        {"corrupt": "keep", "self_pairs": True},
    ),
    "charades-clean": Preset(
        "Charades without the corrupt intervals: what the default rules give.",
        {"corrupt": "drop", "self_pairs": False},
    ),
    "anet-paper-like": Preset(
        "ActivityNet Captions, the rule that fits the paper's counts best: events may touch; captions that hold "
        "before or after between spaces are left out; full stops stay; nobody asks whether captions parse.",
        {"overlap": "non-strict", "temporal_match": "spaced", "final_punctuation": "keep", "ambiguous": "keep"},
    ),
    "tempo-tl": Preset("TEMPO-TL: its before and after sentences, in both forms, as they are.", {}, sentences=True),
}


def preset(name: str) -> Preset:
    """Return a preset. Raises RecipeError with the nearest name."""
    if name not in PRESETS:
        raise RecipeError(f"no preset {name!r}{nearest(name, PRESETS)} (known: {', '.join(PRESETS)})")
    return PRESETS[name]


class Published(NamedTuple):
    """A row of the paper's table: videos and stitched clips of a split."""

    videos: int
    clips: int


@dataclass(frozen=True, slots=True)
class Reported:
    """What the paper reports of a data set.

    splits : by its names. distance_s : mean distance between the midpoints of a clip's two events, of one random
    pair a video. length_s : mean length of the source videos. why : why ours may differ.
    """

    splits: Mapping[str, Published]
    distance_s: float
    length_s: float
    why: str


REPORTED: dict[str, Reported] = {
    "tempo": Reported(
        {"train": Published(3904, 28427), "val": Published(411, 1000), "test": Published(396, 1000)},
        6.4,
        30,
        "the paper leaves out sentences that begin with Before or After, and of val and test takes lists of 1,000",
    ),
    "activitynet-captions": Reported(
        {"train": Published(7440, 95474), "val": Published(453, 906), "test": Published(456, 912)},
        58.8,
        120,
        "the paper had the tenth of the videos no more that YouTube had lost; its lists and loader are not published",
    ),
    "charades-actions": Reported(
        {"train": Published(5262, 99928), "val": Published(500, 1000), "test": Published(500, 1000)},
        14.5,
        30,
        "train: the preset charades-paper repeats the paper's pairing of 7 corrupt intervals with themselves; "
        "val and test: 500 videos each, by lists that are not published",
    ),
    "charades-ego-actions": Reported(
        {"train": Published(2679, 155306), "val": Published(500, 1000), "test": Published(210, 420)},
        13.3,
        31,
        "the paper's lists are not published",
    ),
}
