"""Before/after pairs of 1,000,000 captions, written to Parquet, on one core; the peer is a loop over itertools.

The captions are as dense as ActivityNet's: 2 to 6 a video, a third of them overlapping the one before. The
peer reads the same events from lists, keeps the pairs that the paper's rule keeps, words both captions and
their reversals, and writes them with pyarrow; it is given a tenth of the videos.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.splits.before_after import EVENTS, PairRules, pair_up

CAPTIONS = 1_000_000
_WORDS = ["a", "the", "man", "woman", "dog", "ball", "runs", "jumps", "holds", "throws", "eats", "opens", "near", "red"]

_PAIR_UP = """
import json, resource, sys, time
import pyarrow as pa
from vidsynth.jobs.pairs_file import write
from vidsynth.splits.before_after import PairRules, pair_up

pa.set_cpu_count(1)
pa.set_io_thread_count(1)
with pa.memory_map(sys.argv[1]) as file:
    events = pa.ipc.open_file(file).read_all()
    started, cpu = time.perf_counter(), time.process_time()
    pairs = pair_up(events, PairRules())
    write(pairs, sys.argv[2])
print(json.dumps({
    "wall": time.perf_counter() - started,
    "cpu": time.process_time() - cpu,
    "pairs": len(pairs.first),
    "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def measure() -> dict[str, float]:
    """Return seconds, peak memory (MB) and pairs of the whole, and how many times faster than the peer it is."""
    table = captions(CAPTIONS)
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "events.arrow"
        with pa.OSFile(str(events), "wb") as sink, pa.ipc.new_file(sink, table.schema) as out:
            out.write_table(table)
        done = subprocess.run(
            [sys.executable, "-c", _PAIR_UP, str(events), str(Path(folder) / "pairs.parquet")],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        ours = json.loads(done.stdout)
        tenth = table.slice(0, CAPTIONS // 10)
        started = time.process_time()
        pairs = by_loop(tenth, Path(folder) / "peer.parquet")
        peer = (time.process_time() - started) / pairs
    assert pairs == len(pair_up(tenth, PairRules()).first)
    return {
        "seconds": ours["wall"],
        "cpu_s": ours["cpu"],
        "peak_mb": ours["mb"],
        "pairs": ours["pairs"],
        "peer_over_ours": peer / (ours["cpu"] / ours["pairs"]),
    }


def captions(count: int) -> pa.Table:
    """Return `count` events with captions of 5 to 14 words, all different."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(2, 7, count)
    video = np.repeat(np.arange(count), sizes)[:count]
    place = np.arange(count) - np.searchsorted(video, video)
    start = np.round(20.0 * place + rng.uniform(0, 10, count), 2)
    end = np.round(start + rng.uniform(5, 20, count), 2)
    words = [" ".join(np.array(_WORDS)[row]) for row in rng.integers(len(_WORDS), size=(4096, 10))]
    text = [f"{words[pick]} {number}" for number, pick in enumerate(rng.integers(len(words), size=count).tolist())]
    names = pa.array([f"v_{number:07d}" for number in video.tolist()])
    columns = {
        "video": names,
        "path": names,
        "split": pa.array(["train"] * count),
        "start_s": start,
        "end_s": end,
        "text": text,
        "label": pa.nulls(count, pa.string()),
        "length_s": pa.nulls(count, pa.float64()),
    }
    return pa.table(columns, schema=EVENTS)


def by_loop(table: pa.Table, file: Path) -> int:
    """Pair up events one by one, and write the captions; return the number of pairs."""
    rows = []
    events = zip(*(table[name].to_pylist() for name in ("video", "start_s", "end_s", "text")), strict=True)
    pairs = 0
    for video, group in itertools.groupby(sorted(events), key=lambda event: event[0]):
        for (_, start, end, x), (_, other_start, other_end, y) in itertools.permutations(list(group), 2):
            if other_start > end:
                pairs += 1
                for words, (one, other) in (("before", (x, y)), ("after", (y, x))):
                    rows.append(
                        {
                            "video": video,
                            "first": [start, end],
                            "second": [other_start, other_end],
                            "text": f"{one} {words} {other}",
                            "reversed_text": f"{other} {words} {one}",
                        }
                    )
    pq.write_table(pa.Table.from_pylist(rows), file, compression="zstd")
    return pairs


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<20}{value:.4g}")
