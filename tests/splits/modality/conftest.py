"""Manifests to split, drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vidsynth.manifest import Manifest

NAMES = ("rgb", "flow", "audio", "text")


@pytest.fixture(scope="session")
def make_manifest() -> Callable[..., Manifest]:
    """`make_manifest(rows, seed=0, per_video=4, people=9, gaps=0.2, shuffled=None)`: clips of videos of people.

    rgb is everywhere; of the others each row lacks `gaps`. `shuffled` seeds another order of the same rows.
    """

    def make(
        rows: int, seed: int = 0, per_video: int = 4, people: int = 9, gaps: float = 0.2, shuffled: int | None = None
    ) -> Manifest:
        draws = np.random.default_rng(seed)
        has = draws.random((rows, len(NAMES))) >= gaps
        has[:, 0] = True
        videos = np.arange(rows) // per_video
        table: list[dict[str, Any]] = [
            {
                "video_id": f"clip{n:05d}",
                "path": f"video{videos[n]:04d}.mp4",
                "split": ("train", "train", "train", "val", "test")[videos[n] % 5],
                "labels": [f"class {draws.integers(6)}"],
                "modalities": [name for name, there in zip(NAMES, has[n], strict=True) if there],
                "participant_id": f"P{videos[n] * 7 % people:02d}",
            }
            for n in range(rows)
        ]
        if shuffled is not None:
            table = [table[n] for n in np.random.default_rng(shuffled).permutation(rows)]
        return Manifest.from_columns({name: [row[name] for row in table] for name in table[0]}, "nowhere")

    return make
