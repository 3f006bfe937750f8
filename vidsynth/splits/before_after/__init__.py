"""Before/after pairs from timed captions (Bagad, Tapaswi and Snoek, CVPR 2023)."""

from vidsynth.splits.before_after.events import EVENTS, from_manifest, from_rows, with_lists
from vidsynth.splits.before_after.pairs import Pairs, pair_up
from vidsynth.splits.before_after.rules import PairRules

__all__ = ["EVENTS", "PairRules", "Pairs", "from_manifest", "from_rows", "pair_up", "with_lists"]
