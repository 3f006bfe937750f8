"""Replicas of data sets: real videos under the names that theirs have, and annotation files of their schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from vidsynth import Manifest
from vidsynth.manifest import ManifestRow

Lay = Callable[[Iterable[str], Mapping[str, Any]], Path]
_CODECS = {".mp4": "libx264", ".mkv": "libx264", ".avi": "mpeg4", ".webm": "libvpx-vp9", ".mov": "libx264"}


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> dict[str, bytes]:
    """A video of five frames in each container, by suffix."""
    folder = tmp_path_factory.mktemp("tiny")
    return {suffix: make_video(folder / f"v{suffix}", 5, codec=codec).read_bytes() for suffix, codec in _CODECS.items()}


@pytest.fixture
def lay(tmp_path: Path, tiny: dict[str, bytes]) -> Lay:
    """`lay(["videos/a.mp4"], {"list.csv": "text", "list.json": {}})`: make a data set's folder and return it."""
    root = tmp_path / "root"

    def call(videos: Iterable[str], files: Mapping[str, Any]) -> Path:
        for name in videos:
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(tiny[file.suffix.lower()])
        for name, content in files.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return root

    return call


@pytest.fixture
def by_id() -> Callable[[Manifest], dict[str, ManifestRow]]:
    """`by_id(manifest)`: its rows by id."""
    return lambda manifest: {manifest[n].video_id: manifest[n] for n in range(len(manifest))}
