"""`vidsynth splits`: from one manifest to another."""

from __future__ import annotations

from vidsynth.cli.lazy import LazyGroup

command = LazyGroup(
    "splits",
    commands_in={
        "modality": ("vidsynth.cli.splits.modality", "Keep combinations of modalities unseen in training."),
        "check": ("vidsynth.cli.splits.check", "Check a modality split; draw its matrix."),
    },
    help="Split manifests: which rows are for training and evaluation, and what they show.",
)
