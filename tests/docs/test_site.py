"""The site builds without a warning, takes nothing from elsewhere, and leaves no marker behind."""

import html
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import click
import pytest

from vidsynth.cli.main import main


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, docs: Path) -> Path:
    pytest.importorskip("material", reason="the site needs mkdocs-material (the extra `docs`)")
    out = tmp_path_factory.mktemp("site")
    config = docs.parent / "mkdocs.yml"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", config, "-d", out]
    done = subprocess.run(command, capture_output=True, text=True, cwd=out)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


class _Loaded(HTMLParser):
    """Collects what a page loads when it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and values.get("rel") not in ("next", "prev", "canonical"):
            self.found.append(values.get("href") or "")
        elif tag in ("script", "img", "iframe", "video", "source", "embed"):
            self.found.append(values.get("src") or "")
        self.found += re.findall(r"url\(([^)]*)\)", values.get("style") or "")


def loaded(site: Path) -> Iterator[tuple[Path, str]]:
    for page in site.rglob("*.html"):
        parser = _Loaded()
        parser.feed(page.read_text(encoding="utf-8"))
        yield from ((page, address) for address in parser.found)
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        yield from ((style, address) for address in re.findall(r"(?:url\(|@import\s)[\"']?([^\"');]+)", text))


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    addresses = list(loaded(site))
    assert any(address.endswith(".css") for _, address in addresses)
    outside = [(page.name, address) for page, address in addresses if re.match(r"([a-z]+:)?//", address, re.IGNORECASE)]
    assert outside == []


def test_all_that_a_page_loads_is_there(site: Path) -> None:
    for page, address in loaded(site):
        name = address.partition("?")[0].partition("#")[0]
        if name and not name.startswith("data:") and page.name != "404.html":
            assert (page.parent / name).exists(), (page, address)


def test_generated_parts_are_filled_in(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert "generated:" not in page.read_text(encoding="utf-8"), page
    assert "Exits with 3 if one is violated" in (site / "command-line.html").read_text(encoding="utf-8")


def test_every_command_has_its_help_in_the_page(site: Path) -> None:
    page = html.unescape(re.sub(r"<[^>]+>", "", (site / "command-line.html").read_text(encoding="utf-8")))

    def walk(command: click.Command, *path: str) -> None:
        context = click.Context(command, info_name=" ".join(path))
        assert f"Usage: {' '.join(path)} " in page
        for parameter in command.params:
            for option in parameter.opts if isinstance(parameter, click.Option) else ():
                assert f" {option}" in page.partition(f"Usage: {' '.join(path)} ")[2].partition("Usage: ")[0], path
        for name in command.list_commands(context) if isinstance(command, click.Group) else ():
            found = command.get_command(context, name)
            assert found is not None
            walk(found, *path, name)

    walk(main, "vidsynth")


def test_every_page_is_in_the_navigation(site: Path, docs: Path) -> None:
    index = (site / "index.html").read_text(encoding="utf-8")
    for file in docs.rglob("*.md"):
        name = file.relative_to(docs).with_suffix(".html").as_posix()
        assert f'href="{name}"' in index or name == "index.html", name
