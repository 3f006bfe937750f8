"""What scores and audits need of a build: who is whose twin, and what is true of each video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vidsynth.errors import ShardError
from vidsynth.shards.reader import Shards, load

_COLUMNS = (
    "key", "twin", "relation", "caption", "distractor", "control_caption", "control_distractor", "colors", "shapes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One video; see `TimeOrder` for the fields. colors, shapes : of its events in the order in which they happen."""

    key: str
    twin: str
    relation: str
    caption: str
    distractor: str
    control_caption: str
    control_distractor: str
    colors: tuple[str, ...]
    shapes: tuple[str, ...]


def open_build(path: str | Path) -> Shards:
    """Open a finished time-order build. Raises ShardError if it is none."""
    shards = load(path)
    kind = shards.recipe.get("generator")
    if kind != "time-order":
        raise ShardError(f"{path}: a build of {kind}, not of time-order")
    return shards


def read_rows(shards: Shards) -> list[Row]:
    """Return a build's rows, twins one after the other. Raises ShardError if a twin is absent."""
    plain = Shards(shards.folder, _COLUMNS, summary=shards.summary)
    rows = [Row(**{**sample, "colors": tuple(sample["colors"]), "shapes": tuple(sample["shapes"])}) for sample in plain]
    for first, second in zip(rows[::2], rows[1::2], strict=False):
        if first.twin != second.key or second.twin != first.key:
            raise ShardError(f"{shards.folder}: {first.key} and {second.key} are no twins; a video is absent")
    if len(rows) % 2:
        raise ShardError(f"{shards.folder}: the twin of {rows[-1].key} is absent")
    return rows
