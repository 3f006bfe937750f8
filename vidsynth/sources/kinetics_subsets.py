"""Mini-Kinetics-200 and Kinetics-Sound: Kinetics-400 as it lies on disk (see k400.py), of some classes only.

Of Mini-Kinetics-200, whose lists hold about 80,000 and 5,000 ids and not all videos of its 200 classes, only the
listed ids are taken where `train_ytid_list.txt` and `val_ytid_list.txt` of
https://github.com/s9xie/Mini-Kinetics-200 (an id a line) lie with the annotations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from vidsynth.manifest import Manifest
from vidsynth.sources import k400
from vidsynth.sources.annotations import Row
from vidsynth.sources.classes import canonical, only_classes, read_classes
from vidsynth.sources.k400 import NAMES, also
from vidsynth.sources.tables import find, lines_of

__all__ = ["ABOUT", "NAMES", "also", "read_mini", "read_sound", "rows_mini", "rows_sound"]

ABOUT, WITHHELD = k400.ABOUT, k400.WITHHELD
MINI, SOUND = "mini-kinetics-200", "kinetics-sound"


def rows_mini(root: Path) -> Iterator[Row]:
    """Yield the annotated segments of Mini-Kinetics-200. Raises SourceError."""
    ids = _listed(root)
    return (row for row in _of_classes(root, MINI) if not ids or row.file[:11] in ids)


def read_mini(root: Path) -> Manifest:
    """Return the manifest of Mini-Kinetics-200. Raises SourceError."""
    manifest = only_classes(k400.read(root), MINI)
    ids = _listed(root)
    if ids:
        manifest = manifest.take(np.array([name[:11] in ids for name in manifest.table["video_id"].to_pylist()], bool))
    return _described(manifest, f"{MINI}, {'the listed ids' if ids else 'every video of them'}", rows_mini)


def rows_sound(root: Path) -> Iterator[Row]:
    """Yield the annotated segments of Kinetics-Sound. Raises SourceError."""
    return _of_classes(root, SOUND)


def read_sound(root: Path) -> Manifest:
    """Return the manifest of Kinetics-Sound. Raises SourceError."""
    return _described(only_classes(k400.read(root), SOUND), SOUND, rows_sound)


def _described(manifest: Manifest, classes: str, rows: Callable[[Path], Iterator[Row]]) -> Manifest:
    """Say which classes these are; count what is annotated of them, where the annotations are there."""
    about = {**manifest.about, "classes": classes}
    if "annotated" in about and isinstance(manifest.root, Path):
        names = {row.file for row in rows(manifest.root)}
        absent = len(names - set(manifest.table["video_id"].to_pylist()))
        about |= {"annotated": str(len(names)), "annotated but not on disk": str(absent)}
    return Manifest(manifest.table, manifest.root, about)


def _of_classes(root: Path, name: str) -> Iterator[Row]:
    wanted = {canonical(label) for label in read_classes(name)}
    return (row for row in k400.rows(root) if any(canonical(label) in wanted for label in row.labels))


def _listed(root: Path) -> set[str]:
    files = [find(root, f"{split}_ytid_list.txt") for split in ("train", "val")]
    return {text for file in files if file for _, text in lines_of(file)}
