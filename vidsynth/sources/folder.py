"""Any folder of videos: the folder that a video lies in is its label.

videos/
  train/running/a.mp4   split train, label running
  walking/b.mkv         label walking
  c.avi                 no label
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections import Counter

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources.files import SUFFIXES, video_files
from vidsynth.store import Location

_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validate": "val", "validation": "val"}
_SPLITS |= {"test": "test", "testing": "test"}
# Words that may stand beside a split's name.
_FILLER = re.compile(r"\d+p?|videos?|clips?|set|split|data|kinetics\d*|k\d+|mini")


def read(root: Location) -> Manifest:
    """Return a manifest of every video under `root`. Raises SourceError if there is none."""
    paths = video_files(root)
    if not paths:
        raise SourceError(f"{root}: no videos in this folder (looked for {', '.join(sorted(SUFFIXES))})")
    stems = [posixpath.splitext(path)[0] for path in paths]
    folders = [posixpath.dirname(path) for path in paths]
    twice = {stem for stem, count in Counter(stems).items() if count > 1}
    return Manifest.from_columns(
        {
            # Two files that differ in the suffix alone keep it in their ids.
            "video_id": [path if stem in twice else stem for path, stem in zip(paths, stems, strict=True)],
            "path": paths,
            "split": [split_of(folder) for folder in folders],
            "labels": [label_of(folder) for folder in folders],
        },
        root,
        {"name": "folder"},
        where=str(root),
    )


@functools.lru_cache(maxsize=65536)
def split_of(folder: str) -> str | None:
    """Return train, val or test if a part of a folder's path is called so, as in `train`, `videos_val/x`, `test_256`.

    >>> split_of("videos_val/running")
    'val'
    """
    for part in folder.lower().split("/"):
        words = re.findall(r"[a-z0-9]+", part)
        named = [_SPLITS[word] for word in words if word in _SPLITS]
        # `videos_train_256` names a split, `training_dog` a class.
        if len(named) == 1 and all(word in _SPLITS or _FILLER.fullmatch(word) for word in words):
            return named[0]
    return None


def label_of(folder: str) -> list[str]:
    """Return the last part of a folder's path, unless that names a split or there is none."""
    name = posixpath.basename(folder)
    return [name] if name and not split_of(name) else []
