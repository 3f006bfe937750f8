"""Modality splits as a user makes and checks them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from vidsynth import Manifest
from vidsynth.cli import main

SPEC = "train: {A: rgb, B: audio}\nval: [rgb+audio]\ntest: [rgb+audio]\nsizes: {val: 0.1, test: 0.1}\ngroup: video\n"


class Done(NamedTuple):
    """What a command printed, and how it ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("modality", "--src", ...)`: run `vidsynth splits` in a folder with a manifest and a spec."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.yaml").write_text(SPEC)
    columns = {"video_id": [f"c{n:03d}" for n in range(120)], "path": [f"v{n // 4:02d}.mp4" for n in range(120)]}
    more = {"modalities": [["rgb", "audio"]] * 120, "labels": [[str(n % 3)] for n in range(120)]}
    Manifest.from_columns(columns | more, tmp_path).write(tmp_path / "clips.csv")

    def call(*args: object) -> Done:
        with pytest.raises(SystemExit) as ended:
            main.run(["splits", *map(str, args)])
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, *capsys.readouterr())

    return call


def test_in_processes_of_their_own(run: Run, tmp_path: Path) -> None:
    make = "modality --src clips.csv --spec spec.yaml --out split.parquet"
    for args, said in ((make, "split.parquet: 120 rows in 4 parts"), ("check split.parquet", "shown ")):
        command = [sys.executable, "-m", "vidsynth", "splits", *args.split()]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
        assert done.stdout.startswith(said) and not done.stderr


def test_made_checked_drawn_and_spoiled(run: Run, tmp_path: Path) -> None:
    made = run("modality", "--src", "clips.csv", "--spec", "spec.yaml", "--out", "split.parquet", "--lists", "lists",
               "--report", "report.json")  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("split.parquet: 120 rows in 4 parts, by video; 0 left out.\n  A     train ")
    assert (
        "ok       unseen in test: rgb+audio is unseen; 1 of 1 pairs never shown together in training; 12 rows"
        in made.stdout
    )
    report = json.loads((tmp_path / "report.json").read_text())
    assert {part["name"]: part["rows"] for part in report["parts"]} == {"A": 48, "B": 48, "val": 12, "test": 12}
    names = ("A", "B", "val", "test")
    listed = [line for part in names for line in (tmp_path / f"lists/{part}.csv").read_text().split()]
    assert sorted(listed) == [f"c{n:03d}" for n in range(120)]

    checked = run("check", "split.parquet", "--picture", "matrix.png")
    assert checked.returncode == 0 and checked.stdout in made.stdout
    with Image.open(tmp_path / "matrix.png") as picture:
        assert picture.width > 300 and picture.height > 100
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 20
    assert json.loads(run("check", "split.parquet", "--json").stdout)["evaluated"][0]["relation"] == "unseen"

    missing = run("check", "split.parquet", "--root", tmp_path)
    assert missing.returncode == 3 and "VIOLATED files: 30 are not under" in missing.stdout

    split = Manifest.read(tmp_path / "split.parquet")
    split.replaced({"modalities": [["rgb", "audio"]] * 120}).write(tmp_path / "spoiled.parquet")
    spoiled = run("check", "spoiled.parquet")
    assert spoiled.returncode == 3 and "VIOLATED unseen in test: rgb+audio is seen in training" in spoiled.stdout
    assert run("check", "spoiled.parquet", "--allow-covered").returncode == 0


def test_a_seed_on_the_command_line_and_json(run: Run, tmp_path: Path) -> None:
    def make(seed: int, out: str) -> bytes:
        done = run("modality", "--src", "clips.csv", "--spec", "spec.yaml", "--out", out, "--seed", seed, "--json")
        assert json.loads(done.stdout)["spec"]["seed"] == seed
        return (tmp_path / out).read_bytes()

    assert make(5, "one.parquet") == make(5, "two.parquet") != make(6, "three.parquet")


def test_what_rows_have_comes_from_options(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sound.csv").write_text("".join(f"v{n:02d}\n" for n in range(25)))
    for n in range(20):
        (tmp_path / f"flow/v{n:02d}").mkdir(parents=True)
    spec = tmp_path / "flow.yaml"
    spec.write_text("train: [flow, audio]\ntest: [flow+audio]\nsizes: {A: 30, B: 30, test: 20}\n")
    done = run("modality", "--src", "clips.csv", "--spec", spec, "--out", "s.parquet", "--have", "audio=sound.csv",
               "--have", "flow=flow/{name}")  # fmt: skip
    assert done.returncode == 0, done.stderr
    available = Manifest.read(tmp_path / "s.parquet").extra_column("available").to_pylist()
    assert {tuple(one) for one in available} <= {("flow", "audio", "rgb"), ("audio", "rgb")}
    assert "40 left out" in done.stdout


def test_leaving_each_set_out(run: Run, tmp_path: Path) -> None:
    names = "rgb,audio"
    (tmp_path / "loo.yaml").write_text("train: [rgb, audio]\ntest: [rgb+audio]\nsizes: {test: 0.2}\n")
    done = run("modality", "--src", "clips.csv", "--spec", "loo.yaml", "--out", "folds", "--leave-one-out", names)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "folds/rgb+audio.parquet: A 96, test 24 rows; unseen in training; every invariant holds\n"
    assert run("check", "folds/rgb+audio.parquet").returncode == 0


WRONG = [
    (("--spec", "epic-unsene"), "no recipe 'epic-unsene'; did you mean 'epic-unseen-modality'"),
    (("--spec", "nowhere.yaml"), "nowhere.yaml: no such recipe file"),
    (("--spec", "epic-unseen-modality"), "no column 'participant_id', nor is it in `extra`"),
    (("--have", "audio"), "--have audio: write NAME=LIST.csv"),
    (("--have", "audio=none.csv"), "none.csv: not readable as CSV"),
    (("--have", "audio=x/{video_id}"), "audio: no row of"),
    (("--available", "spec.yaml"), "line 2 has"),
    (("--src", "nowhere.csv"), "nowhere.csv: no such manifest"),
    (("--out", "split.txt"), "a manifest is written as .parquet"),
    (("--out", "spec.yaml/split.parquet"), "spec.yaml/split.parquet: cannot be written"),
    (("--lists", "spec.yaml"), "spec.yaml/A.csv: cannot be written"),
    (("--report", "spec.yaml/r.json"), "spec.yaml/r.json: cannot be written"),
    (("--leave-one-out", "rgb,audio", "--report", "r.json"), "--leave-one-out makes many splits"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_input_is_one_clear_line_and_exit_2(run: Run, args: tuple[str, ...], said: str) -> None:
    options = {"--src": "clips.csv", "--spec": "spec.yaml", "--out": "split.parquet"}
    options |= dict(zip(args[::2], args[1::2], strict=True))
    done = run("modality", *(word for pair in options.items() for word in pair))
    lines = [line for line in done.stderr.splitlines() if line.startswith("vidsynth: ")]
    assert done.returncode == 2 and len(lines) == 1 and said in lines[0], done.stderr


def test_what_is_no_split_cannot_be_checked(run: Run) -> None:
    done = run("check", "clips.csv")
    assert done.returncode == 2 and "a modality split has the splits train and test; this has none" in done.stderr
