"""Multi-label classification: all classes of a video, from rows that are its annotated actions."""

from __future__ import annotations

import re
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest, ManifestRow

CHARADES_CLASSES = 157
_CODE = re.compile(r"c(\d{3})")


def multi_label(actions: Manifest, videos: Manifest | None = None) -> Manifest:
    """Return a row a video with all its classes, from a manifest with a row an annotated action.

    `extra` of an action tells its `video` and its `class` (`c092`, as Charades writes it). `extra` of a video holds
    `classes`, its class numbers, ascending; and `actions`, for each [class, start, end] in seconds.

    videos : rows of videos, to have those without any action as well, and what is known of each.

    Raises SourceError.
    """
    of_video: defaultdict[str, list[tuple[int, float, float | None, str]]] = defaultdict(list)
    kept: dict[str, ManifestRow] = {}
    for number, extra in enumerate(actions.extras()):
        row = actions[number]
        video, code = extra.get("video"), _CODE.fullmatch(str(extra.get("class")))
        if video is None or code is None:
            raise SourceError(
                f"row {number + 1}: {row.video_id}: is no annotated action: its `extra` needs `video` and `class` "
                "(c092), as the rows of the source charades-actions have"
            )
        of_video[video].append((int(code[1]), row.start_s, row.end_s, row.labels[0] if row.labels else code[0]))
        kept.setdefault(video, row._replace(video_id=video, start_s=0.0, end_s=None))
    if videos is None:
        base = Manifest.from_columns(
            {
                "video_id": list(kept),
                "path": [row.path for row in kept.values()],
                "split": [row.split for row in kept.values()],
            },
            actions.root,
            actions.about,
        )
    else:
        base = videos
    absent = sorted(set(of_video) - set(base.table["video_id"].to_pylist()))
    if absent:
        raise SourceError(f"{len(absent)} videos with annotated actions, such as {absent[0]}, are not among the videos")
    found = [sorted(of_video.get(video, ())) for video in base.table["video_id"].to_pylist()]
    return base.replaced(
        {
            "labels": [list(dict.fromkeys(label for *_, label in some)) for some in found],
            "classes": [sorted({number for number, *_ in some}) for some in found],
            "actions": [[[float(number), start, end] for number, start, end, _ in some] for some in found],
        }
    )


def label_vectors(manifest: Manifest, classes: int = CHARADES_CLASSES) -> NDArray[np.uint8]:
    """Return 1 where a row is of a class, uint8 [rows, classes]. Raises SourceError for a class beyond them."""
    vectors = np.zeros((len(manifest), classes), np.uint8)
    for row, extra in enumerate(manifest.extras()):
        numbers = extra.get("classes", [])
        if any(not 0 <= number < classes for number in numbers):
            raise SourceError(f"row {row + 1}: {manifest[row].video_id}: classes {numbers} are not all below {classes}")
        vectors[row, numbers] = 1
    return vectors
