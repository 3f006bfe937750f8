"""Where things are on this computer: roots of data sets, the config file, the cache."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from vidsynth.errors import SourceError
from vidsynth.recipe import parse_yaml


def cache_dir() -> Path:
    """Return the cache folder: `VIDSYNTH_CACHE`, else `$XDG_CACHE_HOME/vidsynth`, else `~/.cache/vidsynth`."""
    named = os.environ.get("VIDSYNTH_CACHE")
    if named:
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "vidsynth"


def config_file() -> Path:
    """Return the config file's place, whether or not it exists; `VIDSYNTH_CONFIG` names another."""
    named = os.environ.get("VIDSYNTH_CONFIG")
    return Path(named).expanduser() if named else Path(click.get_app_dir("vidsynth")) / "config.yaml"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder where a source may lie, and who said so."""

    path: Path
    said_by: str


def places(names: Sequence[str]) -> list[Place]:
    """Return the folders where a source with these names may lie, the most specific first.

    `VIDSYNTH_ROOTS` and then the config file's `roots` hold entries of two kinds: `name=folder`, the
    root of one data set; and a folder alone, which holds data sets in folders of their names.
    """
    return [*_places(names, _from_environment(), "VIDSYNTH_ROOTS"), *_places(names, _from_config(), str(config_file()))]


def _places(names: Sequence[str], entries: Iterator[tuple[str | None, str]], said_by: str) -> Iterator[Place]:
    for name, folder in entries:
        path = Path(folder).expanduser()
        if name in names:
            yield Place(path, said_by)
        elif name is None:
            for known in names:
                yield Place(path / known, said_by)


def _from_environment() -> Iterator[tuple[str | None, str]]:
    for entry in os.environ.get("VIDSYNTH_ROOTS", "").split(os.pathsep):
        name, equals, folder = entry.partition("=")
        if equals:
            yield name.strip(), folder
        elif entry:
            yield None, entry


def _from_config() -> Iterator[tuple[str | None, str]]:
    file = config_file()
    if not file.is_file():
        return
    roots = parse_yaml(file.read_text(encoding="utf-8", errors="replace"), str(file)).get("roots", {})
    entries = roots.items() if isinstance(roots, dict) else ((None, folder) for folder in _as_list(roots))
    for name, folder in entries:
        if not isinstance(folder, str):
            raise SourceError(f"{file}: roots: write `name: folder` lines or a list of folders, not {folder!r:.80}")
        yield name, folder


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
