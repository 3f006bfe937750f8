"""Builds: equal bytes whatever the workers and the interruptions, and nothing lost to broken videos."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from vidsynth import TubeletPairs, build, load, verify
from vidsynth.errors import BuildError, DecodeError, RecipeError, ShardError
from vidsynth.jobs.lock import locked
from vidsynth.shards.folder import BuildFolder

MakePairs = Callable[..., TubeletPairs]


def data(out: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((out / "data").iterdir())}


def test_a_build_leaves_what_the_design_says(pairs: TubeletPairs, tmp_path: Path) -> None:
    out = tmp_path / "shards"
    shards = build(pairs, out, workers=0, progress=False)
    assert len(shards) == 12
    assert {file.name for file in out.iterdir()} == {
        "README.md", "croissant.json", "vidsynth.json", "recipe.yaml", "data", "failures.parquet", "preview.png",
        ".vidsynth",
    }  # fmt: skip
    assert [file.name for file in sorted((out / "data").iterdir())] == [
        f"train-{n:05d}-of-00004.arrow" for n in range(4)
    ]
    assert sorted(file.name for file in (out / ".vidsynth/done").iterdir()) == [f"{n:05d}.json" for n in range(4)]
    assert not any(
        (out / ".vidsynth" / name).exists() and any((out / ".vidsynth" / name).iterdir()) for name in ("tmp", "crumbs")
    )
    assert pq.read_table(out / "failures.parquet").num_rows == 0
    summary = json.loads((out / "vidsynth.json").read_text())
    assert summary["rows"] == summary["samples"] == 12 and summary["recipe"] == pairs.recipe.hash()


def test_any_number_of_workers_leaves_the_same_bytes(pairs: TubeletPairs, tmp_path: Path) -> None:
    outs = {}
    for workers in (0, 1, 2, 4):
        build(pairs, tmp_path / str(workers), workers=workers, progress=False)
        outs[workers] = data(tmp_path / str(workers))
        assert (tmp_path / str(workers) / "preview.png").read_bytes() == (tmp_path / "0/preview.png").read_bytes()
    assert outs[0] == outs[1] == outs[2] == outs[4]


def test_twenty_sigkills_and_resumes_leave_the_same_bytes(pairs: TubeletPairs, tmp_path: Path) -> None:
    many = {"pairs.videos_per_shard": 2, "pairs.per_video": 20}
    pairs = TubeletPairs(pairs.manifest, pairs.recipe.with_changes(many))
    whole, out = tmp_path / "whole", tmp_path / "killed"
    build(pairs, whole, workers=0, progress=False)
    shutil.copytree(whole, out)

    def begin_again() -> None:
        (out / "vidsynth.json").unlink()
        shutil.rmtree(out / "data")  # the markers stay: they must not be believed

    command = [sys.executable, "-m", "vidsynth", "run", str(out / "recipe.yaml"), "--out", str(out)]
    begin_again()
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    takes = time.monotonic() - started
    assert data(out) == data(whole)
    begin_again()
    rng = random.Random(0)
    kills = 0
    for _ in range(80):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(timeout=rng.uniform(0.2, 1.0) * takes)
        except subprocess.TimeoutExpired:
            # Half of the time the whole group, half of the time the parent alone.
            os.killpg(process.pid, signal.SIGKILL) if rng.random() < 0.5 else process.kill()
            process.wait()
            kills += 1
        for file in (out / "data").glob("*"):
            assert file.read_bytes() == (whole / "data" / file.name).read_bytes()  # whole, or not there
        if kills == 20:
            break
        if (out / "vidsynth.json").exists():
            begin_again()
    assert kills == 20
    subprocess.run(command, check=True, capture_output=True)
    assert data(out) == data(whole) and len(load(out)) == len(pairs)
    assert verify(out, rerender=5) == []


def test_only_missing_shards_are_built_again(pairs: TubeletPairs, tmp_path: Path) -> None:
    build(pairs, tmp_path, workers=0, progress=False)
    before = data(tmp_path)
    old = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "data").iterdir()}
    (tmp_path / "data/train-00001-of-00004.arrow").unlink()  # its marker stays behind
    (tmp_path / "data/train-00002-of-00004.arrow").write_bytes(b"cut off")
    (tmp_path / ".vidsynth/done/00003.json").write_text("{ damaged")
    (tmp_path / "vidsynth.json").unlink()
    build(pairs, tmp_path, workers=0, progress=False)
    new = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "data").iterdir()}
    assert data(tmp_path) == before
    assert [name for name in old if old[name] == new[name]] == ["train-00000-of-00004.arrow"]


def test_a_finished_build_is_left_alone(pairs: TubeletPairs, tmp_path: Path) -> None:
    build(pairs, tmp_path, workers=0, progress=False)
    before = (tmp_path / "vidsynth.json").stat().st_mtime_ns
    build(pairs, tmp_path, workers=0, progress=False)
    assert (tmp_path / "vidsynth.json").stat().st_mtime_ns == before


def test_another_recipe_is_refused_with_the_differences(pairs: TubeletPairs, tmp_path: Path) -> None:
    build(pairs, tmp_path, workers=0, progress=False)
    other = TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"seed": 1, "tubelets.motion": "linear"}))
    with pytest.raises(ShardError) as caught:
        build(other, tmp_path, workers=0, progress=False)
    text = str(caught.value)
    assert "holds another recipe" in text
    assert "nonlinear → linear" in text and "0 → 1" in text and "delete its 4 finished shards" in text
    before = data(tmp_path)
    assert build(other, tmp_path, workers=0, progress=False, overwrite=True).summary["recipe"] == other.recipe.hash()
    assert data(tmp_path) != before
    assert verify(tmp_path, rerender=3, generator=other) == []


def test_a_build_killed_before_it_had_a_recipe_leaves_the_folder_free(pairs: TubeletPairs, tmp_path: Path) -> None:
    folder = BuildFolder(tmp_path)
    folder.manifest.parent.mkdir()
    pairs.manifest.take([0, 1]).write(folder.manifest)  # another source's, from a build that was killed just then
    assert len(build(pairs, tmp_path, workers=0, progress=False)) == 12


def test_a_folder_of_other_things_is_never_touched(pairs: TubeletPairs, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    for overwrite in (False, True):
        with pytest.raises(ShardError, match="no vidsynth build"):
            build(pairs, tmp_path, workers=0, progress=False, overwrite=overwrite)
    assert (tmp_path / "thesis.tex").read_text() == "precious"


def test_two_builds_do_not_share_a_folder(pairs: TubeletPairs, tmp_path: Path) -> None:
    ours = rf"another vidsynth build is at work here \(process {os.getpid()} of "
    with locked(BuildFolder(tmp_path)), pytest.raises(ShardError, match=ours):
        build(pairs, tmp_path, workers=0, progress=False)
    assert len(build(pairs, tmp_path, workers=0, progress=False)) == 12


def test_a_folder_is_held_though_its_lock_file_says_nothing(pairs: TubeletPairs, tmp_path: Path) -> None:
    with locked(folder := BuildFolder(tmp_path)):
        folder.lock.write_text("")
        with pytest.raises(ShardError, match=r"another vidsynth build is at work here$"):
            build(pairs, tmp_path, workers=0, progress=False)


BROKEN = {
    "audio.mp4",
    "cut_off.mp4",
    "cut_off_faststart.mp4",
    "empty.mp4",
    "missing.mp4",
    "text.avi",
    "text.mp4",
    "text.webm",
}
# Some of their frames can be read: rows that need others are absent.
DAMAGED = {"corrupted.mp4", "grows.h264"}


@pytest.fixture
def mixed(videos: Path, tmp_path: Path) -> Path:
    """A folder of every good format, with every kind of broken file among them."""
    root = tmp_path / "mixed"
    shutil.copytree(videos, root, ignore=lambda _, names: [name for name in names if name == "folder.mp4"])
    shutil.copy(videos / "audio_only.m4a", root / "audio.mp4")
    (root / "missing.mp4").symlink_to(tmp_path / "nowhere.mp4")
    return root


def test_every_kind_of_broken_video_is_listed_and_nothing_else_is_lost(
    mixed: Path, make_pairs: MakePairs, tmp_path: Path
) -> None:
    pairs = make_pairs(mixed, {"payload.kind": "raw", "pairs.videos_per_shard": 16})
    shards = build(pairs, tmp_path / "out", workers=2, progress=False)
    failures = pq.read_table(tmp_path / "out/failures.parquet").to_pylist()
    blamed = {row["video"] for row in failures}
    assert BROKEN <= blamed <= BROKEN | DAMAGED
    for row in failures:
        assert row["stage"] == ("probe" if row["video"] in BROKEN else "decode")
        assert row["reason"] and str(mixed) not in row["reason"] and "Error" not in row["reason"]
    # A row is absent only where it needs a broken video, and then it is.
    absent = {row["index"]: row["video"] for row in failures}
    present = [sample["index"] for sample in load(tmp_path / "out", columns=["index"])]
    assert sorted([*present, *absent]) == list(range(len(pairs)))
    assert shards.summary["absent"] == len(absent) <= 2 * len(blamed)
    for position, index in enumerate(present):
        assert shards.position(index) == position
    for index, video in absent.items():
        with pytest.raises(KeyError):
            shards.position(index)
        with pytest.raises(DecodeError) as caught:
            pairs[index]
        assert caught.value.path in (video, *blamed)
    # Sample for sample what the generator itself gives.
    for sample in shards:
        again = pairs[sample["index"]]
        assert (sample["clip1"] == again["clip1"]).all() and (sample["clip2"] == again["clip2"]).all()


def test_mended_videos_are_taken_in_with_retry_failed(twelve: Path, make_pairs: MakePairs, tmp_path: Path) -> None:
    root = tmp_path / "videos"
    shutil.copytree(twelve, root)
    mended = (root / "walking/v03.mp4").read_bytes()
    (root / "walking/v03.mp4").write_bytes(b"")
    assert len(build(make_pairs(root), tmp_path / "out", workers=0, progress=False)) == 10
    assert len(build(make_pairs(root), tmp_path / "out", workers=0, progress=False)) == 10
    (root / "walking/v03.mp4").write_bytes(mended)
    shards = build(make_pairs(root), tmp_path / "out", workers=0, progress=False, retry_failed=True)
    assert len(shards) == 12 and shards.summary["absent"] == 0
    build(make_pairs(root), tmp_path / "again", workers=0, progress=False)
    assert data(tmp_path / "out") == data(tmp_path / "again")


@pytest.mark.parametrize(("most", "stops"), [(1, True), ("10%", True), (2, False), ("50%", False), (None, False)])
def test_too_many_failures_stop_the_run(
    twelve: Path, make_pairs: MakePairs, tmp_path: Path, most: str | int | None, stops: bool
) -> None:
    root = tmp_path / "videos"
    shutil.copytree(twelve, root)
    (root / "walking/v03.mp4").write_bytes(b"")
    if stops:
        with pytest.raises(BuildError, match=r"2 samples have failed, more than the 1 allowed"):
            build(make_pairs(root), tmp_path / "out", workers=0, progress=False, max_failures=most)
        assert not (tmp_path / "out/vidsynth.json").exists()
    else:
        assert len(build(make_pairs(root), tmp_path / "out", workers=0, progress=False, max_failures=most)) == 10


@pytest.mark.parametrize("most", ["many", "-1", "101%", "1.5", "nan"])
def test_max_failures_is_a_number_or_a_share(pairs: TubeletPairs, tmp_path: Path, most: str) -> None:
    with pytest.raises(RecipeError, match="max_failures: must be"):
        build(pairs, tmp_path / "out", workers=0, progress=False, max_failures=most)


def test_a_build_where_all_fails_is_no_build(make_pairs: MakePairs, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "videos").mkdir(exist_ok=True)
        (tmp_path / "videos" / f"{number}.mp4").write_bytes(b"")
    with pytest.raises(BuildError, match="every sample failed; the first"):
        build(make_pairs(tmp_path / "videos"), tmp_path / "out", workers=0, progress=False)


@pytest.mark.parametrize("kind", ["raw", "jpeg", "lossless", "h264", "none"])
def test_every_payload_reads_back(twelve: Path, make_pairs: MakePairs, tmp_path: Path, kind: str) -> None:
    pairs = make_pairs(twelve, {"payload.kind": kind, "truth": ["boxes", "masks", "flow", "tracks"]})
    shards = build(pairs, tmp_path / "out", workers=0, progress=False)
    for position in (0, 7):
        stored, made = shards[position], pairs[position]
        assert stored["index"] == made["index"] and stored["sources"] == made["sources"]
        for name in ("boxes", "masks", "flow", "layer", "tracks", "tracks_visible"):
            assert (stored[name] == made[name]).all()
        if kind == "none":
            assert "clip1" not in stored
        else:
            distance = np.abs(stored["clip1"].astype(int) - made["clip1"])
            assert distance.max() == 0 if kind in ("raw", "lossless") else distance.mean() < 12
    assert (tmp_path / "out/preview.png").stat().st_size > 1000
