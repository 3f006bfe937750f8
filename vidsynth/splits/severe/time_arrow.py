"""Arrow of time as a downstream task: every video once forward and once backward."""

from __future__ import annotations

from vidsynth.manifest import Manifest
from vidsynth.splits.severe.numbers import NUMBER

FORWARD, BACKWARD = "forward", "backward"


def both_ways(manifest: Manifest) -> Manifest:
    """Return two rows a row, labelled `forward` (0) and `backward` (1); `extra.reversed` says which to play reversed.

    Each video is there both ways, so neither its content nor the balance of its class tells the label. The label
    that it had is kept in `extra.was`.
    """
    columns = {name: manifest.table[name].to_pylist() for name in manifest.table.column_names}
    twice = {name: [value for value in values for _ in range(2)] for name, values in columns.items()}
    count = len(manifest)
    twice |= {
        "video_id": [f"{name}/{way}" for name in columns["video_id"] for way in (FORWARD, BACKWARD)],
        "labels": [[FORWARD], [BACKWARD]] * count,
        "was": twice["labels"],
        NUMBER: [0, 1] * count,
        "reversed": [False, True] * count,
    }
    return Manifest.from_columns(twice, manifest.root, manifest.about)
