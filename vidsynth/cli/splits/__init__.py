"""`vidsynth splits`: from one manifest to another."""

from __future__ import annotations

from vidsynth.cli.lazy import LazyGroup

command = LazyGroup(
    "splits",
    commands_in={
        "dark": ("vidsynth.cli.splits.dark", "Make dark and day sets from darkness statistics."),
    },
    help="Split manifests: which rows are for training and evaluation, and what they show.",
)
