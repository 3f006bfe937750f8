"""The data side of SEVERE, the benchmark of how sensitive video representations are.

Thoker, Doughty, Bagad and Snoek, "How Severe is Benchmark-Sensitivity in Video Self-Supervised Learning?",
ECCV 2022 (arXiv 2203.14221). Facts of the lists are those of the authors' code, fmthoker/SEVERE-BENCHMARK.
"""

from vidsynth.splits.severe.detection import detections
from vidsynth.splits.severe.few_sample import curve, few_samples, per_class
from vidsynth.splits.severe.granularity import only_classes
from vidsynth.splits.severe.multi_label import label_vectors, multi_label
from vidsynth.splits.severe.numbers import NUMBER, class_numbers, numbered
from vidsynth.splits.severe.repetition import repetitions
from vidsynth.splits.severe.settings import SETTINGS, Setting
from vidsynth.splits.severe.summary import Summary, summary
from vidsynth.splits.severe.time_arrow import both_ways

__all__ = [
    "NUMBER",
    "SETTINGS",
    "Setting",
    "Summary",
    "both_ways",
    "class_numbers",
    "curve",
    "detections",
    "few_samples",
    "label_vectors",
    "multi_label",
    "numbered",
    "only_classes",
    "per_class",
    "repetitions",
    "summary",
]
