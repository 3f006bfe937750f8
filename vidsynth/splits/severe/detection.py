"""Action detection: AVA's boxes as key frames, each with the clip around it.

Gu et al., "AVA: A Video Dataset of Spatio-temporally Localized Atomic Visual Actions", CVPR 2018. A line of
`ava_{train,val}_v2.2.csv` is `video,second,x1,y1,x2,y2,action,person`: a box in shares of the picture's size, one
line an action of a person. The detectors' readers take seconds 902 to 1798 (slowfast/datasets/ava_helper.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe.numbers import name_of

SECONDS = range(902, 1799)
CUT_S = 900.0  # where the 15-minute files that are usual begin
SPAN_S = 64 / 30  # 32 frames at stride 2, at AVA's 30 frames a second


class Box(NamedTuple):
    """One box of a key frame: its corners in shares of the picture, its actions (from 1), the person's id."""

    corners: tuple[float, float, float, float]
    actions: tuple[int, ...]
    person: int


KeyFrames = Mapping[tuple[str, int], Sequence[Box]]


def parse_boxes(text: str, where: str) -> KeyFrames:
    """Return (video, second) → boxes, in the file's order. Raises SourceError."""
    found: defaultdict[tuple[str, int], dict[tuple[tuple[float, float, float, float], int], list[int]]]
    found = defaultdict(dict)
    for number, line in enumerate(text.splitlines(), 1):
        cells = line.strip().split(",")
        if cells == [""]:
            continue
        try:
            video, second, *corners, action, person = cells
            x1, y1, x2, y2 = map(float, corners)
            frame, box, label = (video, int(second)), ((x1, y1, x2, y2), int(person)), int(action)
        except ValueError:
            x1, x2, y1, y2 = 1.0, 0.0, 0.0, 0.0  # no box
        if not (0 <= x1 <= x2 <= 1 and 0 <= y1 <= y2 <= 1):
            raise SourceError(f"{where}:{number}: {line.strip()!r}: not video,second,x1,y1,x2,y2,action,person")
        found[frame].setdefault(box, []).append(label)
    return {
        frame: [Box(corners, tuple(actions), person) for (corners, person), actions in boxes.items()]
        for frame, boxes in found.items()
    }


def detections(
    manifest: Manifest,
    key_frames: Mapping[str, KeyFrames],
    *,
    cut_s: float = CUT_S,
    span_s: float = SPAN_S,
) -> Manifest:
    """Return a row a key frame: the clip of `span_s` seconds around it, and `second`, `boxes`, `actions`, `persons`.

    key_frames : of each split. cut_s : the second of the film at which the files begin (0 for whole films).

    Raises SourceError if no annotated video is there.
    """
    row_of = {name_of(path): row for row, path in enumerate(manifest.table["path"].to_pylist())}
    wanted = [
        (split, video, second, boxes)
        for split, frames in key_frames.items()
        for (video, second), boxes in frames.items()
        if video in row_of and second in SECONDS
    ]
    if not wanted:
        raise SourceError(f"{manifest.about.get('name', manifest.root)}: holds none of the annotated videos")
    centers = [second - cut_s for _, _, second, _ in wanted]
    if min(centers) < 0:
        raise SourceError(f"the key frame at {min(centers) + cut_s:g} s lies before the files' begin at {cut_s:g} s")
    paths = manifest.table["path"].take(pa.array([row_of[video] for _, video, _, _ in wanted]))
    return Manifest.from_columns(
        {
            "video_id": [f"{video}/{second:04d}" for _, video, second, _ in wanted],
            "path": paths.to_pylist(),
            "split": [split for split, _, _, _ in wanted],
            "start_s": [max(0.0, center - span_s / 2) for center in centers],
            "end_s": [center + span_s / 2 for center in centers],
            "labels": [_labels(boxes) for _, _, _, boxes in wanted],
            "video": [video for _, video, _, _ in wanted],
            "second": [second for _, _, second, _ in wanted],
            "boxes": [[list(box.corners) for box in boxes] for _, _, _, boxes in wanted],
            "actions": [[list(box.actions) for box in boxes] for _, _, _, boxes in wanted],
            "persons": [[box.person for box in boxes] for _, _, _, boxes in wanted],
        },
        manifest.root,
        manifest.about,
    )


def _labels(boxes: Iterable[Box]) -> list[str]:
    return [str(action) for action in sorted({action for box in boxes for action in box.actions})]
