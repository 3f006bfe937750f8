"""A modality split of a million rows with eight modalities, by rows and by videos, checked, against a plain loop."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
from collections import defaultdict

import numpy as np
import pyarrow as pa

from vidsynth import Manifest
from vidsynth.splits.modality import Spec, split

ROWS = 1_000_000
MODALITIES = ("rgb", "flow", "audio", "text", "depth", "thermal", "imu", "gaze")
SPEC = {
    "train": {"A": "rgb+flow", "B": "audio+text", "C": "depth+thermal"},
    "test": ["rgb+audio+depth"],
    "sizes": {"val": 0.09, "test": 0.09},
}


def measure() -> dict[str, float]:
    """Return wall and CPU seconds and peak memory (MB), each in a fresh process; and the plain loop's seconds.

    The loop is the peer: it shuffles rows and deals them class by class into the same parts where they fit, with
    random and dicts, and neither searches, reports nor checks.
    """
    out = {}
    for group in ("row", "video", "loop"):
        command = [sys.executable, __file__, group]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        out |= {f"{group}_{name}": value for name, value in json.loads(done.stdout).items()}
    return out


def clips(rows: int = ROWS) -> Manifest:
    """Return clips, ten a video, of 400 classes; each lacks a tenth of the modalities."""
    draws = np.random.default_rng(0)
    has = draws.random((rows, len(MODALITIES))) < 0.9
    offsets = np.concatenate([[0], np.cumsum(has.sum(1))])
    names = pa.array(MODALITIES).take(pa.array(np.nonzero(has)[1]))
    table = pa.table(
        {
            "video_id": [f"clip{number:07d}" for number in range(rows)],
            "path": [f"video{number // 10:06d}.mp4" for number in range(rows)],
            "labels": [f"class {number}" for number in draws.integers(0, 400, rows)],
            "modalities": pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), names),
        }
    )
    return Manifest.from_columns(table, "nowhere")


def loop(manifest: Manifest) -> dict[str, list[str]]:
    """Split as a script would."""
    parts = {"test": {"rgb", "audio", "depth"}, "val": {"rgb", "audio", "depth"}, "A": {"rgb", "flow"}}
    parts |= {"B": {"audio", "text"}, "C": {"depth", "thermal"}}
    by_class = defaultdict(list)
    for row in manifest.table.select(["video_id", "labels", "modalities"]).to_pylist():
        by_class[row["labels"][0]].append((row["video_id"], set(row["modalities"] or ())))
    out: dict[str, list[str]] = {name: [] for name in parts}
    for rows in by_class.values():
        random.Random(0).shuffle(rows)
        size = {"test": 0.09 * len(rows), "val": 0.09 * len(rows)} | dict.fromkeys("ABC", 0.82 / 3 * len(rows))
        for video_id, has in rows:
            name = next((name for name, shown in parts.items() if size[name] > 0 and shown <= has), None)
            if name is not None:
                out[name].append(video_id)
                size[name] -= 1
    return out


def _one(group: str) -> dict[str, float]:
    manifest = clips()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    if group == "loop":
        loop(manifest)
    else:
        assert not split(manifest, Spec.from_dict(SPEC | {"group": group})).check.violations
    taken = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return taken | {"more_mb": (after - before) / 1024, "peak_mb": after / 1024}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_one(sys.argv[1])))
    else:
        for name, value in measure().items():
            print(f"{name:<16}{value:.3g}")
