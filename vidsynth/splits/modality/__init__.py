"""Splits whose evaluation needs combinations of modalities that training never shows together.

After "Learning Unseen Modality Interaction" (NeurIPS 2023): training rows show, say, RGB or audio, test rows both.

    from vidsynth import Manifest
    from vidsynth.splits.modality import load_spec, split

    made = split(Manifest.read("clips.parquet"), load_spec("spec.yaml"))
    made.manifest.write("split.parquet")
"""

from __future__ import annotations

from vidsynth.splits.modality.check import Check, Finding, check
from vidsynth.splits.modality.spec import Spec, load_spec
from vidsynth.splits.modality.split import ModalitySplit, id_lists, leave_one_combination_out, split

__all__ = [
    "Check",
    "Finding",
    "ModalitySplit",
    "Spec",
    "check",
    "id_lists",
    "leave_one_combination_out",
    "load_spec",
    "split",
]
