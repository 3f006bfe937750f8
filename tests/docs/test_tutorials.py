"""The pages under `extend/` are followed to the letter: files written, packages installed, commands run."""

import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

_OPTIONS = "-q --no-deps --no-build-isolation --upgrade"
_INSTALL = re.compile(r"^pip install (?:-e )?\.$")


def test_what_a_tutorial_promises_comes_out(
    tutorial: str, pages: Mapping[str, list[Any]], tmp_path: Path, shell: Callable[..., str]
) -> None:
    """Titled blocks are files, console blocks are commands and what they print; `…` stands for anything.

    `pip install .` installs into a folder of the test's own, so that entry points are found there as they are in an
    environment, and the environment stays as it is.
    """
    if shutil.which("bash") is None:
        pytest.skip("the pages' commands are for bash")
    site = tmp_path / "site"
    work = tmp_path / "work"
    work.mkdir()
    ran = 0
    for block in pages[tutorial]:
        if block.title:
            file = work / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            for command, promised in steps(block.text):
                if _INSTALL.match(command):
                    shell(f"{sys.executable} -m pip install {_OPTIONS} --target {site} .", work)
                    continue
                printed = shell(command, work, PYTHONPATH=str(site))
                assert matches(promised, printed), f"{block}: {command}\n--- promised\n{promised}\n--- came\n{printed}"
                ran += 1
    assert ran >= 3, "a tutorial that shows nothing"


def steps(text: str) -> list[tuple[str, str]]:
    """Return (command, what it prints) for each `$ ` of a console block."""
    found = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text.replace("\\\n", " "), re.MULTILINE)
    return [(command.strip(), promised) for command, promised in found]


def matches(promised: str, printed: str) -> bool:
    """Tell whether what was printed is what was promised, where a `…` may be anything."""
    pattern = ".*".join(re.escape(piece.strip()) for piece in promised.strip().split("…"))
    return re.fullmatch(rf"\s*{pattern}\s*", printed, re.DOTALL) is not None if promised.strip() else True
