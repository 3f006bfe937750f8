"""What samples show, counted: against a slow count, row by row."""

import math
from collections import Counter
from pathlib import Path

import numpy as np

from vidsynth import TubeletPairs, build, source
from vidsynth.generators.time_order import TimeOrder
from vidsynth.report.footage import Footage, footage


def test_it_counts_what_the_rows_say(pairs: TubeletPairs, tmp_path: Path) -> None:
    shards = build(pairs, tmp_path / "out", workers=0, progress=False)
    found = footage(shards, pairs.manifest)
    taken = [one for sample in shards for one in sample["sources"]]
    labels = {row.video_id: row.labels for row in map(pairs.manifest.__getitem__, range(len(pairs.manifest)))}
    counts = Counter(name for one in taken for name in labels[one["video_id"]])
    spans = [max(one["times"]) - min(one["times"]) for one in taken]
    assert (found.clips, found.videos) == (len(taken), len({one["path"] for one in taken}))
    assert found.labels == dict(counts) and found.unlabelled == 0
    assert found.span_s == (min(spans), float(np.median(spans)), max(spans))


def test_balance() -> None:
    even = Footage(8, 8, None, dict.fromkeys("abcd", 2), 0)
    assert (even.entropy, even.evenness, even.imbalance) == (2.0, 1.0, 1.0)
    skewed = Footage(4, 4, None, {"a": 3, "b": 1}, 0)
    assert math.isclose(skewed.entropy, 0.8112781244591328) and skewed.imbalance == 3
    single = Footage(4, 4, None, {"a": 4}, 0)
    assert (single.entropy, single.evenness) == (0.0, 1.0)


def test_drawn_samples_show_nobodys_video(tmp_path: Path) -> None:
    drawn = TimeOrder(source("none"), "time-order", {"pairs": 1})
    shards = build(drawn, tmp_path / "out", workers=0, progress=False)
    assert footage(shards, drawn.manifest) == Footage(0, 0, None, {}, 0)
    assert "What it shows" not in (tmp_path / "out/README.md").read_text()
