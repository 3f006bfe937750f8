"""Shell completion, as a real bash asks for it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

VIDSYNTH = Path(sys.executable).with_name("vidsynth")


def completed(*words: str) -> list[str]:
    """Return what bash offers for a command line whose last word is being typed."""
    script = f"""
        eval "$({VIDSYNTH} completion bash)"
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _vidsynth_completion {VIDSYNTH}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", script, "bash", *words], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None or not VIDSYNTH.exists(), reason="no bash, or no installed command")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("tub",), ["tubelets"]),
        (("splits", "d"), ["dark", "domain"]),
        (("tubelets", "--pay"), ["--payload"]),
        (("tubelets", "--payload", "l"), ["lossless"]),
        (("tubelets", "--recipe", "tubelets-table5-"), [f"tubelets-table5-{n}" for n in (1, 2, 3)]),
        (("darkness-stats", "epic1"), ["epic100"]),
        (("tubelets", "--src", "demo"), ["demo"]),
        (("tubelets", "--classes", "mini"), ["mini-kinetics-200"]),
        (("proxy", "p"), ["pace"]),
        (("proxy", "pace", "--recipe", "pa"), ["pace"]),
    ],
)
def test_bash_completes_commands_options_and_names(words: tuple[str, ...], offered: list[str]) -> None:
    assert completed("vidsynth", *words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vidsynth", "completion", shell], capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == 0 and f"_VIDSYNTH_COMPLETE={shell}_complete" in done.stdout
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=done.stdout, text=True).returncode == 0
