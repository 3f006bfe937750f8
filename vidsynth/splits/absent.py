"""Absent activities: which classes the sound of an unlabelled video speaks against.

The two rules of audio-adaptive recognition (Zhang et al., CVPR 2022, as the authors' code has them), over the
scores that any model of sound gives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.domain.roles import true_labels

Flags = NDArray[np.bool_]
Scores = NDArray[np.float64]

FRACTION = 0.55  # of the videos that are expected to lack a class; the authors' on Charades-Ego
LOWEST = 3  # of 8 classes; the authors' on EPIC-KITCHENS


def lowest_k(scores: Scores, k: int = LOWEST) -> Flags:
    """Mark, in each row, the k classes of the lowest score: bool [N, C] for float64 [N, C].

    Of equal scores the earlier class is taken. A row with a missing score (NaN) has no mark. For one label a row.
    Raises ValueError if k is not 1 to C - 1.
    """
    rows, classes = scores.shape
    if not 1 <= k < classes:
        raise ValueError(f"of {classes} classes 1 to {classes - 1} can be absent, not {k}")
    marked = np.zeros((rows, classes), bool)
    np.put_along_axis(marked, np.argsort(scores, 1, kind="stable")[:, :k], True, 1)
    marked[~np.isfinite(scores).all(1)] = False
    return marked


def rank_fraction(scores: Scores, frequency: Sequence[float], fraction: float = FRACTION) -> Flags:
    """Mark class c in the floor((1 - frequency_c) * N * fraction) rows of its lowest scores: bool [N, C].

    Of equal scores the earlier row is taken. Rows with a missing score count in N, but have no mark: theirs counts
    as 1. `frequency` says in which share of videos a class is expected, see `frequencies`. For several labels a row.
    """
    rows = len(scores)
    marked = np.zeros(scores.shape, bool)
    known = np.isfinite(scores)
    order = np.argsort(np.where(known, scores, np.inf), 0, kind="stable")
    for number, share in enumerate(frequency):
        marked[order[: int(max(0.0, (1 - share) * rows * fraction)), number], number] = True
    return marked & known


def frequencies(manifest: Manifest, classes: Sequence[str]) -> list[float]:
    """Return how often each class is annotated, over the number of videos with any annotation.

    As the authors count: annotated segments, so that a class that comes twice in a video counts twice (give a row
    a segment). Raises SourceError if no row has a label.
    """
    counts = dict.fromkeys(classes, 0)
    videos = set()
    for path, labels in zip(manifest.table["path"].to_pylist(), true_labels(manifest), strict=True):
        if labels:
            videos.add(path)
        for label in labels:
            if label in counts:
                counts[label] += 1
    if not videos:
        raise SourceError(f"{manifest.about.get('name', 'manifest')}: no row has a label to count")
    return [count / len(videos) for count in counts.values()]


class Precision(NamedTuple):
    """How right marks are. marks : how many; right : how many of them name a class that is absent indeed.

    chance : the share of right ones among all pairs of a row and a class; what marks at random would reach.
    """

    marks: int
    right: int
    chance: float

    @property
    def share(self) -> float:
        return self.right / self.marks if self.marks else float("nan")


def precision(marked: Flags, labels: Sequence[Sequence[str]], classes: Sequence[str]) -> dict[str, Precision]:
    """Return the precision of marks, bool [N, C], over rows with labels: of all together ("") and of each class."""
    place = {name: number for number, name in enumerate(classes)}
    present = np.zeros(marked.shape, bool)
    for row, own in enumerate(labels):
        present[row, [place[label] for label in own if label in place]] = True
    labelled = np.array([bool(own) for own in labels], bool)
    marked, absent = marked[labelled], ~present[labelled]

    def of(columns: slice) -> Precision:
        chosen, right = marked[:, columns], absent[:, columns]
        return Precision(
            int(chosen.sum()), int((chosen & right).sum()), float(right.mean()) if right.size else float("nan")
        )

    return {"": of(slice(None)), **{name: of(slice(n, n + 1)) for name, n in place.items()}}


def aligned(manifest: Manifest, scores: Mapping[str, Sequence[float]], classes: Sequence[str]) -> Scores:
    """Return scores in the order of the manifest, float64 [N, C]; NaN in rows that have none. Raises SourceError."""
    ids = manifest.table["video_id"].to_pylist()
    missing = [np.nan] * len(classes)
    found = np.array([scores.get(name, missing) for name in ids], np.float64).reshape(len(ids), len(classes))
    if not np.isfinite(found).any():
        raise SourceError(f"none of the scores' ids is a video_id of the manifest, such as {ids[0] if ids else '…'}")
    return found


def with_absent(manifest: Manifest, marked: Flags, classes: Sequence[str]) -> Manifest:
    """Return the manifest with `absent_labels` in its rows' extra values: the classes that are marked."""
    lists = [[name for name, flag in zip(classes, row, strict=True) if flag] for row in marked.tolist()]
    return manifest.replaced({"absent_labels": [names or None for names in lists]})
