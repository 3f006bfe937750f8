"""Day2Dark's sets: labelled dark videos to test on, day videos to train on, unlabelled dark videos to learn from.

Zhang, Doughty and Snoek, "Day2Dark: Pseudo-Supervised Activity Recognition Beyond Silent Daylight" (arXiv
2212.02053). Their lists are not published: these are made from darkness statistics by the same rule, a mean
luminance of 40 or less. A day test set with the classes of the dark one makes the two comparable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.rng import Permutation

THRESHOLD = 40.0


@dataclass(frozen=True, slots=True)
class DarkSets:
    """dark_test, day_test, day_train : labelled. dropped : what was left out, and how many videos each reason cost."""

    dark_test: Manifest
    day_test: Manifest
    day_train: Manifest
    dropped: Mapping[str, int]


def dark_sets(
    manifest: Manifest,
    y: Mapping[str, float],
    *,
    threshold: float = THRESHOLD,
    test: str = "val",
    train: str = "train",
    per_class: int = 1,
    seed: int = 0,
) -> DarkSets:
    """Make the labelled sets of one data set.

    Parameters
    ----------
    y : video_id → mean luminance; videos without one could not be measured, and are in no set.
    test, train : the manifest's splits to take test and training videos from; `all` takes every one.
    per_class : classes with fewer dark test videos are no target classes: their videos are in no set.
    seed : draws day_test, which has as many videos of each class as dark_test, where there are as many.

    No file is in two sets, also where several rows are segments of one. Raises SourceError if a split is not
    there, or no dark test video is left.
    """
    test_rows, train_rows = (_of_split(manifest, split) for split in (test, train))
    luminance = np.array([y.get(name, np.nan) for name in manifest.table["video_id"].to_pylist()])
    labels = _labels(manifest)
    dark = test_rows & (luminance <= threshold)
    frequent = _histogram(labels[row] for row in np.flatnonzero(dark).tolist())
    targets = {name for name, count in frequent.items() if count >= per_class}
    wanted = np.array([bool(targets.intersection(names)) for names in labels], bool)
    if not (dark & wanted).any():
        raise SourceError(
            f"{manifest.about.get('name', manifest.root)}: no dark test set: {int(dark.sum())} of "
            f"{int(test_rows.sum())} videos of split {test!r} have Y <= {threshold:g}, and no class has "
            f"{per_class} of them; lower per_class, or take another split"
        )
    paths = np.array(manifest.table["path"].to_pylist(), object)
    day = luminance > threshold
    dark_test = dark & wanted
    candidates = test_rows & day & wanted & ~np.isin(paths, paths[dark_test])
    day_test = _matched(labels, dark_test, candidates, seed)
    tested = np.isin(paths, paths[dark_test | day_test])
    day_train = train_rows & day & wanted & ~tested
    dropped = {
        "not measured": int(np.isnan(luminance).sum()),
        f"classes with fewer than {per_class} dark test videos": int(((dark | (train_rows & day)) & ~wanted).sum()),
        "training videos whose file is in a test set": int((train_rows & day & wanted & tested).sum()),
    }
    return DarkSets(manifest.take(dark_test), manifest.take(day_test), manifest.take(day_train), dropped)


def dark_pool(
    manifest: Manifest,
    y: Mapping[str, float],
    *,
    threshold: float = THRESHOLD,
    split: str = "all",
    exclude: Iterable[str] = (),
) -> Manifest:
    """Return the dark videos of a data set without what they show: labels and text are null.

    exclude : labels whose videos are left out, so that what is learned from shows no target class.

    Raises SourceError if no video is left.
    """
    excluded = set(exclude)
    luminance = np.array([y.get(name, np.nan) for name in manifest.table["video_id"].to_pylist()])
    target = [not excluded.isdisjoint(names) for names in _labels(manifest)]
    chosen = _of_split(manifest, split) & (luminance <= threshold) & ~np.array(target, bool)
    if not chosen.any():
        raise SourceError(
            f"{manifest.about.get('name', manifest.root)}: no dark pool: {int((luminance <= threshold).sum())} videos "
            f"have Y <= {threshold:g}, none of them is in split {split!r} and of no excluded class"
        )
    pool = manifest.take(chosen)
    nothing = [None] * len(pool)
    return pool.replaced({"labels": nothing, "text": nothing, "extra": nothing})


def _of_split(manifest: Manifest, split: str) -> NDArray[np.bool_]:
    if split == "all":
        return np.ones(len(manifest), bool)
    ids = set(manifest.only_split(split).table["video_id"].to_pylist())
    return np.array([name in ids for name in manifest.table["video_id"].to_pylist()], bool)


def _matched(
    labels: Sequence[Sequence[str]], like: NDArray[np.bool_], candidates: NDArray[np.bool_], seed: int
) -> NDArray[np.bool_]:
    """Draw candidates until each class stands as often as in `like`, or no candidate fits any more."""
    need = _histogram(labels[row] for row in np.flatnonzero(like).tolist())
    rows = np.flatnonzero(candidates)
    chosen = np.zeros(len(labels), bool)
    for row in rows[Permutation(seed, "dark/day-test", len(rows)).array()].tolist():
        if labels[row] and all(need[name] > 0 for name in labels[row]):
            need.subtract(labels[row])
            chosen[row] = True
    return chosen


def _labels(manifest: Manifest) -> list[list[str]]:
    return [names or [] for names in manifest.table["labels"].to_pylist()]


def _histogram(labels: Iterable[Sequence[str]]) -> Counter[str]:
    return Counter(name for names in labels for name in names)
