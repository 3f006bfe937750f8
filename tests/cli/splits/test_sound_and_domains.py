"""From sound to weights on the command line, as a user meets it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import Manifest, load
from vidsynth.splits.domain.presets import EPIC_COUNTS, VERBS

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def call(*args: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "vidsynth", *map(str, args)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=os.environ)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return call


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    """Videos of two kitchens with sound, and a manifest with the domain of each."""
    root = tmp_path_factory.mktemp("kitchens")
    rows = []
    for kitchen in "AB":
        for number in range(4):
            make_video(root / f"{kitchen}{number}.mp4", frames=8 + number, audio=True)
            rows.append((f"{kitchen}{number}.mp4", ["cut", "mix"][number % 2], kitchen, ["train", "test"][number // 2]))
    columns = ("path", "label", "domain", "split")
    Manifest.from_columns({name: [row[n] for row in rows] for n, name in enumerate(columns)}, root).write(
        root / "m.csv"
    )
    return root


def test_from_videos_to_weights_and_absent_labels(run: Run, root: Path, tmp_path: Path) -> None:
    rules = ("--set", "source=[A]", "--set", "target=[B]")
    done = run("splits", "domain", "--src", root / "m.csv", *rules, "--out", "shift.parquet", "--plot", "shift.png")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        f"shift.parquet: 6 rows (its videos lie under {root})\n  source          2 rows of 2 videos\n"
    )
    assert (tmp_path / "shift.png").exists()

    sounds = run("audio", "--src", "shift.parquet", "--root", root, "--recipe", "audio-logmel", "--out", "sounds",
                 "--seconds", 0.3, "--workers", 1)  # fmt: skip
    assert sounds.returncode == 0, sounds.stderr
    assert sounds.stdout.startswith("sounds: 6 samples in 1 shards, ")
    assert load(tmp_path / "sounds")[0]["features"].shape == (64, 28)
    checked = run("verify", "sounds", "--rerender", 2)
    assert checked.returncode == 0, checked.stderr

    balanced = run("splits", "balance", "--src", "shift.parquet", "--root", root, "--split", "source",
                   "--features", "sounds", "--out", "balanced.csv")  # fmt: skip
    assert balanced.returncode == 0, balanced.stderr
    row = balanced.stdout.splitlines()[2]
    assert row.split()[:7] == ["cut", "1", "1", "1.0000", "1", "x", "1.000"]
    assert row.endswith("  (k up to 1 only, its size; no elbow: one cluster)")
    made = Manifest.read(tmp_path / "balanced.csv", root)
    assert [extra.get("audio_weight") for extra in made.extras()] == [1.0, 1.0, None, None, None, None]

    (tmp_path / "scores.csv").write_text("video_id,cut,mix\nB0,0.9,0.1\nB1,0.8,0.2\n")
    absent = run(
        "splits", "absent", "--src", "shift.parquet", "--scores", "scores.csv", "--k", 1, "--out", "absent.jsonl"
    )
    assert absent.returncode == 0, absent.stderr
    assert absent.stdout.splitlines()[2].split() == ["all", "2", "1", "0.5000", "0.5000"]
    assert [extra["absent_labels"] for extra in Manifest.read(tmp_path / "absent.jsonl").extras()] == [["mix"], ["mix"]]


def test_a_preset_says_whether_its_counts_are_the_published_ones(run: Run, tmp_path: Path) -> None:
    rows = [
        (f"{domain}{split}{verb}{number}.mp4", verb, domain, split)
        for domain, both in EPIC_COUNTS.items()
        for split, sizes in zip(("train", "test"), both, strict=True)
        for verb, size in zip(VERBS, sizes, strict=True)
        for number in range(size)
    ][1:]  # the first row of D1 is missing
    columns = ("path", "label", "domain", "split")
    manifest = Manifest.from_columns({name: [row[n] for row in rows] for n, name in enumerate(columns)}, tmp_path)
    manifest.write(tmp_path / "epic.parquet")
    done = run("splits", "domain", "--src", "epic.parquet", "--preset", "epic-d1-d3", "--out", "shift.parquet")
    assert [line.strip() for line in done.stdout.splitlines()[1:4]] == [
        "source          1542 rows (published: 1543) of 1542 videos",
        "target          3897 rows (as published) of 3897 videos",
        "test            974 rows (as published) of 974 videos",
    ]
    assert "total variation 0.146" in done.stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("domain", "--src", "m.csv", "--preset", "epic-d1-d4", "--out", "x.csv"), "did you mean 'epic-d1-d"),
        (("domain", "--src", "m.csv"), "--src and --out are needed"),
        (("domain", "--src", "m.csv", "--set", "sead=1", "--out", "x.csv"), "no parameter 'sead'; did you mean 'seed'"),
        (("balance", "--src", "m.csv", "--features", "f.npy", "--out", "x.csv"), "f.npy: no such file"),
        (("balance", "--src", "m.csv", "--features", "f.npy", "--out", "x.csv", "--beta", 1), "beta: input should be"),
        (("absent", "--src", "m.csv", "--scores", "s.csv", "--out", "x.csv"), "s.csv: no such file"),
        (("blance",), "did you mean 'balance'"),
    ],
)  # fmt: skip
def test_wrong_input_is_named_in_a_line(
    run: Run, root: Path, args: tuple[object, ...], said: str, tmp_path: Path
) -> None:
    (tmp_path / "m.csv").write_bytes((root / "m.csv").read_bytes())
    done = run("splits", *args)
    assert done.returncode == 2 and said in done.stderr
    assert not (tmp_path / "x.csv").exists()


def test_the_presets_are_listed(run: Run) -> None:
    listed = run("splits", "domain", "--presets").stdout
    assert listed.startswith("epic-d1-d2 ") and len(listed.splitlines()) == 9
