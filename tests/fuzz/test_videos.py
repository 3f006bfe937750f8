"""Damaged videos: each gives frames or a reason, and none takes the run down with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from vidsynth import TubeletPairs, build, load, source
from vidsynth.generators.darkness import DarknessStatistics

HERE = Path(__file__).parent
_MOST_MB = 1500  # a worker without a video has 150


def damage(seeds: Path, out: Path, cases: int, seed: int, *, first: int = 0) -> list[dict[str, object]]:
    """Make and read damaged videos as `python read_damaged.py` does; return what became of each."""
    command = [
        sys.executable, str(HERE / "read_damaged.py"), "--seeds", str(seeds), "--cases", str(cases),
        "--seed", str(seed), "--first", str(first), "--out", str(out),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    return [json.loads(line) for line in out.read_text().splitlines()]


@pytest.mark.timeout(0)
def test_every_damaged_video_gives_frames_or_a_reason(
    seeds: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cases = request.config.getoption("--fuzz-cases", 200)
    outcomes = damage(seeds, tmp_path / "out.jsonl", cases, request.config.getoption("--fuzz-seed", 0))
    assert [outcome["number"] for outcome in outcomes] == list(range(cases))
    faults = [(o["number"], o["name"], o["done"], o["faults"]) for o in outcomes if o["faults"]]
    assert not faults, faults[:3]
    said = Counter(reason for outcome in outcomes for reason in outcome["said"].values())
    assert not [reason for reason in said if "killed" in reason or "held up" in reason]
    assert max(outcome["peak_mb"] for outcome in outcomes) < _MOST_MB
    # Both things happen, or nothing was tried.
    assert said["ok"] > cases / 2 and said.total() - said["ok"] > cases / 2
    assert len(said) > 10


def test_damage_is_a_function_of_its_number(seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    from mutate import mutated  # type: ignore[import-not-found]

    files = [file.read_bytes() for file in sorted(seeds.iterdir())]
    again = [[mutated(files[0], files, seed, number) for number in range(40)] for seed in (0, 0, 1)]
    assert again[0] == again[1] != again[2]
    assert len({data for data, _ in again[0]}) > 30
    assert sum(data != files[0] for data, _ in again[0]) > 36


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    """A folder of good and of damaged videos."""
    folder = tmp_path_factory.mktemp("mixed")
    for file in sorted(seeds.iterdir()):
        (folder / f"good-{file.name}").write_bytes(file.read_bytes())
    sys.path.insert(0, str(HERE))
    try:
        from reading import damaged  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(HERE))
    for number in range(45):
        data, name, _ = damaged(seeds, 7, number)
        (folder / f"bad-{number:02d}-{name}").write_bytes(data)
    os.mkfifo(folder / "bad-pipe.mp4")
    (folder / "bad-device.mp4").symlink_to("/dev/zero")
    return folder


def test_a_build_over_them_ends_and_leaves_good_videos_as_they_are(
    mixed: Path, seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = build(DarknessStatistics(source(mixed)), tmp_path / "dark", workers=2, progress=False, video_timeout=30)
    summary = measured.summary
    assert summary["rows"] + summary["absent"] == summary["samples"] == len(list(mixed.iterdir()))
    assert summary["rows"] < summary["samples"] - 2 and all(summary["failures"])
    alone = build(DarknessStatistics(source(seeds)), tmp_path / "alone", workers=0, progress=False)
    beside = {row["sources"][0]["video_id"]: row["y_frames"] for row in measured}
    for row in alone:
        name = f"good-{row['sources'][0]['path']}"
        video_id = name if name in beside else name.rpartition(".")[0]
        assert np.array_equal(beside[video_id], row["y_frames"])


def test_a_build_of_clips_over_them_ends(mixed: Path, tmp_path: Path, small: dict[str, object]) -> None:
    pairs = TubeletPairs(source(mixed), changes=small)
    shards = build(pairs, tmp_path / "pairs", workers=1, progress=False, video_timeout=30)
    assert shards.summary["rows"] + shards.summary["absent"] == len(pairs)
    assert len(load(tmp_path / "pairs")) == shards.summary["rows"] > 0
    assert all(sample["sources"] for sample in shards)


def test_numbers_that_a_header_only_claims_take_no_memory(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    import struct

    from boxes import boxes, made, replaced  # type: ignore[import-not-found]

    from vidsynth.errors import DecodeError
    from vidsynth.video.probe import probe

    def claiming(name: str, kind: bytes, content: bytes) -> Path:
        data = (seeds / name).read_bytes()
        box = next(box for box in boxes(data) if box.kind == kind)
        file = tmp_path / name
        file.write_bytes(replaced(data, box, made(kind, content)))
        return file

    for count in (50_000_000, 10**9):
        files = [
            claiming("turned.mp4", b"stsz", struct.pack(">III", 0, 1, count)),
            claiming("fragmented.mp4", b"trun", struct.pack(">II", 0, count)),
        ]
        for file in files:
            with pytest.raises(DecodeError, match="its header claims more frames than the file has bytes"):
                probe(file)
