"""Class lists: which classes of a data set to take."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import numpy as np

from vidsynth.errors import SourceError, nearest
from vidsynth.manifest import Manifest


def shipped() -> list[str]:
    """Return the names of the class lists that come with vidsynth."""
    folder = resources.files("vidsynth") / "manifests"
    return sorted(file.name[:-4] for file in folder.iterdir() if file.name.endswith(".txt"))


def read_classes(name: str) -> list[str]:
    """Return a shipped list's classes, or those of a text file with one class a line (# for comments).

    Raises SourceError.
    """
    if name in shipped():
        text = (resources.files("vidsynth") / "manifests" / f"{name}.txt").read_text(encoding="utf-8")
    elif Path(name).suffix == ".txt":
        try:
            text = Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"{name}: not readable as a class list: {error}") from None
    else:
        known = shipped()
        raise SourceError(
            f"no class list {name!r}{nearest(name, known)} (known: {', '.join(known)}; or a path to a .txt file)"
        )
    lines = [line.strip() for line in text.splitlines()]
    classes = [line for line in lines if line and not line.startswith("#")]
    if not classes:
        raise SourceError(f"{name}: the class list is empty")
    return classes


def only_classes(manifest: Manifest, name: str) -> Manifest:
    """Return the rows whose label is in a class list. Raises SourceError if no row is."""
    wanted = {canonical(label) for label in read_classes(name)}
    lists = manifest.table["labels"].to_pylist()
    keep = np.array([any(canonical(label) in wanted for label in labels or ()) for labels in lists], bool)
    if not keep.any():
        have = sorted({label for labels in lists for label in labels or ()})
        shown = ", ".join(have[:5]) + (", …" if len(have) > 5 else "") if have else "no labels"
        raise SourceError(f"none of the {len(wanted)} classes of {name} is among the source's labels ({shown})")
    return manifest.take(keep)


def canonical(label: str) -> str:
    """Return a class name without case and punctuation: folders and annotation files write them differently.

    >>> canonical("massaging_person's_head") == canonical("Massaging person's head")
    True
    """
    return re.sub(r"[^a-z0-9]+", " ", label.lower()).strip()
