"""`vidsynth splits`: from one manifest to another."""

from __future__ import annotations

from vidsynth.cli.lazy import LazyGroup

command = LazyGroup(
    "splits",
    commands_in={
        "severe": ("vidsynth.cli.splits.severe", "Make a setting of the SEVERE benchmark."),
    },
    help="Make a manifest of part of another: subsets, domains, tasks.",
)
