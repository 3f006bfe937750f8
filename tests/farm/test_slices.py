"""Slices: several processes build one folder beside each other, and `finish` closes it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth import TubeletPairs, build, load, verify
from vidsynth.errors import BuildError, RecipeError, ShardError
from vidsynth.jobs.finish import finish, spans
from vidsynth.jobs.lock import locked, slices_at_work
from vidsynth.jobs.run import Settings, run
from vidsynth.jobs.slices import Slice, parse_slice
from vidsynth.shards.folder import BuildFolder

QUIET = Settings(workers=0, progress=False)


def contents(out: Path) -> dict[str, bytes]:
    """Return what must not depend on how a build was divided: the data, the failures, the card, the preview."""
    files = [*sorted((out / "data").iterdir()), out / "failures.parquet", out / "preview.png"]
    return {file.name: file.read_bytes() for file in files}


@pytest.fixture
def many(pairs: TubeletPairs) -> TubeletPairs:
    """240 pairs in six shards."""
    return TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"pairs.videos_per_shard": 2, "pairs.per_video": 20}))


@given(st.integers(1, 50), st.integers(0, 200))
def test_slices_share_out_all_shards_evenly(of: int, count: int) -> None:
    parts = [Slice(number, of).shards(count) for number in range(1, of + 1)]
    assert sorted(shard for part in parts for shard in part) == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert all(shard in Slice(number, of) for number, part in enumerate(parts, 1) for shard in part)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/0", "1-4", "1/", "-1/4", "", "all", "1/4/2"])
def test_a_wrong_slice_is_one_clear_line(text: str) -> None:
    with pytest.raises(RecipeError, match=r"^--shards .*(write i/n|slices count from 1)") as caught:
        parse_slice(text, {})
    assert "\n" not in str(caught.value)


def slurm(task: str, least: str, most: str, count: str, step: str = "1") -> dict[str, str]:
    values = {"ID": task, "MIN": least, "MAX": most, "COUNT": count, "STEP": step}
    return {f"SLURM_ARRAY_TASK_{word}": value for word, value in values.items()}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (slurm("1", "1", "64", "64"), Slice(1, 64)),
        (slurm("0", "0", "63", "64"), Slice(1, 64)),
        (slurm("63", "0", "63", "64"), Slice(64, 64)),
        (slurm("14", "10", "18", "5", "2"), Slice(3, 5)),
    ],
)
def test_a_slurm_array_names_its_slices(environ: dict[str, str], expected: Slice) -> None:
    assert parse_slice("slurm", environ) == expected
    assert parse_slice("3/64", environ) == Slice(3, 64)  # what is asked goes before what the environment says


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "no task of a Slurm array"),
        (slurm("3", "3", "9", "2"), "no evenly spaced array"),  # --array=3,9
        (slurm("4", "1", "7", "4", "2"), "no evenly spaced array"),
        (slurm("9", "1", "4", "4"), "no evenly spaced array"),
        (slurm("1", "1", "4", "four"), "SLURM_ARRAY_TASK_COUNT is four"),
        ({"SLURM_ARRAY_TASK_ID": "3"}, "SLURM_ARRAY_TASK_MIN is not set"),
    ],
)
def test_an_array_that_names_no_slices_is_one_clear_line(environ: dict[str, str], said: str) -> None:
    with pytest.raises(RecipeError, match=said) as caught:
        parse_slice("slurm", environ)
    assert "\n" not in str(caught.value)


def begun(pairs: TubeletPairs, folder: Path) -> Path:
    """Write the recipe and the manifest that separate processes build from."""
    folder.mkdir()
    pairs.manifest.write(folder / "videos.parquet")
    (folder / "recipe.yaml").write_text(pairs.recipe.to_yaml())
    return folder


def started(place: Path, root: Path, out: Path, part: str, **environ: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vidsynth", "run", str(place / "recipe.yaml"), "--out", str(out), "--workers", "1"]
    command += ["--src", str(place / "videos.parquet"), "--root", str(root), "--shards", part]
    return subprocess.Popen(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        env=os.environ | environ,
    )  # fmt: skip


def test_four_slices_in_four_processes_leave_the_bytes_of_one_build(
    many: TubeletPairs, twelve: Path, tmp_path: Path
) -> None:
    build(many, tmp_path / "whole", workers=0, progress=False)
    place, out = begun(many, tmp_path / "asked"), tmp_path / "out"
    # All at once into a folder that is not there; one is a task of a Slurm array.
    parts = [started(place, twelve, out, f"{number}/4") for number in (1, 2, 3)]
    parts.append(started(place, twelve, out, "slurm", **slurm("3", "0", "3", "4")))
    # One is killed with all its processes, once it has begun.
    while parts[1].poll() is None and not (out / ".vidsynth/slices/2-of-4.json").exists():
        time.sleep(0.01)
    os.killpg(parts[1].pid, signal.SIGKILL)
    for number, part in enumerate(parts, 1):
        said, wrong = part.communicate(timeout=120)
        if number != 2:
            assert part.returncode == 0, wrong
            assert f"slice {number}/4 is built" in said and "vidsynth finish" in said
    missing = finish(out)
    assert missing.missing == (1, 5) and missing.slices == (Slice(2, 4),)
    assert not (out / "vidsynth.json").exists()
    (command,) = missing.commands()
    again = subprocess.run(
        [sys.executable, "-m", *command.split()], capture_output=True, text=True, check=True, timeout=120
    )
    assert "slice 2/4 is built: 80 samples in 2 shards" in again.stdout
    closed = subprocess.run([sys.executable, "-m", "vidsynth", "finish", str(out)], capture_output=True, text=True)
    assert (closed.returncode, closed.stderr) == (0, "")
    assert "finished. 240 samples in 6 shards, 0 absent." in closed.stdout
    assert contents(out) == contents(tmp_path / "whole")
    assert verify(out, rerender=3) == []
    assert not any((out / ".vidsynth" / name).exists() and any((out / ".vidsynth" / name).iterdir())
                   for name in ("tmp", "crumbs"))  # fmt: skip
    summaries = [json.loads((folder / "vidsynth.json").read_text()) for folder in (out, tmp_path / "whole")]
    for summary in summaries:
        for facts in (summary, *summary["shards"]):
            del facts["seconds"]
    assert summaries[0] == summaries[1]


def test_finish_says_what_is_missing_and_exits_with_1(pairs: TubeletPairs, tmp_path: Path) -> None:
    run(pairs, tmp_path, QUIET, Slice(1, 3))
    command = [sys.executable, "-m", "vidsynth", "finish", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True)
    assert said.returncode == 1 and said.stdout == ""
    assert said.stderr.splitlines() == [
        f"vidsynth: {tmp_path}: 2 of 4 shards are missing: 1-2.",
        "They are of slices 2-3 of 3.",
        "Build them with:",
        f"  vidsynth run {tmp_path}/recipe.yaml --out {tmp_path} --shards 2/3",
        f"  vidsynth run {tmp_path}/recipe.yaml --out {tmp_path} --shards 3/3",
    ]
    found = subprocess.run([*command, "--json"], capture_output=True, text=True)
    assert found.returncode == 1
    assert json.loads(found.stdout)["missing"] == [1, 2] and json.loads(found.stdout)["slices"] == ["2/3", "3/3"]
    # Slices of several numbers: only a whole build is sure to be right.
    run(pairs, tmp_path, QUIET, Slice(2, 2))
    assert finish(tmp_path).commands() == [f"vidsynth run {tmp_path}/recipe.yaml --out {tmp_path}"]
    assert len(build(pairs, tmp_path, workers=0, progress=False)) == 12
    assert finish(tmp_path).missing == ()
    with pytest.raises(ShardError, match="no build here"):
        finish(tmp_path / "nowhere")


def test_slices_exclude_whole_builds_each_other_again_and_those_of_another_number(
    pairs: TubeletPairs, tmp_path: Path
) -> None:
    run(pairs, tmp_path, QUIET, Slice(1, 3))
    folder = BuildFolder(tmp_path)
    with locked(folder, Slice(2, 3)):
        assert slices_at_work(folder) == [Slice(2, 3)]
        with pytest.raises(ShardError, match=rf"another vidsynth build is at work here \(process {os.getpid()} of"):
            build(pairs, tmp_path, workers=0, progress=False)
        with pytest.raises(ShardError, match=r"slice 2/3 is being built already \(process"):
            run(pairs, tmp_path, QUIET, Slice(2, 3))
        with pytest.raises(ShardError, match="slices of 3 are being built here, and 1/4 has shards in common"):
            run(pairs, tmp_path, QUIET, Slice(1, 4))
        assert finish(tmp_path).at_work == (Slice(2, 3),)
        run(pairs, tmp_path, QUIET, Slice(3, 3))
    with locked(folder), pytest.raises(ShardError, match="another vidsynth build is at work here"):
        run(pairs, tmp_path, QUIET, Slice(2, 3))
    run(pairs, tmp_path, QUIET, Slice(2, 3))
    assert finish(tmp_path).missing == () and len(load(tmp_path)) == 12


def test_a_slice_clears_its_own_scratch_only(pairs: TubeletPairs, tmp_path: Path) -> None:
    run(pairs, tmp_path, QUIET, Slice(1, 4))
    folder = BuildFolder(tmp_path)
    for shard in (1, 2):
        for scratch in (folder.crumb(shard), folder.tmp / f"train-{shard:05d}-of-00004.arrow.elsewhere-7"):
            scratch.parent.mkdir(exist_ok=True)
            scratch.touch()
    run(pairs, tmp_path, QUIET, Slice(2, 4))
    assert [file.name for file in folder.tmp.iterdir()] == ["train-00002-of-00004.arrow.elsewhere-7"]
    assert [file.name for file in folder.crumb(0).parent.iterdir()] == ["00002"]


def test_a_slice_refuses_overwrite_and_other_recipes(pairs: TubeletPairs, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="--overwrite: would delete what other slices"):
        run(pairs, tmp_path, Settings(overwrite=True), Slice(1, 2))
    run(pairs, tmp_path, QUIET, Slice(1, 2))
    other = TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"seed": 1}))
    with pytest.raises(ShardError, match="holds another recipe"):
        run(other, tmp_path, QUIET, Slice(2, 2))


def test_max_failures_and_retry_speak_of_the_slice(
    twelve: Path, make_pairs: Callable[..., TubeletPairs], tmp_path: Path
) -> None:
    root = tmp_path / "videos"
    shutil.copytree(twelve, root)
    for file in root.rglob("v0[0-3].mp4"):
        mended = file.read_bytes()
        file.write_bytes(b"")
    pairs, out = make_pairs(root), tmp_path / "out"
    with pytest.raises(BuildError, match="more than the 0 allowed"):
        run(pairs, out, Settings(workers=0, progress=False, max_failures="10%"), Slice(1, 2))  # of 6, not of 12
    reports = [run(pairs, out, QUIET, Slice(number, 2)) for number in (1, 2)]
    assert sum(report.rows + report.absent for report in reports) == 12
    assert all(report.samples == 6 for report in reports)
    for file in root.rglob("v0[0-3].mp4"):
        file.write_bytes(mended)
    pairs = TubeletPairs(pairs.manifest, pairs.recipe)
    run(pairs, out, Settings(workers=0, progress=False, retry_failed=True), Slice(1, 2))
    assert all(not done.failures for done in BuildFolder(out).finished(pairs.recipe.hash()).values() if
               done.shard in Slice(1, 2))  # fmt: skip


def test_spans() -> None:
    assert spans([]) == "" and spans([4]) == "4" and spans(range(0, 60, 2)).endswith("22 and 18 more")  # type: ignore[arg-type]
