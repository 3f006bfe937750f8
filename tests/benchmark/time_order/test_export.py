"""The folder of mp4 files: the published layout, the build's own bytes."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vidsynth import load, read_clip
from vidsynth.benchmark.time_order import export
from vidsynth.errors import ShardError

Make = Callable[..., Path]


def test_the_published_layout(make_bench: Make, tmp_path: Path) -> None:
    bench = make_bench("time-order-published", {"limit": 4})
    assert export(bench, tmp_path / "ToT") == 4
    folder = tmp_path / "ToT"
    with (folder / "splits/test_v2.0.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "video_id": "text_pair_after_1", "sentence": "A yellow circle appears after a red circle", "end_time": "1.0",
    }  # fmt: skip
    for row in rows:  # what the authors' loader does with it
        relation = "before" if "before" in row["video_id"] else "after"
        assert f" {relation} " in row["sentence"]
    clip = read_clip(folder / "videos/text_pair_after_1.mp4")
    assert (clip.frames == load(bench)[0]["video"]).mean() > 0.9 and clip.frames.shape == (30, 224, 224, 3)
    assert clip.times == pytest.approx(np.arange(30) / 30, abs=1e-4)
    assert sorted(file.name for file in (folder / "control").iterdir()) == sorted(f"{r['video_id']}.mp4" for r in rows)
    with (folder / "captions.csv").open() as file:
        captions = list(csv.DictReader(file))
    assert captions[1]["twin"] == "text_pair_after_1" and captions[0]["colors"] == "red;yellow"
    asked = [json.loads(line) for line in (folder / "questions.jsonl").read_text().splitlines()]
    assert len(asked) == 4 * 6
    for question in asked:
        for video in question.get("videos", [question.get("video")]):
            assert (folder / video).is_file()


def test_other_payloads_are_encoded_and_a_second_export_replaces_the_first(small: Path, make_bench: Make) -> None:
    raw = make_bench("time-order", {"payload.kind": "raw"})
    folder = raw.parent / "mp4"
    export(raw, folder)
    export(small, raw.parent / "same")
    for file in (folder / "videos").iterdir():
        assert file.read_bytes() == (raw.parent / "same/videos" / file.name).read_bytes()
    assert export(raw, folder) == 24


def test_what_is_refused(small: Path, make_bench: Make, tmp_path: Path) -> None:
    with pytest.raises(ShardError, match="its payload is none"):
        export(make_bench("time-order", {"payload.kind": "none"}), tmp_path / "x")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").touch()
    with pytest.raises(ShardError, match="not empty, and no exported benchmark"):
        export(small, tmp_path / "mine")
