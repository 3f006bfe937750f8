"""The published settings, by name: which part of which data set, and how many rows it had.

Counts are those of the lists in the authors' repository (fmthoker/SEVERE-BENCHMARK), but for SSv2, EPIC-Kitchens-100
and Charades, which the data sets' own papers and lists give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from vidsynth.splits.severe import granularity

Task = Literal["repetitions", "multi-label", "detection", "arrow-of-time"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One published setting.

    factor : which of SEVERE's four it varies. source : the source whose rows it takes. videos : for multi-label, the
        source of all its videos.
    published : how many rows each split had.
    samples : nominal training rows. curve : as many more sizes, doubling, up to all.
    classes : the class numbers kept. task : what is made of the rows, where that is not their class.
    lists : the format its lists were published in.
    in_severe : it is one of the eight of the subset that the paper calls SEVERE.
    """

    factor: Literal["domain", "samples", "granularity", "task"]
    source: str
    about: str
    published: Mapping[str, int] = field(default_factory=dict)
    samples: int | None = None
    curve: bool = False
    classes: range | None = None
    task: Task | None = None
    videos: str | None = None
    lists: str | None = None
    in_severe: bool = False


_UCF = {"train": 9537, "test": 3783}
_NTU = {"train": 40320, "test": 16560}
_GYM = {"train": 20484, "val": 8521}
_SSV2 = {"train": 168913, "val": 24777}

SETTINGS: dict[str, Setting] = {
    "ucf101": Setting("domain", "ucf101", "UCF101, split 1", _UCF, lists="ucf101"),
    "ntu60": Setting("domain", "ntu60", "NTU RGB+D 60, cross-subject", _NTU, lists="ntu60"),
    "gym99": Setting("domain", "gym99", "FineGym, 99 classes", _GYM, lists="gym99", in_severe=True),
    "ssv2": Setting("domain", "ssv2", "Something-Something v2", _SSV2, lists="ssv2", in_severe=True),
    "epic100": Setting("domain", "epic100", "EPIC-Kitchens-100, verbs and nouns", {"train": 67217, "val": 9668}),
    "k400": Setting("domain", "k400", "Kinetics-400, where models were pre-trained"),
    "ucf101-1000": Setting(
        "samples", "ucf101", "UCF101, 10^3 samples", _UCF | {"train": 1010}, 1000, lists="ucf101", in_severe=True
    ),
    "gym99-1000": Setting(
        "samples", "gym99", "Gym99, 10^3 samples", _GYM | {"train": 1089}, 1000, lists="gym99", in_severe=True
    ),
    "ucf101-curve": Setting("samples", "ucf101", "UCF101, 1,000 up to all", _UCF, 1000, curve=True, lists="ucf101"),
    "gym99-curve": Setting("samples", "gym99", "Gym99, 1,000 up to all", _GYM, 1000, curve=True, lists="gym99"),
    "ntu60-curve": Setting("samples", "ntu60", "NTU60, 1,000 up to all", _NTU, 1000, curve=True, lists="ntu60"),
    "ssv2-curve": Setting("samples", "ssv2", "SSv2, 1,000 up to all", _SSV2, 1000, curve=True, lists="ssv2"),
    "gym288": Setting("granularity", "gym288", "FineGym, 288 classes", {"train": 22671, "val": 9646}, lists="gym288"),
    "gym99-vault": Setting(
        "granularity", "gym99", "Gym99, event vault", {"train": 1074, "val": 446}, classes=granularity.VAULT,
        lists="gym99",
    ),
    "gym99-floor": Setting(
        "granularity", "gym99", "Gym99, event floor exercise", {"train": 5385, "val": 2226}, classes=granularity.FLOOR,
        lists="gym99",
    ),
    "gym99-fx-s1": Setting(
        "granularity", "gym99", "Gym99, set FX-S1", {"train": 1882, "val": 777}, classes=granularity.FX_S1,
        lists="gym99", in_severe=True,
    ),
    "gym99-ub-s1": Setting(
        "granularity", "gym99", "Gym99, set UB-S1", {"train": 3511, "val": 1471}, classes=granularity.UB_S1,
        lists="gym99", in_severe=True,
    ),
    "ucfrep": Setting(
        "task", "ucf101", "repetition counting, UCFRep", {"train": 421, "val": 105}, task="repetitions",
        lists="ucfrep", in_severe=True,
    ),
    "charades": Setting(
        "task", "charades-actions", "multi-label Charades", {"train": 7985, "test": 1863}, task="multi-label",
        videos="charades", lists="charades", in_severe=True,
    ),
    "ava": Setting(
        "task", "folder", "action detection, AVA (235 and 64 films)", task="detection", lists="ava"
    ),
    "ucf101-arrow-of-time": Setting(
        "task", "ucf101", "arrow of time, UCF101 both ways", {"train": 2 * 9537, "test": 2 * 3783}, task="arrow-of-time"
    ),
}  # fmt: skip
