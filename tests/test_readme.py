"""The README's examples run, and print what it says they print."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_examples_run_and_print_what_they_say(tmp_path: Path) -> None:
    setup = blocks("sh")[0].strip()
    command = setup.removeprefix("pip install . && vidsynth ")
    assert command != setup
    environment = os.environ | {"VIDSYNTH_CACHE": str(tmp_path / "cache")}

    def run(*args: str) -> str:
        done = subprocess.run([sys.executable, *args], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "vidsynth", *command.split())
    examples = blocks("python")
    assert len(examples) == 3
    for number, example in enumerate(examples):
        (tmp_path / f"example{number}.py").write_text(example)
        printed = run(f"example{number}.py")
        said = re.findall(r"^print\(.*?\)\s+# (.*)$", example, re.MULTILINE)
        assert printed.splitlines()[: len(said)] == said


def test_every_command_and_option_that_it_names_exists(check_command: Callable[[str], None]) -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines() if "vidsynth " in line]
    assert len(lines) > 15
    for line in lines:
        check_command(line.removeprefix("pip install . && "))


def test_the_figures_are_those_that_were_measured() -> None:
    newest = max((README.parent / "benchmarks/results").glob("*.json"))
    measured = json.loads(newest.read_text(encoding="utf-8"))
    render, clips, job, loaders, darkness = (
        measured[part] for part in ("render", "clips", "job", "loaders", "darkness")
    )
    times = [f"{loaders[f'{name}_w2']:.1f}" for name in ("litdata", "mds", "datasets", "webdataset")]
    figures = {  # of each row, in order
        "plan and render a tubelet pair": [
            f"{render['ours_112_ms']:.2f}", f"{render['loop_112_ms']:.1f}", f"{render['ratio_112']:.1f}",
        ],
        "4 clips of a ten-second video": [
            f"{clips['ours_4_ms']:.1f}",
            f"{clips['decord_4_ms']:.1f}", f"{clips['decord_to_ours_4']:.1f}",
            f"{clips['torchcodec_4_ms']:.0f}", f"{clips['torchcodec_to_ours_4']:.1f}",
        ],
        "the whole job": [f"{job['job_to_bare']:.2f}", "1"],
        "an epoch of raw clips": [f"{loaders['clips_s_w2']:.0f}", *times],
        "mean luminance of a video": [
            f"{darkness['ours_ms']:.2f}", f"{darkness['rgb_ms']:.2f}", f"{darkness['rgb_to_ours']:.1f}",
        ],
    }  # fmt: skip
    for row, expected in figures.items():
        (line,) = re.findall(rf"^\| {row}[^|]*\|(.*)\|$", README.read_text(encoding="utf-8"), re.MULTILINE)
        assert re.findall(r"\d+(?:\.\d+)?", line) == expected, row


def test_the_design_of_the_first_screen_holds() -> None:
    first_screen = README.read_text(encoding="utf-8").splitlines()[:22]
    assert sum(line == "```sh" for line in first_screen) == 2
