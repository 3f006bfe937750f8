"""`vidsynth splits severe`, as a user types it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from vidsynth.cli.main import run
from vidsynth.manifest import Manifest


def vidsynth(*args: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        run([str(arg) for arg in args])
    return stopped.value.code if isinstance(stopped.value.code, int) else 1


@pytest.fixture
def gym(tmp_path: Path, make_video: Callable[..., Path]) -> Path:
    """A folder of four videos with labels 5, 6, 7 and 16 of Gym99, and one whose file is damaged."""
    root = tmp_path / "gym"
    root.mkdir()
    rows = [("a", "train", 5), ("b", "train", 6), ("c", "val", 7), ("d", "train", 16), ("e", "train", 8)]
    for name, _, _ in rows[:-1]:
        make_video(root / f"{name}.mp4", frames=16)
    (root / "e.mp4").write_bytes(b"no video")
    Manifest.from_columns(
        {
            "path": [f"{name}.mp4" for name, _, _ in rows],
            "split": [split for _, split, _ in rows],
            "labels": [[str(label)] for *_, label in rows],
        },
        root,
    ).write(root / "gym.parquet")
    return root / "gym.parquet"


def test_settings_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert vidsynth("splits", "severe") == 0
    printed = capsys.readouterr().out
    assert "* gym99-fx-s1           granularity  Gym99, set FX-S1  [train 1,882, val 777]" in printed


def test_a_setting_is_made_with_lists_report_and_preview(
    gym: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    args = ["--out", out / "fx.csv", "--lists", out / "lists", "--report", out / "fx.json", "--preview", out / "fx.png"]
    assert vidsynth("splits", "severe", "gym99-fx-s1", "--src", gym, *args) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{out / 'fx.csv'}: severe gym99-fx-s1"
    assert [line.split() for line in lines[2:4]] == [
        ["train", "3", "1,882", "3", "1", "/", "1", "/", "1", "not", "known"],
        ["val", "1", "777", "1", "1", "/", "1", "/", "1", "not", "known"],
    ]
    made = Manifest.read(out / "fx.csv", gym.parent)
    assert [extra["class"] for extra in made.extras()] == [0, 1, 10, 2]
    assert (out / "lists" / "gym99_train.txt").read_text() == "b.avi 6\nd.avi 16\ne.avi 8\n"
    report = json.loads((out / "fx.json").read_text())
    assert report["setting"] == "gym99-fx-s1" and report["splits"]["val"]["rows"] == 1
    with Image.open(out / "fx.png") as picture:
        assert picture.height == 3 * (20 + 120 + 4 + 8)  # three of the four can be read


def test_each_size_gets_a_file(gym: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    args = ["--samples", "4,8", "--out", out / "gym.parquet", "--lists", out / "lists"]
    assert vidsynth("splits", "severe", "gym99-curve", "--src", gym, *args) == 0
    assert sorted(file.name for file in out.iterdir()) == ["gym-4.parquet", "gym-8.parquet", "lists"]
    assert sorted(file.name for file in (out / "lists").iterdir()) == ["4", "8"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["gym99-fx"], "no setting 'gym99-fx'; did you mean 'gym99-fx-s1'?"),
        (["gym99"], "--out is needed: the manifest to write"),
        (["gym99-curve", "--samples", "1000,x", "--out", "o.csv"], "'1000,x' is not a list of sizes"),
        (["gym99-1000", "--draw", "published", "--out", "o.csv"], "needs the official lists of gym99"),
        (["gym99", "--out", "o.txt"], "o.txt: a manifest is written as .parquet, .csv, .jsonl or .arrow"),
    ],
)
def test_wrong_input_is_one_clear_line(
    args: list[str],
    message: str,
    gym: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert vidsynth("splits", "severe", *args, "--src", gym) == 2
    assert message in capsys.readouterr().err
