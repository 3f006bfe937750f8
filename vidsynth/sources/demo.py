"""The embedded demo: procedural scenes, encoded once into the cache. Needs no download."""

from __future__ import annotations

from pathlib import Path

from vidsynth.manifest import Manifest
from vidsynth.sources import folder, scenes
from vidsynth.sources.settings import cache_dir

ABOUT = {
    "name": "demo",
    "title": "procedural dead-leaves scenes, made by vidsynth itself",
    "licence": "MIT",
}
WITHHELD = ""
_VERSION = 1


def default_root() -> Path:
    """Return where the demo's videos lie in the cache."""
    return cache_dir() / f"demo-{_VERSION}"


def read(root: Path) -> Manifest:
    """Return the manifest of the demo's videos; those that are missing are made first."""
    scenes.write(root)
    manifest = folder.read(root)
    return Manifest(manifest.table, root, ABOUT)
