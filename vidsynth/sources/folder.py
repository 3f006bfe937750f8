"""Any folder of videos: the folder that a video lies in is its label.

videos/
  train/running/a.mp4   split train, label running
  walking/b.mkv         label walking
  c.avi                 no label
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePosixPath

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources.files import SUFFIXES, video_files

_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validate": "val", "validation": "val"}
_SPLITS |= {"test": "test", "testing": "test"}


def read(root: Path) -> Manifest:
    """Return a manifest of every video under `root`. Raises SourceError if there is none."""
    paths = video_files(root)
    if not paths:
        raise SourceError(f"{root}: no videos in this folder (looked for {', '.join(sorted(SUFFIXES))})")
    stems = [str(PurePosixPath(path).with_suffix("")) for path in paths]
    twice = {stem for stem, count in Counter(stems).items() if count > 1}
    return Manifest.from_columns(
        {
            # Two files that differ in the suffix alone keep it in their ids.
            "video_id": [path if stem in twice else stem for path, stem in zip(paths, stems, strict=True)],
            "path": paths,
            "split": [split_of(path) for path in paths],
            "labels": [label_of(path) for path in paths],
        },
        root,
        {"name": "folder"},
        where=str(root),
    )


def split_of(path: str) -> str | None:
    """Return train, val or test if one of the folders is called so, as in `train`, `videos_val`, `test_256`."""
    for part in PurePosixPath(path).parts[:-1]:
        for word in re.split(r"[^a-z]+", part.lower()):
            if word in _SPLITS:
                return _SPLITS[word]
    return None


def label_of(path: str) -> list[str]:
    """Return the name of the folder that a file lies in, unless that names a split or there is none."""
    parent = PurePosixPath(path).parent
    return [] if not parent.name or split_of(f"{parent.name}/") or split_of(f"{parent.name}/x") else [parent.name]
