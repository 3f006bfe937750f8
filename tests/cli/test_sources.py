"""`vidsynth sources check` and `vidsynth index`, as a user meets them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]
HEADER = "id,subject,scene,quality,relevance,verified,script,objects,descriptions,actions,length\n"


@pytest.fixture
def charades(tmp_path: Path, make_video: Callable[..., Path]) -> Path:
    root = tmp_path / "charades"
    (root / "Charades_v1_480").mkdir(parents=True)
    make_video(root / "Charades_v1_480/AAAAA.mp4", 5)
    (root / "Charades_v1_480/BBBBB.mp4").write_text("no video")
    rows = "".join(f"{name * 5},S,Hall,1,1,Yes,x,,x,c000 1.00 0.50,9.00\n" for name in "ABC")
    (root / "Charades_v1_train.csv").write_text(HEADER + rows)
    (root / "Charades_v1_classes.txt").write_text("c000 Holding some clothes\n")
    return root


def run(*args: object, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vidsynth", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | env)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_check_says_what_is_there_and_exits_well(charades: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing.txt"
    done = run("sources", "check", "charades", "--root", charades, "--missing", missing)
    assert done.returncode == 0, done.stderr
    for line in (
        "layout      Charades_v1_480/*.mp4",
        "expected    3 videos",
        "found       2",
        "missing     1",
        "    CCCCC",
    ):
        assert line in done.stdout
    assert missing.read_text() == "CCCCC\n"
    probed = json.loads(run("sources", "check", "charades", "--root", charades, "--probe", "--json").stdout)
    assert list(probed["unreadable"]) == ["Charades_v1_480/BBBBB.mp4"] and probed["missing"] == ["CCCCC"]
    actions = run("sources", "check", "charades-actions", VIDSYNTH_ROOTS=f"charades-actions={charades}")
    assert actions.returncode == 0 and "problems    3 (3 dropped)" in actions.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["check", "charade"], "no data set 'charade'; did you mean 'charades'"),
        (["check", "charades"], "where is charades?"),
        (["check", "charades", "--root", "/no/such"], "/no/such: no such folder"),
        (["chek"], "no command 'chek'; did you mean 'check'"),
    ],
)
def test_wrong_input_is_named(args: list[str], message: str) -> None:
    done = run("sources", *args)
    assert done.returncode == 2 and message in done.stderr


def test_index_probes_once_and_lists_what_fails(charades: Path) -> None:
    first = run("index", "charades", "--root", charades, "--workers", 1)
    assert first.returncode == 0, first.stderr
    assert "2 videos, 2 of them opened now" in first.stdout and "1 cannot be read" in first.stderr
    again = json.loads(run("index", "charades", "--root", charades, "--json").stdout)
    assert (again["videos"], again["fresh"]) == (2, 0)
    assert again["unreadable"] == {
        "Charades_v1_480/BBBBB.mp4": "not a video: its name ends like one, its first bytes do not"
    }
    assert Path(again["index"]).exists()
