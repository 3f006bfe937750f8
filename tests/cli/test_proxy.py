"""`vidsynth proxy`, as a user types it."""

from pathlib import Path

import pytest

from vidsynth.cli.main import run
from vidsynth.shards.reader import load


def vidsynth(*args: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        run([str(arg) for arg in args])
    return stopped.value.code if isinstance(stopped.value.code, int) else 1


def test_a_task_is_built(twelve: Path, tmp_path: Path) -> None:
    small = ["--frames", "4", "--size", "32", "--limit", "6", "--per-video", "2", "--payload", "raw", "--workers", "1"]
    args = ["--src", twelve, "--out", tmp_path / "out", *small, "--set", "pace.paces=[1,3]"]
    assert vidsynth("proxy", "pace", *args) == 0
    shards = load(tmp_path / "out")
    assert len(shards) == 6 and {shards[n]["pace"] for n in range(6)} == {1, 3}
    assert (tmp_path / "out" / "preview.png").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["paces"], "no task 'paces'; did you mean 'pace'?"),
        (["rotation", "--size", "32x48"], "clip.size: must be square to be turned by a quarter, not 32x48"),
        (["pace", "--set", "pace.pace=[1,2]"], "no parameter 'pace.pace'; did you mean 'pace.paces'?"),
        (["pace", "--recipe", "rotation"], "generator: 'rotation' is not one of pace"),
        (["rotation"], "--out is needed"),
    ],
)
def test_wrong_input_is_one_clear_line(
    args: list[str], message: str, twelve: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vidsynth("proxy", *args, "--src", twelve) == 2
    assert message in capsys.readouterr().err
