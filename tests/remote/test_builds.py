"""Builds at a URL: what a folder would hold, whole shards only, whatever is killed."""

from __future__ import annotations

import dataclasses
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import TubeletPairs, build, load, store, verify
from vidsynth.cli.main import run
from vidsynth.errors import ShardError, StoreError
from vidsynth.generator import make
from vidsynth.jobs.claim import claim
from vidsynth.jobs.finish import finish
from vidsynth.jobs.recipe_file import open_recipe
from vidsynth.jobs.run import Settings
from vidsynth.jobs.run import run as run_build
from vidsynth.jobs.slices import Slice
from vidsynth.jobs.task import Task, build_shard
from vidsynth.shards.mirror import build_folder

from .conftest import Bucket, Server, lasting, local_files

Command = Callable[..., subprocess.Popen[str]]


def data(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name.startswith("data/")}


def wait_for_markers(bucket: Bucket, folder: str, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while len(bucket.system.find(f"{bucket.name}/{folder}/.vidsynth/done")) < count:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_url_holds_what_a_folder_would(many: TubeletPairs, whole: Path, bucket: Bucket, workers: int) -> None:
    shards = build(many, f"{bucket.url}/some/out", workers=workers, progress=False)
    assert lasting(bucket.files("some/out")) == local_files(whole)
    assert bucket.uploads() == []
    stage = build_folder(f"{bucket.url}/some/out").path
    left = {file.relative_to(stage).as_posix() for file in stage.rglob("*") if file.is_file()}
    assert not [name for name in left if name.startswith(("data/", ".vidsynth/tmp/", ".vidsynth/crumbs/"))]
    local, again = load(whole), load(f"{bucket.url}/some/out")
    for position in (0, 17, len(local) - 1):
        assert local.row(position).equals(again.row(position)) and local.row(position).equals(shards.row(position))
    assert verify(f"{bucket.url}/some/out", rerender=2) == []


def test_a_killed_build_leaves_whole_shards_and_resumes_to_the_same_bytes(
    whole: Path, bucket: Bucket, command: Command
) -> None:
    out = f"{bucket.url}/out"
    expected = data(local_files(whole))
    process = command("run", str(whole / "recipe.yaml"), "--out", out, "--workers", "2")
    wait_for_markers(bucket, "out", 2, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    there = bucket.files("out")
    assert "vidsynth.json" not in there
    assert data(there).items() <= expected.items()  # none is half, none is called otherwise
    bucket.system.call_s3("create_multipart_upload", Bucket=bucket.name, Key="out/data/train-00000-of-00006.arrow")
    bucket.system.pipe_file(f"{bucket.name}/out/data/train-00007-of-00009.arrow", b"?")
    before = {name: content for name, content in there.items() if name.startswith(".vidsynth/done/")}
    build(make(*open_recipe(f"{out}/recipe.yaml")), out, workers=0, progress=False)
    files = bucket.files("out")
    assert data(files) == expected and lasting(files) == local_files(whole)
    assert before.items() <= files.items()  # what was finished was not made again
    assert bucket.uploads() == []


def test_an_interrupted_build_says_how_to_resume(whole: Path, bucket: Bucket, command: Command) -> None:
    process = command("run", str(whole / "recipe.yaml"), "--out", f"{bucket.url}/out", "--workers", "1")
    wait_for_markers(bucket, "out", 1, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    resume = said.strip().splitlines()[-1].strip()
    assert resume == f"vidsynth run {bucket.url}/out/recipe.yaml --out {bucket.url}/out"


def test_a_server_that_goes_away_stops_the_build_and_the_line_that_is_printed_resumes_it(
    whole: Path, bucket: Bucket, command: Command, s3_server: Server
) -> None:
    process = command("run", str(whole / "recipe.yaml"), "--out", f"{bucket.url}/out", "--workers", "1")
    wait_for_markers(bucket, "out", 1, process)
    s3_server.stop()
    try:
        _, said = process.communicate(timeout=120)
    finally:
        s3_server.start()
    assert process.returncode == 1 and "Traceback" not in said and "a-secret-key" not in said
    assert "cannot be reached" in said
    resume = said.strip().splitlines()[-1].strip()
    with pytest.raises(SystemExit) as end:
        run([*shlex.split(resume)[1:], "--workers", "1"])
    assert end.value.code == 0
    assert lasting(bucket.files("out")) == local_files(whole)


def test_a_large_shard_goes_in_parts(
    pairs: TubeletPairs, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = {"payload.kind": "raw", "pairs.videos_per_shard": 12, "pairs.per_video": 40}  # 480 rows of 24 KiB
    pairs = TubeletPairs(pairs.manifest, pairs.recipe.with_changes(large))
    monkeypatch.setattr(store, "PART_BYTES", 5 << 20)  # the least that S3 takes
    build(pairs, f"{bucket.url}/out", workers=0, progress=False)
    (name,) = bucket.system.find(f"{bucket.name}/out/data")
    assert bucket.system.info(name)["ETag"].strip('"').endswith("-3")
    build(pairs, tmp_path / "out", workers=0, progress=False)
    assert lasting(bucket.files("out")) == local_files(tmp_path / "out")
    assert bucket.uploads() == []


def test_another_machine_works_on_a_build_from_its_url_alone(
    many: TubeletPairs, whole: Path, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = f"{bucket.url}/out"
    claim(build_folder(out), many, overwrite=False, shards=range(6), alone=True)
    monkeypatch.setenv("VIDSYNTH_CACHE", str(tmp_path / "of another machine"))
    build_shard(Task(out, many.recipe.hash(), 3, (), {}))
    name = "data/train-00003-of-00006.arrow"
    assert data(bucket.files("out")) == {name: (whole / name).read_bytes()}
    assert list(build_folder(out).finished(many.recipe.hash())) == [3]


def test_the_name_of_a_marker_tells_what_the_marker_does(
    twelve: Path, make_pairs: Callable[..., TubeletPairs], bucket: Bucket, tmp_path: Path
) -> None:
    pairs = make_pairs(twelve)
    for video in ("running/v00.mp4", "walking/v05.mp4"):
        bucket.system.pipe_file(f"{bucket.name}/videos/{video}", b"no video")
    bucket.put(twelve, "copy")
    outs = f"{bucket.url}/out", str(tmp_path / "out")
    here, there = (build_folder(out) for out in outs)
    for out in outs:
        build(pairs, out, workers=0, progress=False)
    recipe = pairs.recipe.hash()
    local, remote = here.finished(recipe), there.finished(recipe)
    assert [dataclasses.replace(done, seconds=0) for done in local.values()] == [
        dataclasses.replace(done, seconds=0, videos="") for done in remote.values()
    ]
    assert here.finished("0" * 64) == {}
    here.unmark({2})
    bucket.system.rm(f"{bucket.name}/out/data/train-00001-of-00004.arrow")  # a marker alone is not believed
    assert list(here.finished(recipe)) == [0, 3]


def test_what_a_url_holds_of_another_recipe_is_refused_and_cleared_when_asked(
    pairs: TubeletPairs, bucket: Bucket
) -> None:
    out = f"{bucket.url}/out"
    build(pairs, out, workers=0, progress=False)
    other = TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"seed": 1, "limit": 3}))
    with pytest.raises(ShardError, match=r"s3://.* holds another recipe[\s\S]*seed +0 → 1[\s\S]*4 finished shards"):
        build(other, out, workers=0, progress=False)
    bucket.system.pipe_file(f"{bucket.name}/out/notes.txt", b"mine")
    build(other, out, workers=0, progress=False, overwrite=True)
    files = bucket.files("out")
    assert list(data(files)) == ["data/train-00000-of-00001.arrow"] and files["notes.txt"] == b"mine"
    bucket.system.pipe_file(f"{bucket.name}/photos/a.jpg", b"mine")
    with pytest.raises(ShardError, match="not empty, and no vidsynth build"):
        build(pairs, f"{bucket.url}/photos", workers=0, progress=False)


def test_of_two_recipes_that_claim_a_url_at_once_one_is_refused(pairs: TubeletPairs, bucket: Bucket) -> None:
    folder = build_folder(f"{bucket.url}/out")
    folder.refresh()
    bucket.system.pipe_file(f"{bucket.name}/out/recipe.yaml", b"seed: 7")  # of the other, just now
    folder.recipe.parent.mkdir(parents=True)
    folder.recipe.write_text(pairs.recipe.to_yaml())
    with pytest.raises(ShardError, match="another build has just begun"):
        folder.settle()
    assert bucket.files("out") == {"recipe.yaml": b"seed: 7"}


def test_slices_of_two_machines_meet_at_a_url_and_finish_closes_it(
    many: TubeletPairs, whole: Path, bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = f"{bucket.url}/out"
    for number in (1, 2):  # each on a machine of its own
        monkeypatch.setenv("VIDSYNTH_CACHE", str(tmp_path / f"machine{number}"))
        run_build(many, out, Settings(workers=0, progress=False), Slice(number, 2))
    done = finish(out)
    assert not done.missing and data(bucket.files("out")) == data(local_files(whole))
    assert verify(out) == []


def test_damage_at_a_url_is_found(pairs: TubeletPairs, bucket: Bucket) -> None:
    out = f"{bucket.url}/out"
    build(pairs, out, workers=0, progress=False)
    name = f"{bucket.name}/out/data/train-00001-of-00004.arrow"
    content = bytearray(bucket.system.cat_file(name))
    content[len(content) // 2] ^= 1
    bucket.system.pipe_file(name, bytes(content))
    bucket.system.rm(f"{bucket.name}/out/data/train-00002-of-00004.arrow")
    bucket.system.pipe_file(f"{bucket.name}/out/data/extra", b"?")
    bucket.system.rm(f"{bucket.name}/out/failures.parquet")
    assert verify(out) == [
        "data/train-00001-of-00004.arrow: its bytes have changed (sha256 differs)",
        "data/train-00002-of-00004.arrow: missing",
        "data/extra: does not belong to this build; it is not vidsynth's: move it elsewhere",
        "failures.parquet: not readable",
    ]
    stage = build_folder(out).path
    assert not [file for file in stage.rglob("*.arrow") if file.name != "manifest.arrow"]


def test_a_build_in_memory(pairs: TubeletPairs, tmp_path: Path) -> None:
    build(pairs, "memory://some/out", workers=0, progress=False)
    build(pairs, tmp_path / "out", workers=0, progress=False)
    assert load("memory://some/out").table(["index", "key"]) == load(tmp_path / "out").table(["index", "key"])
    assert verify("memory://some/out") == []


def test_a_file_url_is_a_folder(pairs: TubeletPairs, tmp_path: Path) -> None:
    build(pairs, f"file://{tmp_path}/out", workers=0, progress=False)
    assert len(load(tmp_path / "out")) == 12


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "RECIPE", "--out", "s3://no-such-bucket/out"], "s3://no-such-bucket: no such bucket"),
        (["run", "URL/out/recipe.yaml", "--out", "x"], "URL/out/recipe.yaml: not the recipe.yaml of a build"),
        (["run", "URL/mine.yaml", "--out", "x"], "URL/mine.yaml: not the recipe.yaml of a build"),
        (["verify", "URL/nothing"], "URL/nothing: no build here (no vidsynth.json)"),
        (["tubelets", "--src", "URL/no.parquet", "--out", "x"], "URL/no.parquet: not there"),
        (["tubelets", "--src", "URL/nothing", "--out", "x"], "no videos in this folder"),
        (["tubelets", "--src", "k400", "--root", "URL/k400", "--out", "x"], "are read from a folder only"),
        (["run", "RECIPE", "--out", "hf://datasets/me/it"], "build into a folder or a bucket, then push it"),
        (["run", "RECIPE", "--out", "https://me:a-secret-key@host/out"], "https://host/out: a password does not"),
        (
            ["run", "RECIPE", "--out", "nosuch://host/out"],
            "nosuch://host/out/.vidsynth/manifest.arrow: Protocol not known: nosuch",
        ),
    ],
)
def test_a_wrong_url_is_one_clear_line(
    arguments: list[str], said: str, whole: Path, bucket: Bucket, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    given = [text.replace("URL", bucket.url).replace("RECIPE", str(whole / "recipe.yaml")) for text in arguments]
    with pytest.raises(SystemExit) as end:
        run(given)
    error = capsys.readouterr().err
    assert end.value.code == 2
    assert said.replace("URL", bucket.url) in error and "a-secret-key" not in error
    assert len(error.strip().splitlines()) == 1


def test_missing_credentials_are_one_clear_line(whole: Path, bucket: Bucket, command: Command) -> None:
    process = command(
        "run", str(whole / "recipe.yaml"), "--out", f"{bucket.url}/out",
        AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None,
    )  # fmt: skip
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2 and len(said.strip().splitlines()) == 1
    assert "no access: Unable to locate credentials" in said


def test_no_secret_is_in_what_a_build_leaves(pairs: TubeletPairs, bucket: Bucket) -> None:
    build(pairs, f"{bucket.url}/out", workers=0, progress=False)
    assert not any(b"a-secret-key" in content or b"an-id" in content for content in bucket.files("out").values())
    with pytest.raises(StoreError) as error:
        store.Store(store.Url("s3://no-such-bucket")).write("a", b"")
    assert "a-secret-key" not in str(error.value)
