"""Disks that fill, fail, or cannot be written; a clock that jumps; a folder in use: what is said, and resumed."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vidsynth import TubeletPairs, build, load, verify
from vidsynth.cli.main import run
from vidsynth.errors import ShardError

linux = pytest.mark.skipif(sys.platform != "linux", reason="mounts and preloads as Linux does")


@pytest.fixture
def whole(pairs: TubeletPairs, tmp_path: Path) -> Path:
    """An undisturbed build."""
    build(pairs, tmp_path / "whole", workers=0, progress=False)
    return tmp_path / "whole"


def data(out: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (out / "data").iterdir()}


def vidsynth(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vidsynth", *map(str, words)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True)


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> str:
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no C compiler here to make a failing disk with")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    source = Path(__file__).parent / "faults.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return str(library)


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        (errno.EIO, 1, "the disk gives I/O errors"),
        (errno.EROFS, 2, "cannot be written: Read-only file system"),
    ],
)
def test_a_disk_that_fails_in_the_middle_of_a_build(
    whole: Path, tmp_path: Path, preloaded: str, number: int, status: int, said: str
) -> None:
    out = tmp_path / "out"
    faults = {"FAULT_PLACE": str(out), "FAULT_SYNCS": "9", "FAULT_ERRNO": str(number)}
    done = vidsynth("run", whole / "recipe.yaml", "--out", out, "--workers", 1, LD_PRELOAD=preloaded, **faults)
    assert done.returncode == status and said in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert "inished shards are safe" in done.stderr and "the same command resumes" in done.stderr
    assert 0 < len(list((out / ".vidsynth/done").glob("*.json"))) < 4
    command = ["run", str(whole / "recipe.yaml"), "--out", str(out)]
    with pytest.raises(SystemExit) as ended:
        run([*command, "--workers", "1"])
    assert ended.value.code == 0 and data(out) == data(whole) and verify(out) == []


def test_no_byte_and_no_time_limit_depends_on_the_clock(whole: Path, tmp_path: Path, preloaded: str) -> None:
    out = tmp_path / "out"
    done = vidsynth(
        "run", whole / "recipe.yaml", "--out", out, "--workers", 1, "--video-timeout", 60,
        LD_PRELOAD=preloaded, FAULT_CLOCK="1",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert data(out) == data(whole) and verify(out) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@linux
def test_a_disk_that_fills_and_is_made_room_on(whole: Path, small_disk: Path) -> None:
    out = small_disk / "out"
    done = vidsynth("run", whole / "recipe.yaml", "--out", out, "--workers", 1, "--set", "payload.kind=raw")
    assert done.returncode == 1 and "the disk (or your quota) is full. Finished shards are safe" in done.stderr
    assert f"Resume with:\n  vidsynth run {out}/recipe.yaml --out {out}" in done.stderr
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    with pytest.raises(SystemExit) as ended:
        run(["run", str(out / "recipe.yaml"), "--out", str(out), "--workers", "1"])
    assert ended.value.code == 0 and len(load(out)) == 12 and verify(out) == []


@linux
def test_a_disk_that_cannot_be_written_is_named(pairs: TubeletPairs, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=8m", small_disk], check=True)
    out = small_disk / "out"
    build(pairs, out, workers=0, progress=False)
    (out / "vidsynth.json").unlink()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(ShardError, match=r"cannot be written: Read-only file system"):
        build(pairs, out, workers=0, progress=False)
    assert len(list((out / "data").iterdir())) == 4


@linux
def test_a_folder_in_use_is_refused_with_its_holder_and_free_once_that_is_killed(
    twelve: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["tubelets", "--src", str(twelve), "--out", str(out), "--workers", "1", "--frames", "4", "--size", "32"]
    words += [
        "--set",
        "pairs.videos_per_shard=2",
        "--set",
        "pairs.per_video=60",
        "--set",
        "tubelets.box_scales=[8, 12]",
    ]
    first = subprocess.Popen([sys.executable, "-m", "vidsynth", *words], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not any((out / "data").glob("*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    with pytest.raises(SystemExit) as ended:
        run(words)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert f"{out}: another vidsynth build is at work here (process {first.pid} of " in said
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert not (out / "vidsynth.json").exists()
    with pytest.raises(SystemExit) as ended:
        run(words)  # the lock file still bears the first one's name
    assert ended.value.code == 0 and len(load(out)) == 720


def test_a_recipe_that_changed_between_runs_is_refused_with_the_differences(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", str(whole / "recipe.yaml"), "--out", str(tmp_path / "whole"), "--workers", "1"]
    (whole / "vidsynth.json").unlink()
    with pytest.raises(SystemExit) as ended:
        run([*command, "--set", "clip.frames=3"])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and "clip.frames   4 → 3" in said and "or --overwrite to delete its 4 finished" in said


def test_an_overwriting_build_that_is_cut_short_leaves_a_build_folder(
    pairs: TubeletPairs, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole / "notes.txt").write_text("mine")
    other = TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"seed": 1}))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(pairs.manifest), "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        build(other, whole, workers=0, progress=False, overwrite=True)
    assert len(build(other, whole, workers=0, progress=False)) == 12  # of the new recipe, and it knows
    assert (whole / "notes.txt").read_text() == "mine"
