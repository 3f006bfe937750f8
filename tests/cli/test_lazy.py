"""Commands and sources of other packages: found by their entry points, and told apart from ours when broken."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

POINTS = """
[vidsynth.commands]
greet = others:greet
tubelets = others:greet
wrong = others:nothing
number = others:NUMBER
[vidsynth.splits]
greet = others:greet
[vidsynth.sources]
bare = others
"""
CODE = """
import click

NUMBER = 7

@click.command("greet")
def greet():
    click.echo("good day")
"""


@pytest.fixture
def others(tmp_path: Path) -> Path:
    """A folder with an installed package that adds things, some of them of no use."""
    info = tmp_path / "others-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    (tmp_path / "others.py").write_text(CODE)
    return tmp_path


def vidsynth(others: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vidsynth", *args],
        env=os.environ | {"PYTHONPATH": str(others)},
        capture_output=True,
        text=True,
    )


def test_commands_of_another_package_run(others: Path) -> None:
    for command in (["greet"], ["splits", "greet"]):
        assert vidsynth(others, *command).stdout == "good day\n"


def test_help_names_the_package_and_loads_nothing_of_it(others: Path) -> None:
    (others / "others.py").write_text("raise SystemExit('imported')")
    shown = vidsynth(others, "--help").stdout
    assert "  greet           (from others)\n" in shown
    assert shown.count("  tubelets ") == 1, "a name of ours cannot be taken"
    assert "Build tubelet pairs" in shown


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("wrong", "wrong: others:nothing, from the package others, is not usable: AttributeError"),
        ("number", "number: others:NUMBER, from the package others, is not usable: no click command"),
        ("great", "no command 'great'; did you mean 'greet'?"),
    ],
)
def test_what_is_of_no_use_is_said_in_a_line(others: Path, command: str, why: str) -> None:
    done = vidsynth(others, command)
    assert done.returncode == 2
    assert f"vidsynth: {why}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_source_that_lacks_what_it_needs_is_refused(others: Path) -> None:
    done = vidsynth(others, "tubelets", "--src", "bare", "--out", str(others / "out"))
    assert done.returncode == 2
    assert done.stderr == (
        "vidsynth: bare: others, from the package others, is not usable as a source: "
        "it needs ABOUT with a title, and rows(root) or read(root)\n"
    )
