"""How long it takes to begin: imports, help, and a plan of a million pairs."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from vidsynth import Manifest, TubeletPairs


def measure() -> dict[str, float]:
    """Return seconds, each the best of five fresh processes, and of the plan the growth in memory (MB)."""
    python = sys.executable
    out = {
        "python_s": _process_s(python, "-c", "pass"),
        "import_s": _process_s(python, "-c", "import vidsynth"),
        "help_s": _process_s(python, "-m", "vidsynth", "--help"),
    }
    rows = Manifest.from_columns({"path": [f"train/class/{n:07d}.mp4" for n in range(250_000)]}, "nowhere")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    pairs = TubeletPairs(rows, changes={"pairs.per_video": 4})
    shards = pairs.shards()
    for number in range(0, len(shards), 50):
        pairs.paths(shards[number])
    out["million_pairs_s"] = time.perf_counter() - started
    out["million_pairs_mb"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert len(pairs) == 1_000_000
    return out


def _process_s(*command: str) -> float:
    return min(_timed(command) for _ in range(5))


def _timed(command: tuple[str, ...]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<18}{value:.3g}")
