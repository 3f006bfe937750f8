"""`vidsynth time-order` as a user meets it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import load

Run = Callable[..., subprocess.CompletedProcess[str]]
SMALL = ("--set", "clip.size=[48, 48]", "--pairs", 6, "--workers", 1)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(*args: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vidsynth", "time-order", *map(str, args)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ))
        assert "Traceback" not in done.stderr and "fault of vidsynth" not in done.stderr, done.stderr
        return done

    return call


def test_build_score_audit_export(run: Run, tmp_path: Path) -> None:
    built = run("--out", "bench", "--mp4", "mp4", *SMALL)
    assert built.returncode == 0, built.stderr
    assert built.stdout.startswith("bench: 12 samples in 1 shards, ")
    assert "mp4: 12 videos in videos/" in built.stderr and (tmp_path / "mp4/captions.csv").exists()

    keys = [sample["key"] for sample in load(tmp_path / "bench", columns=["key"])]
    lines = ["id,caption,distractor", *(f"{key},1,0" for key in keys)]
    (tmp_path / "oracle.csv").write_text("\n".join(lines))
    scored = run("score", "bench", "oracle.csv")
    assert scored.returncode == 0, scored.stderr
    assert "video to text (chance 50 %)\n  all                      100.0 %   95 % interval 75.8 to 100.0   n = 12" in (
        scored.stdout
    )
    assert "group                    100.0 %   6 of 6, by chance 16.7 %" in scored.stdout
    assert '"form": "similarities"' in run("score", "bench", "oracle.csv", "--json").stdout
    (tmp_path / "oracle.csv").write_text("\n".join(lines[:-1]))
    assert run("score", "bench", "oracle.csv").stderr == (
        f"vidsynth: oracle.csv: no prediction for {keys[-1]}; every id must be there\n"
    )

    audited = run("audit", "bench")
    assert audited.returncode == 0, audited.stderr
    assert audited.stdout.count("50.00 %    50.00 %    50.00 %") == 8
    assert "whatever sees no order is at exactly 50 %" in audited.stdout
    assert run("export", "bench", "again").returncode == 0


def test_a_broken_promise_is_exit_3(run: Run, tmp_path: Path) -> None:
    assert (
        run("--out", "bench", *SMALL, "--set", "balance=captions", "--set", "events.persistence=stays").returncode == 0
    )
    leaky = run("audit", "bench")
    assert leaky.returncode == 0 and "The order shows without a sense of order: mean frame" in leaky.stdout
    recipe = tmp_path / "bench/recipe.yaml"  # the same videos under a recipe that was tampered with
    text = recipe.read_text()
    recipe.write_text(
        text.replace("persistence: stays", "persistence: goes").replace("balance: captions", "balance: full")
    )
    broken = run("audit", "bench")
    assert broken.returncode == 3 and "not at 50 %, though the recipe promises it: mean frame" in broken.stderr


def test_options_reach_the_recipe(run: Run, tmp_path: Path) -> None:
    done = run(
        "--out", "out", *SMALL, "--events", 3, "--relations", "then,between", "--background", "noise",
        "--payload", "raw", "--seed", 5, "--limit", 4, "--set", "clip.frames=60",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    recipe = load(tmp_path / "out").recipe
    assert recipe["events"]["count"] == 3 and recipe["captions"]["relations"] == ["then", "between"]
    assert (recipe["background"]["kind"], recipe["payload"]["kind"], recipe["seed"], recipe["limit"]) == (
        "noise", "raw", 5, 4,
    )  # fmt: skip


def test_videos_behind(run: Run, tmp_path: Path, make_video: Callable[..., Path]) -> None:
    (tmp_path / "videos").mkdir()
    make_video(tmp_path / "videos/a.mp4", frames=40)
    done = run("--out", "out", "--recipe", "time-order-natural", "--src", "videos", *SMALL, "--set", "objects.jitter=2")
    assert done.returncode == 0, done.stderr
    assert load(tmp_path / "out")[0]["sources"][0]["video_id"] == "a"
    assert run("audit", "out").returncode == 0


WRONG = [
    ((), "--out is needed"),
    (("--out", "x", "--src", "."), "--src . needs --background still or moving; black takes no videos"),
    (("--out", "x", "--background", "moving"), "needs videos, and the source none has none; name one with --src"),
    (("--out", "x", "--relations", "befor"), "did you mean 'before'"),
    (("--out", "x", "--recipe", "time-ordr"), "did you mean 'time-order'"),
    (("scor", "x"), "did you mean 'score'"),
    (("score", "nowhere", "p.csv"), "no build here"),
    (("audit", "."), "no build here"),
]


@pytest.mark.parametrize(("args", "said"), WRONG)
def test_wrong_input_is_one_message_and_exit_2(run: Run, args: tuple[str, ...], said: str) -> None:
    done = run(*args)
    assert done.returncode == 2 and said in done.stderr and not done.stdout


def test_a_dry_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    done = run("--dry-run", *SMALL)
    assert done.returncode == 0 and done.stdout.startswith("12 samples in 1 shards, from 0 videos.\n")
    assert not list(tmp_path.glob("*/vidsynth.json"))
