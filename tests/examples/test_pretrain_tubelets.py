"""The example trains, says how well, and goes on after a kill as if there had been none."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import TubeletPairs, build

pytest.importorskip("torch")

SCRIPT = Path(__file__).parents[2] / "examples" / "pretrain_tubelets.py"
TINY = [
    "--device",
    "cpu",
    "--workers",
    "0",
    "--frames",
    "4",
    "--size",
    "32",
    "--width",
    "8",
    "--batch-size",
    "4",
    "--queue",
    "10",
    "--every",
    "2",
    "--probes",
    "1",
    "--probe-clips",
    "8",
    "--test-pairs",
    "8",
]


def command(*options: str | Path) -> list[str]:
    return [sys.executable, str(SCRIPT), *TINY, *map(str, options)]


def run(*options: str | Path) -> str:
    done = subprocess.run(command(*options), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def losses(printed: str) -> dict[int, str]:
    """Return what each step's line says, without the time."""
    return {int(step): rest for step, rest in re.findall(r"^step +(\d+)/\d+ +(.*?) +\d+ s$", printed, re.MULTILINE)}


def killed_after(step: int, *options: str | Path) -> None:
    """Run until a step's line is printed, and kill the process there and then."""
    with subprocess.Popen(command(*options), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("step") and step in losses(line):
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL


def test_it_trains_and_says_how_well(twelve: Path) -> None:
    printed = run("--src", twelve, "--steps", "2")
    assert list(losses(printed)) == [2]
    for name in ("pre-trained", "random"):
        assert re.search(rf"^held-out pairs, {name}: top-1 [\d.]+% of 8 \(chance 12.5%\)$", printed, re.MULTILINE)
        assert re.search(
            rf"^motion probe, {name}: [\d.]+% ± 0.0% of 4 directions \(chance 25.0%, 1 probes\)$", printed, re.MULTILINE
        )


@pytest.mark.parametrize("way", ["live", "drawn on the device", "shards"])
def test_a_killed_run_goes_on_to_the_same_end(
    way: str, twelve: Path, tmp_path: Path, make_pairs: Callable[..., TubeletPairs]
) -> None:
    options: list[str | Path] = ["--src", twelve, "--steps", "8", "--probes", "0"]
    if way == "drawn on the device":
        options += ["--render-on-device"]
    if way == "shards":
        build(make_pairs(twelve, {"payload.kind": "raw"}), tmp_path / "shards", workers=1, progress=False)
        options += ["--data", tmp_path / "shards"]
    whole = losses(run(*options))
    options += ["--checkpoint", tmp_path / "checkpoint.pt"]
    killed_after(4, *options)
    rest = losses(run(*options))
    assert len(whole) == 4
    # The checkpoint of a step is written after its line: the kill may have come before it.
    assert sorted(rest) in ([6, 8], [4, 6, 8])
    assert rest == {step: whole[step] for step in rest}


def test_a_checkpoint_of_other_settings_is_refused(twelve: Path, tmp_path: Path) -> None:
    options: list[str | Path] = ["--src", twelve, "--steps", "1", "--probes", "0", "--checkpoint", tmp_path / "c.pt"]
    run(*options)
    done = subprocess.run(command(*options, "--seed", "1"), capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{tmp_path / 'c.pt'} was made with another seed")
