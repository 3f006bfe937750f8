"""The pages of the documentation, cut into their blocks of code; and a folder with a small build of the demo."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?"
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?[^\n]*\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it stands, its language, its title, the comment before it, and its text."""

    page: str
    line: int
    language: str
    title: str | None
    mark: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """The command lines of a shell block, or of a console block those after `$ `; without comments."""
        text = self.text.replace("\\\n", " ")
        lines = text.splitlines() if self.language == "sh" else re.findall(r"^\$ (.*)$", text, re.MULTILINE)
        return [line.split("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


def _blocks(file: Path) -> list[Block]:
    text = file.read_text(encoding="utf-8")
    return [
        Block(
            file.relative_to(DOCS).as_posix(),
            text.count("\n", 0, found.start("language")) + 1,
            found["language"],
            found["title"],
            found["mark"],
            found["text"],
        )
        for found in _BLOCK.finditer(text)
    ]


PAGES = {file.relative_to(DOCS).as_posix(): _blocks(file) for file in sorted(DOCS.rglob("*.md"))}
_RUN = [page for page, blocks in PAGES.items() if any(block.mark == "run" for block in blocks)]
_TUTORIALS = [page for page in PAGES if page.startswith("extend/")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give tests a page, a page with examples to run, a tutorial, or a block at a time."""
    every = {"page": PAGES, "runnable_page": _RUN, "tutorial": _TUTORIALS}
    for name, values in every.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, values)
    if "block" in metafunc.fixturenames:
        blocks = [block for blocks in PAGES.values() for block in blocks]
        metafunc.parametrize("block", blocks, ids=str)


@pytest.fixture(scope="session")
def pages() -> Mapping[str, list[Block]]:
    """Each page's blocks, by its name."""
    return PAGES


@pytest.fixture(scope="session")
def docs() -> Path:
    """The folder of the pages."""
    return DOCS


@pytest.fixture(scope="session")
def demo_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for the demo's videos, which take a while to make: one for all processes of a test run."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "demo-cache"


@pytest.fixture
def shell(demo_cache: Path) -> Callable[..., str]:
    """`shell(command, folder, **environment)`: run a command line with this Python's vidsynth; return its output."""

    def run(command: str, folder: Path, **environment: str) -> str:
        tools = Path(sys.executable).parent
        here = os.environ | {
            "VIDSYNTH_CACHE": str(demo_cache),
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "200",
        }
        done = subprocess.run(
            ["bash", "-c", f"set -e\n{command}"], cwd=folder, env=here | environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def _demo_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo-build")


@pytest.fixture
def demo_build(_demo_build: Path, shell: Callable[..., str]) -> Path:
    """A folder that holds `shards/`, as `vidsynth tubelets --src demo --out shards/` builds it, but fewer samples."""
    if not (_demo_build / "shards" / "vidsynth.json").exists():
        shell("vidsynth tubelets --src demo --out shards/ --limit 8 --truth boxes,tracks --workers 1", _demo_build)
    return _demo_build
