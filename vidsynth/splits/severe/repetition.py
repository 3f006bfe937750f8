"""Repetition counting: UCFRep's annotations as clips with counts.

Zhang et al., "Context-aware and Scale-insensitive Temporal Repetition Counting", CVPR 2020. Annotations give the
frames, counted from 1, at which one repetition ends and the next begins; the count is the number of intervals.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import DecodeError, SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe.numbers import name_of

COUNT, BOUNDS, BOUNDS_S = "count", "bounds", "bounds_s"  # in `extra`
_NAME = re.compile(r"v_\w+_g(\d\d)_c\d\d")
_LAST_TRAINING_GROUP = 20  # UCF101's groups 21 to 25 are validation: so in every one of the 526 files
_FEWEST_BOUNDS = 3  # datasets/ucf_aug.py leaves out videos with fewer


@dataclass(frozen=True, slots=True)
class Repetitions:
    """One annotated video: its name without suffix, and the frames, from 1, that bound its repetitions."""

    name: str
    bounds: tuple[int, ...]

    @property
    def count(self) -> int:
        """How often the action is repeated."""
        return len(self.bounds) - 1

    @property
    def split(self) -> str:
        """The published split, which follows UCF101's groups."""
        found = _NAME.fullmatch(self.name)
        return "train" if found and int(found[1]) <= _LAST_TRAINING_GROUP else "val"


def parse_repetitions(text: str, where: str) -> list[Repetitions]:
    """Read a file of `repetition_label/`: a name on one line, the frames on the next, empty lines between.

    A video with a single number (0: nothing repeats) is left out, as it is from the published set. Raises SourceError.
    """
    lines = [(number, line.split()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    found = []
    for (number, name), (_, frames) in zip(lines[::2], lines[1::2] or [(0, [])], strict=False):
        if len(name) != 1 or not _NAME.fullmatch(name[0]) or not all(frame.isdecimal() for frame in frames):
            raise SourceError(
                f"{where}:{number}: {' '.join(name)!r}: not a name v_<Class>_gXX_cYY, then a line of frames"
            )
        bounds = tuple(map(int, frames))
        if len(bounds) < _FEWEST_BOUNDS:
            continue
        if bounds[0] < 1 or any(after <= before for before, after in itertools.pairwise(bounds)):
            raise SourceError(f"{where}:{number}: {name[0]}: its frames {bounds} do not ascend from 1 or later")
        found.append(Repetitions(name[0], bounds))
    if len(lines) % 2:
        raise SourceError(f"{where}:{lines[-1][0]}: {' '.join(lines[-1][1])!r}: a name without its line of frames")
    return found


def repetitions(
    manifest: Manifest,
    annotated: Sequence[Repetitions],
    seconds_of: Callable[[str, NDArray[np.int64]], NDArray[np.float64]],
) -> tuple[Manifest, dict[str, str]]:
    """Return a row an annotated video with the part that repeats as its segment, and why others cannot be read.

    `extra` holds `count`, `bounds` (frames, from 1), and `bounds_s` (seconds). The segment ends with the last
    bounding frame.

    seconds_of : gives the presentation times of a video's frames, by path and number from 0, and for one beyond its
        last frame the end of the video. Raises DecodeError.
    """
    row_of = {name_of(path): row for row, path in enumerate(manifest.table["path"].to_pylist())}
    wanted = {row_of[one.name]: one for one in annotated if one.name in row_of}
    unread: dict[str, str] = {}
    times: dict[int, list[float]] = {}
    for row, one in sorted(wanted.items()):
        try:
            frames = np.array([*one.bounds, one.bounds[-1] + 1], np.int64) - 1
            times[row] = seconds_of(manifest[row].path, frames).tolist()
        except DecodeError as error:
            unread[one.name] = error.reason
    if not times:
        raise SourceError(
            f"{manifest.about.get('name', manifest.root)}: none of the {len(annotated)} annotated videos can be read"
        )
    rows = sorted(times)
    return manifest.take(rows).replaced(
        {
            "split": [wanted[row].split for row in rows],
            "start_s": [times[row][0] for row in rows],
            "end_s": [times[row][-1] for row in rows],
            COUNT: [wanted[row].count for row in rows],
            BOUNDS: [list(wanted[row].bounds) for row in rows],
            BOUNDS_S: [times[row][:-1] for row in rows],
        }
    ), unread
