"""`vidsynth splits`: from one manifest to another."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from vidsynth.cli.lazy import LazyGroup
from vidsynth.errors import RecipeError

command = LazyGroup(
    "splits",
    commands_in={
        "modality": ("vidsynth.cli.splits.modality", "Keep combinations of modalities unseen in training."),
        "severe": ("vidsynth.cli.splits.severe", "Make a setting of the SEVERE benchmark."),
        "dark": ("vidsynth.cli.splits.dark", "Make dark and day sets from darkness statistics."),
        "domain": ("vidsynth.cli.splits.domain", "Make a domain shift; report how its labels shift."),
        "balance": ("vidsynth.cli.splits.balance", "Weigh rows by clusters of their sounds."),
        "absent": ("vidsynth.cli.splits.absent", "Say which activities the sound speaks against."),
        "check": ("vidsynth.cli.splits.check", "Check a modality split; draw its matrix."),
    },
    more="vidsynth.splits",
    help="Split manifests: which rows are for training and evaluation, and what they show.",
)


@contextlib.contextmanager
def writing(file: Path) -> Iterator[None]:
    """Say in a line why a file cannot be written. Raises RecipeError."""
    try:
        yield
    except OSError as error:
        raise RecipeError(f"{file}: cannot be written: {error.strerror or error}") from None
