"""Reading raw clips back from shards in random order, against copying the same bytes in memory."""

from __future__ import annotations

import tempfile

import numpy as np
from timing import best_s

from vidsynth import TubeletPairs, build, source

READS = 2000


def measure() -> dict[str, float]:
    """Return GB/s of both, and their ratio, for pairs of 16x112x112 and 16x224x224."""
    out = {}
    for size in (112, 224):
        with tempfile.TemporaryDirectory() as folder:
            pairs = TubeletPairs(source("demo"), f"tubelets-{size}", {"payload.kind": "raw", "pairs.per_video": 4})
            shards = build(pairs, folder, workers=2, progress=False)
            order = np.random.default_rng(0).integers(0, len(shards), READS).tolist()
            batch = np.empty((2, 16, size, size, 3), np.uint8)
            shards.columns = ("clip1", "clip2")
            held = [shards[position] for position in range(len(shards))]

            def read(shards=shards, order=order, batch=batch) -> None:  # type: ignore[no-untyped-def]
                for position in order:
                    sample = shards[position]
                    batch[0], batch[1] = sample["clip1"], sample["clip2"]

            def copy(held=held, order=order, batch=batch) -> None:  # type: ignore[no-untyped-def]
                for position in order:
                    sample = held[position]
                    batch[0], batch[1] = sample["clip1"], sample["clip2"]

            read_s, copy_s = best_s(read), best_s(copy)
            size_gb = READS * batch.nbytes / 1e9
            out |= {
                f"read_{size}_gb_s": size_gb / read_s,
                f"copy_{size}_gb_s": size_gb / copy_s,
                f"ratio_{size}": copy_s / read_s,
            }
    return out


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<16}{value:.3g}")
