"""`vidsynth darkness-stats` and `vidsynth splits dark`, each in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vidsynth import Manifest


def run(*args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vidsynth", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.fixture(scope="module")
def lights(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    root = tmp_path_factory.mktemp("lights")
    for split in ("train", "val"):
        for number in range(6):
            folder = root / split / ("walking" if number % 2 else "running")
            folder.mkdir(parents=True, exist_ok=True)
            frames = np.full((8, 32, 48, 3), 15 + 20 * number, np.uint8)
            make_video(folder / f"v{number}.mp4", frames, options={"crf": "5"})
    (root / "val/walking/broken.mp4").write_bytes(b"")
    return root


def test_from_videos_to_dark_sets(lights: Path, tmp_path: Path) -> None:
    out = tmp_path / "stats"
    done = run("darkness-stats", lights, "--out", out, "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert "folder: 4 of 12 videos are dark (mean Y <= 40)." in done.stdout
    assert "train               6       2     33.3   9.7 to 70.0" in done.stdout
    assert f"--src {out}/dark.parquet --root {lights}" in done.stdout
    assert "1 video could not be read" in done.stderr

    again = run("darkness-stats", lights, "--out", out, "--threshold", 60, "--json", "--workers", 1)
    found = json.loads(again.stdout)
    assert (found["dark"], found["verdict"]["threshold"], found["out"]) == (6, 60.0, str(out))

    made = run("splits", "dark", out, "--out", tmp_path / "sets", "--pool", out)
    assert made.returncode == 2 and "no dark pool" in made.stderr  # its videos show the target classes
    (tmp_path / "none.txt").write_text("swimming\n")
    made = run("splits", "dark", out, "--out", tmp_path / "sets", "--pool", out, "--exclude", tmp_path / "none.txt")
    assert made.returncode == 0, made.stderr
    sizes = {file.stem: len(Manifest.read(file, lights)) for file in (tmp_path / "sets").glob("*.parquet")}
    assert sizes == {"dark-test": 2, "day-test": 2, "day-train": 4, "dark-pool": 4}


WRONG = [
    (("darkness-stats", "LIGHTS", "--fast", "--frames", "all"), "--fast is --frames key"),
    (("darkness-stats", "LIGHTS", "--frames", "evry"), "measure.frames: 'evry' is not all, key or uniform:N"),
    (("darkness-stats", "kinetics"), "no source 'kinetics'"),
    (("splits", "dark", "LIGHTS", "--out", "x"), "no darkness statistics here"),
    (("splits", "darc"), "did you mean 'dark'"),
]


@pytest.mark.parametrize(("args", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_input_is_one_clear_line_and_exit_2(lights: Path, args: tuple[str, ...], said: str) -> None:
    done = run(*(lights if arg == "LIGHTS" else arg for arg in args))
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.startswith("vidsynth: ")]
    assert len(lines) == 1 and said in lines[0]
