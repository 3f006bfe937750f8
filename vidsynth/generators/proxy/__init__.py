"""Proxy tasks: clips with labels that nobody had to give, to learn from before a task's own labels come.

arrow_of_time.py   is the clip played forward or backward?
pace.py            how many times too fast is it?
clip_order.py      in which order did these clips come?
rotation.py        by how many quarters is the picture turned?
instance_pairs.py  two clips of one video, so far apart
masked.py          which tokens are hidden

Each module names the shortcuts by which its label can be told without looking at what the task is about, those that
it avoids and those that it leaves.
"""

from vidsynth.generators.proxy.arrow_of_time import ArrowOfTime
from vidsynth.generators.proxy.clip_order import ClipOrder
from vidsynth.generators.proxy.instance_pairs import InstancePairs
from vidsynth.generators.proxy.masked import MaskedClips
from vidsynth.generators.proxy.pace import Pace
from vidsynth.generators.proxy.proxy import Proxy
from vidsynth.generators.proxy.recipe import (
    ArrowOfTimeRecipe,
    ClipOrderRecipe,
    InstancePairsRecipe,
    MaskedClipsRecipe,
    PaceRecipe,
    RotationRecipe,
)
from vidsynth.generators.proxy.rotation import Rotation

TASKS: dict[str, type[Proxy]] = {
    task.name: task for task in (ArrowOfTime, Pace, ClipOrder, Rotation, InstancePairs, MaskedClips)
}

__all__ = [
    "TASKS",
    "ArrowOfTime",
    "ArrowOfTimeRecipe",
    "ClipOrder",
    "ClipOrderRecipe",
    "InstancePairs",
    "InstancePairsRecipe",
    "MaskedClips",
    "MaskedClipsRecipe",
    "Pace",
    "PaceRecipe",
    "Proxy",
    "Rotation",
    "RotationRecipe",
]
