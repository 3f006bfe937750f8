"""`vidsynth before-after` as a user meets it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from vidsynth import load

Run = Callable[..., subprocess.CompletedProcess[str]]
CAPTIONS = """path,video_id,start_s,end_s,text,split
a.mp4,a1,0,0.4,"He runs, fast.",train
a.mp4,a2,0.6,1.0,He sits.,train
a.mp4,a3,1.2,1.3,He left before noon.,train
b.mp4,b1,0,0.4,It rains.,val
b.mp4,b2,0.5,1.0,It snows.,val
b.mp4,b3,1.1,1.3,It shines.,val
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    root = tmp_path_factory.mktemp("captions")
    (root / "captions.csv").write_text(CAPTIONS)
    for name in ("a.mp4", "b.mp4"):
        make_video(root / name, frames=33)
    return root


@pytest.fixture
def run(folder: Path) -> Run:
    def call(*args: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vidsynth", "before-after", *map(str, args)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=os.environ)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


def test_pairs_are_written_checked_and_audited(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "pairs.parquet"
    done = run("--src", "captions.csv", "--out", out, "--relations", "before", "--set", "negatives=same-video")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{out}: 2 stitched clips of 2 pairs.\n")
    assert "− events with a temporal word" in done.stdout and "− pairs not chosen" in done.stdout
    assert pq.read_table(out)["text"].to_pylist()[0] == "he runs fast before he sits"

    done = run("check", out)
    assert (done.returncode, done.stdout) == (
        0,
        f"{out}: sound. 2 captions parse back, and reversed twice are what they were.\n",
    )
    done = run("audit", out, "--draws", 2)
    assert done.returncode == 0 and done.stdout.startswith("Trained on train, asked about val: 1 pairs")
    assert [line.split()[3] for line in done.stdout.splitlines()[2:]] == ["50.0%", "50.0%"]

    table = pq.read_table(out)
    number = table.column_names.index("text")
    pq.write_table(table.set_column(number, "text", [["he sits"] * len(table)]), out)
    done = run("check", out)
    assert done.returncode == 3 and "text does not parse: 'he sits'" in done.stderr


def test_clips_are_rendered_resumed_and_rebuilt(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "shards"
    options = ("--src", "captions.csv", "--out", out, "--render", "--size", "32x48", "--frames", 3, "--workers", 1)
    done = run(*options, "--payload", "raw", "--set", "rows_per_shard=2", "--set", "evaluation_splits=[]")
    assert done.returncode == 0, done.stderr
    shards = load(out)
    assert len(shards) == 8 and shards[0]["clip"].shape == shards[0]["reversed_clip"].shape == (6, 32, 48, 3)
    assert [sample["caption"] for sample in shards][:2] == ["he sits after he runs fast", "he runs fast before he sits"]
    again = run(*options, "--payload", "raw", "--set", "rows_per_shard=2")
    assert again.returncode == 2 and "holds another recipe" in again.stderr
    (out / "vidsynth.json").unlink()
    resume = [sys.executable, "-m", "vidsynth", "run", str(out / "recipe.yaml"), "--out", str(out)]
    assert subprocess.run(resume, capture_output=True, check=True).returncode == 0
    assert len(load(out)) == 8
    run("--src", "captions.csv", "--out", tmp_path / "pairs.parquet")
    pairs = [sys.executable, "-m", "vidsynth", "run", "stitched", "--src", str(tmp_path / "pairs.parquet")]
    pairs += ["--root", str(folder), "--set", "clip.size=[32, 32]", "--out", str(tmp_path / "other")]
    assert subprocess.run(pairs, capture_output=True, check=True).returncode == 0
    assert len(load(tmp_path / "other")) == 4


def test_a_dry_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    done = run("--src", "captions.csv", "--render", "--dry-run", "--out", tmp_path / "shards")
    assert done.returncode == 0 and "4 samples in 1 shards, from 2 videos." in done.stdout
    assert not (tmp_path / "shards").exists()


def test_presets_are_listed_and_lists_make_splits(run: Run, folder: Path, tmp_path: Path) -> None:
    assert [line.split()[0] for line in run("presets").stdout.splitlines()] == [
        "default", "charades-paper", "charades-clean", "anet-paper-like", "tempo-tl",
    ]  # fmt: skip
    assert "self_pairs: true\n" in run("presets", "charades-paper").stdout
    (tmp_path / "test.txt").write_text("b\n")
    done = run("--src", "captions.csv", "--list", f"test={tmp_path / 'test.txt'}", "--out", tmp_path / "p.parquet")
    assert done.returncode == 0, done.stderr
    assert set(pq.read_table(tmp_path / "p.parquet")["split"].to_pylist()) == {"test"}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--out", "x.parquet"), "--src is needed"),
        (("--src", "captions.csv"), "--out is needed"),
        (("--src", "captions.csv", "--out", "x.txt"), "x.txt: pairs are written as .parquet, .csv, .jsonl"),
        (("--src", "captions.csv", "--out", "no/x.parquet"), "no such folder as no"),
        (("--src", "captions.csv", "--out", "x.parquet", "--frames", 3), "only with --render"),
        (("--src", "captions.csv", "--out", "x.parquet", "--set", "overlp=iou"), "'overlp'; did you mean 'overlap'?"),
        (("--src", "captions.csv", "--out", "x.parquet", "--preset", "charades"), "no preset 'charades'"),
        (("--src", "captions.csv", "--out", "x.parquet", "--list", "val"), "write SPLIT=FILE"),
        (("--src", "captions.csv", "--out", "x.parquet", "--set", "min_gap=99"), "the rules left no pair"),
        (("--src", "captions.csv", "--out", "x", "--render", "--set", "clip.sise=3"), "did you mean 'clip.size'?"),
        (("--src", "captions.csv", "--out", "x", "--render", "--size", "big"), "'big' is not a size"),
        (("audit", "captions.csv"), "captions.csv: not readable as Parquet"),
        (("chek", "x"), "no command 'chek'; did you mean 'check'?"),
    ],
)
def test_wrong_input_is_said_in_a_line(run: Run, folder: Path, args: tuple[object, ...], message: str) -> None:
    done = run(*args)
    assert done.returncode == 2 and message in done.stderr
    assert not list(folder.glob("x*"))
