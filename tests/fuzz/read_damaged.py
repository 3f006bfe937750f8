"""Make damaged videos by the thousand, and read each in workers that may crash: `python read_damaged.py --help`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections import Counter
from pathlib import Path

from reading import ReadingTask, read_damaged

from vidsynth.jobs.local import execute

_A_TASK = 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=Path, required=True, help="A folder of good videos.")
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("--out", type=Path, help="Write every outcome there, as JSON lines.")
    asked = parser.parse_args()
    stop = asked.first + asked.cases
    counts: Counter[str] = Counter()
    peak, slowest, faults = 0.0, 0.0, []
    with tempfile.TemporaryDirectory(prefix="vidsynth-fuzz-") as scratch:
        tasks = (
            ReadingTask(
                asked.seeds,
                Path(scratch),
                asked.seed,
                range(at, min(at + _A_TASK, stop)),
                Path(scratch, f"crumb-{at}"),
                {},
            )
            for at in range(asked.first, stop, _A_TASK)
        )
        out = asked.out.open("w") if asked.out else None
        for outcomes in execute(read_damaged, tasks, asked.workers, asked.timeout):
            for outcome in outcomes:
                counts.update(f"{reader}: {said}" for reader, said in outcome.said.items())
                peak, slowest = max(peak, outcome.peak_mb), max(slowest, outcome.seconds)
                faults += [f"{outcome.number} {outcome.name} {outcome.done}\n{text}" for text in outcome.faults]
                if out:
                    out.write(json.dumps(dataclasses.asdict(outcome)) + "\n")
                    out.flush()
    for text, count in sorted(counts.items(), key=lambda item: (item[0].partition(":")[0], -item[1])):
        print(f"{count:>6}  {text}")
    for text in faults:
        print(f"\nFAULT {text}")
    print(f"{asked.cases} damaged videos, {len(faults)} faults, peak {peak:.0f} MB, slowest {slowest:.1f} s")


if __name__ == "__main__":
    main()
