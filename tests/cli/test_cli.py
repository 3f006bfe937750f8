"""The command line as a user meets it: in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import load

Run = Callable[..., subprocess.CompletedProcess[str]]
FEW = ("--size", "32", "--frames", "4", "--set", "tubelets.box_scales=[8, 12]", "--workers", "1")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run("tubelets", "--src", ...)`: run vidsynth in an empty folder; a traceback fails the test."""
    where = tmp_path / "cwd"
    where.mkdir()

    def call(*args: object, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vidsynth", *map(str, args)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=where, env=os.environ | env)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    root = tmp_path_factory.mktemp("few")
    for number in range(4):
        make_video(root / f"v{number}.mp4", frames=10)
    return root


def test_the_main_job_end_to_end(run: Run, few: Path, tmp_path: Path) -> None:
    out = tmp_path / "shards"
    done = run("tubelets", "--src", few, "--out", out, *FEW)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{out}: 4 samples in 1 shards, ")
    assert load(out)[0]["clip1"].shape == (4, 32, 32, 3)

    again = run("tubelets", "--src", few, "--out", out, *FEW)
    assert again.returncode == 0 and again.stdout == done.stdout

    checked = run("verify", out, "--rerender", 2)
    assert checked.returncode == 0
    assert checked.stdout == f"{out}: sound. 4 samples in 1 shards, 2 made again and equal.\n"

    copy = run("run", out / "recipe.yaml", "--out", tmp_path / "copy")
    assert copy.returncode == 0, copy.stderr
    for file in (out / "data").iterdir():
        assert file.read_bytes() == (tmp_path / "copy/data" / file.name).read_bytes()

    data = next((out / "data").iterdir())
    data.write_bytes(data.read_bytes()[:-1])
    checked = run("verify", out)
    assert checked.returncode == 3 and "data/train-00000-of-00001.arrow" in checked.stderr


def test_a_dry_run_says_what_it_would_take_and_writes_nothing(run: Run, few: Path, tmp_path: Path) -> None:
    done = run("tubelets", "--src", few, "--out", tmp_path / "out", "--dry-run", *FEW)
    assert done.returncode == 0
    assert done.stdout.startswith("4 samples in 1 shards, from 4 videos.\nabout ")
    assert not (tmp_path / "out").exists()


def test_options_reach_the_recipe(run: Run, few: Path, tmp_path: Path) -> None:
    done = run(
        "tubelets", "--src", few, "--out", tmp_path / "out", *FEW, "--recipe", "tubelets-table5-3",
        "--motion", "linear", "--transforms", "scale,shear", "--truth", "boxes,tracks", "--payload", "raw",
        "--seed", 7, "--limit", 3, "--fraction", "0.75", "--set", "pairs.per_video=2",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    recipe = load(tmp_path / "out").recipe
    assert recipe["tubelets"]["count"] == 3 and recipe["tubelets"]["arithmetic"] == "exact"
    assert recipe["tubelets"]["motion"] == "linear" and recipe["tubelets"]["transforms"] == ["scale", "shear"]
    assert recipe["truth"] == ["boxes", "tracks"] and recipe["payload"]["kind"] == "raw"
    assert (recipe["seed"], recipe["limit"], recipe["source"]["fraction"]) == (7, 3, 0.75)
    assert recipe["pairs"]["per_video"] == 2 and recipe["source"]["name"] == "folder"
    assert recipe["source"]["classes"] is None  # the table's own source was left for the folder
    assert set(load(tmp_path / "out")[0]) >= {"boxes", "tracks", "tracks_visible"}


def test_darkening_end_to_end(run: Run, few: Path, tmp_path: Path) -> None:
    small = ("--size", "32", "--frames", "4", "--workers", "1")
    done = run("lowlight", "--src", few, "--out", tmp_path / "dark", *small, "--target-y", "25", "--per-video", 2)
    assert done.returncode == 0, done.stderr
    samples = load(tmp_path / "dark")
    assert len(samples) == 8 and all(abs(sample["y_after"] - 25) < 1 for sample in samples)
    assert run("verify", tmp_path / "dark", "--rerender", 2).returncode == 0

    done = run("lowlight", "--src", few, "--out", tmp_path / "range", *small, "--target-y", "5-40", "--seed", 3)
    targets = [sample["target_y"] for sample in load(tmp_path / "range")]
    assert done.returncode == 0 and min(targets) >= 5 and max(targets) <= 40 and len(set(targets)) == 4

    done = run("lowlight", "--src", few, "--out", tmp_path / "share", *small, "--exposure", "0.1", "--payload", "none")
    assert done.returncode == 0, done.stderr
    assert {(sample["exposure"], sample["target_y"]) for sample in load(tmp_path / "share")} == {(6554 / 65536, None)}


def test_failures_are_summed_up_and_the_exit_is_good(run: Run, few: Path, tmp_path: Path) -> None:
    root = tmp_path / "videos"
    root.mkdir()
    for file in few.iterdir():
        (root / file.name).symlink_to(file)
    (root / "broken.mp4").write_bytes(b"")
    done = run("tubelets", "--src", root, "--out", tmp_path / "out", *FEW)
    assert done.returncode == 0
    assert "1 video could not be read; the 2 of 5 samples that need them are absent" in done.stderr
    assert "1  empty file (0 bytes)" in done.stderr
    assert "--retry-failed" in done.stderr
    stopped = run("tubelets", "--src", root, "--out", tmp_path / "out2", *FEW, "--max-failures", "1%")
    assert stopped.returncode == 1 and "more than the 0 allowed" in stopped.stderr


def test_a_full_disk_is_said_and_the_same_command_resumes(few: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build = (
        f"{sys.executable} -m vidsynth tubelets --src {few} --out {out} {' '.join(FEW[:4])} --payload raw --workers 1"
    )
    # A limit on the size of files stands for a quota: 16 blocks of 512 bytes, less than one shard.
    full = subprocess.run(["sh", "-c", f"ulimit -f 16; exec {build}"], capture_output=True, text=True)
    assert full.returncode == 1 and "Traceback" not in full.stderr
    assert f"{out}: the disk (or your quota) is full" in full.stderr
    assert not list((out / "data").iterdir())
    again = subprocess.run(["sh", "-c", f"exec {build}"], capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert len(load(out)) == 4


WRONG = [
    (("tubelets",), "Missing option '--src'"),
    (("tubelets", "--src", "demoo"), "no source 'demoo'; did you mean 'demo'"),
    (("tubelets", "--src", "k400", "--out", "x"), "VIDSYNTH_ROOTS=k400="),
    (("tubelets", "--src", "FEW"), "--out is needed"),
    (("tubelets", "--src", "FEW", "--out", "x", "--motion", "nonlinaer"), "did you mean 'nonlinear'"),
    (("tubelets", "--src", "FEW", "--out", "x", "--size", "big"), "'big' is not a size"),
    (("tubelets", "--src", "FEW", "--out", "x", "--set", "clip.farmes=3"), "did you mean 'clip.frames'"),
    (("tubelets", "--src", "FEW", "--out", "x", "--set", "clip.frames"), "write KEY=VALUE"),
    (("tubelets", "--src", "FEW", "--out", "x", "--set", "clip.frames=[1"), "--set clip.frames=[1: not YAML"),
    (("tubelets", "--src", "FEW", "--out", "x", "--recipe", "tubelets-211"), "did you mean 'tubelets-112'"),
    (("tubelets", "--src", "FEW", "--out", "x", "--recipe", "absent.yaml"), "absent.yaml: no such recipe file"),
    (("tubelets", "--src", "FEW", "--out", "x", "--max-failures", "lots"), "max_failures: must be"),
    (("tubelets", "--src", "FEW", "--out", "x", "--workers", "0"), "--workers"),
    (("tubelets", "--src", "FEW", "--out", "x", "--classes", "mini-kinetics-200"), "none of the 200 classes"),
    (("tubelets", "--src", "FEW", "--out", "x", "--split", "train"), "has no split 'train'; it has none"),
    (("tubelets", "--src", "FEW", "--out", "/proc/nowhere"), "cannot be written"),
    (("lowlight", "--src", "FEW", "--out", "x", "--target-y", "dark"), "neither a number nor a range such as 5-40"),
    (("lowlight", "--src", "FEW", "--out", "x", "--target-y", "300"), "target_y: must lie in 0 to 255"),
    (("lowlight", "--src", "FEW", "--out", "x", "--target-y", "9", "--exposure", "1"), "give one"),
    (("lowlight", "--src", "FEW", "--out", "x", "--recipe", "lowlight-met"), "did you mean 'lowlight-maet'"),
    (("lowlight", "--src", "FEW", "--out", "x", "--recipe", "tubelets-112"), "'tubelets' is not one of lowlight"),
    (("tubelet", "--src", "FEW"), "no command 'tubelet'; did you mean 'tubelets'"),
    (("tubelets", "--source", "FEW"), "No such option '--source'"),
    (("run", "absent.yaml", "--out", "x"), "absent.yaml: no such recipe file"),
    (("verify", "absent"), "no build here"),
    (("recipes", "tubelets-113"), "did you mean"),
]


@pytest.mark.parametrize(("args", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_input_is_one_clear_line_and_exit_2(run: Run, few: Path, args: tuple[str, ...], said: str) -> None:
    done = run(*(few if arg == "FEW" else arg for arg in args))
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith("vidsynth: ")]
    assert len(lines) == 1 and said in lines[0]
    assert done.stdout == ""


def test_sources_says_where_it_looked_and_what_it_found(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data/kinetics400").mkdir(parents=True)
    done = run("sources", VIDSYNTH_ROOTS=str(tmp_path / "data"))
    assert done.returncode == 0
    assert f"not there  {tmp_path}/data/charades, " in done.stdout
    assert f"found      {tmp_path}/data/kinetics400  (said by VIDSYNTH_ROOTS)" in done.stdout
    assert "mini-kinetics-200" in done.stdout and "--root FOLDER" in done.stdout


def test_recipes_are_listed_and_printed_in_full(run: Run) -> None:
    listed = run("recipes")
    assert listed.returncode == 0 and "tubelets-table4-shear" in listed.stdout
    printed = run("recipes", "tubelets-224")
    assert "size: [224, 224]" in printed.stdout and "rotation_speed: 6.0" in printed.stdout


def test_help_names_every_command(run: Run) -> None:
    done = run("--help")
    for name in ("tubelets", "run", "verify", "sources", "index", "recipes"):
        assert f"\n  {name} " in done.stdout
        assert run(name, "--help").returncode == 0
    assert run("--version").stdout.startswith("vidsynth 0.")


def test_a_fault_of_ours_is_said_without_a_traceback(run: Run, few: Path, tmp_path: Path) -> None:
    """A generator of a third party that raises what no generator should."""
    package = tmp_path / "plugin"
    (package / "bad-1.dist-info").mkdir(parents=True)
    (package / "bad-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: bad\nVersion: 1\n")
    (package / "bad-1.dist-info/entry_points.txt").write_text("[vidsynth.generators]\nbad = bad\n")
    (package / "bad.py").write_text("raise RuntimeError('out of cheese')\n")
    (tmp_path / "bad.yaml").write_text("generator: bad\n")
    done = run("run", tmp_path / "bad.yaml", "--out", "x", "--src", few, PYTHONPATH=str(package))
    assert done.returncode == 1
    assert "a fault of vidsynth's own: RuntimeError: out of cheese" in done.stderr
