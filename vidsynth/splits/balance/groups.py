"""Clusters of the sounds of each class, and the weights of samples that follow from their sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.recipe import Params
from vidsynth.splits.balance.elbow import elbow
from vidsynth.splits.balance.kmeans import Clusters, kmeans
from vidsynth.splits.balance.weights import class_weights, cluster_weights


class BalanceRules(Params):
    """How classes are cut into clusters, and weighed.

    beta : of the effective number of samples; the authors ran 0.999 on EPIC-KITCHENS, 0.99 on Charades-Ego.
    max_clusters : k is sought in 1 to this, or to the class's size; the authors have 20, and 19 on Charades-Ego.
    runs : of k-means, for each k.
    split : weigh the rows of this split only; null, all rows that have labels.
    """

    beta: float = Field(0.999, gt=0, lt=1)
    max_clusters: int = Field(20, ge=1, le=1000)
    runs: int = Field(10, ge=1, le=1000)
    seed: int = Field(0, ge=0, lt=1 << 63)
    split: str | None = None


class ClassGroups(NamedTuple):
    """What became of one class.

    rows, heard : how many there are, and how many have features.
    knee : where the curve of inertia bends; None where it does not, and then there is one cluster.
    sizes, weights : of its clusters, the largest first. weight : u_c, of rows without features.
    note : what was out of the ordinary, in words.
    """

    label: str
    rows: int
    heard: int
    knee: int | None
    sizes: tuple[int, ...]
    weights: tuple[float, ...]
    weight: float
    note: str


def balance(manifest: Manifest, features: NDArray[Any], rules: BalanceRules) -> tuple[Manifest, list[ClassGroups]]:
    """Return the manifest with `audio_cluster` and `audio_weight` in its rows' extra values, and each class's groups.

    features : [rows, D], in the order of the manifest; a row with a NaN has no sound.

    Per class, the features of its rows are clustered by k-means for every k from 1; the elbow of the inertia says
    which k. A row's weight is its cluster's, or its class's if it has no features; of a row with several labels the
    mean of what each of them gives it (its `audio_cluster` is then a list, in the order of its labels). A row counts
    once for each of its labels: for Charades-Ego, give a row an annotated action, as the authors count them.

    The authors' code stops where the curve has no elbow, and where a class is smaller than k: here k is 1 in the
    first case, and never more than the class's size in the second; both are told of in `note`.

    Raises SourceError if no row has a label.
    """
    if len(features) != len(manifest) or features.ndim != 2:
        raise ValueError(f"features must be [{len(manifest)}, D], not {list(features.shape)}")
    table = manifest.table
    labels: list[list[str]] = [row or [] for row in table["labels"].to_pylist()]
    if rules.split is not None:
        manifest.only_split(rules.split)  # names the splits that there are, if not this one
        labels = [
            row if split == rules.split else [] for row, split in zip(labels, table["split"].to_pylist(), strict=True)
        ]
    rows_of: dict[str, list[int]] = {}
    for number, row in enumerate(labels):
        for label in dict.fromkeys(row):
            rows_of.setdefault(label, []).append(number)
    if not rows_of:
        raise SourceError(f"{manifest.about.get('name', 'manifest')}: no row has a label to balance")
    names = sorted(rows_of)
    heard = np.isfinite(features).all(1)
    of_class = class_weights([len(rows_of[name]) for name in names], rules.beta)
    placed: list[dict[str, tuple[int | None, float]]] = [{} for _ in labels]
    groups = []
    for name, class_weight in zip(names, of_class.tolist(), strict=True):
        rows = np.array(rows_of[name])
        with_sound = rows[heard[rows]]
        clusters, knee, note = _clustered(np.asarray(features[with_sound], np.float32), name, rules)
        sizes = np.bincount(clusters.members) if clusters else np.empty(0, np.int64)
        weights = cluster_weights(sizes, class_weight, rules.beta).tolist() if clusters else []
        for row in rows.tolist():
            placed[row][name] = None, class_weight
        for row, cluster in zip(with_sound.tolist(), clusters.members.tolist() if clusters else (), strict=True):
            placed[row][name] = cluster, weights[cluster]
        groups.append(
            ClassGroups(
                name, len(rows), len(with_sound), knee, tuple(sizes.tolist()), tuple(weights), class_weight, note
            )
        )
    return manifest.replaced(_columns(labels, placed)), groups


def _clustered(points: NDArray[np.float32], name: str, rules: BalanceRules) -> tuple[Clusters | None, int | None, str]:
    """Return a class's clusters, its knee, and what is to be told."""
    if not len(points):
        return None, None, "no row has features: all weigh as their class"
    most = min(rules.max_clusters, len(points))
    tried = [kmeans(points, k, seed=rules.seed, name=name, runs=rules.runs) for k in range(1, most + 1)]
    bend = elbow([clusters.inertia for clusters in tried])
    notes = [f"k up to {most} only, its size"] if most < rules.max_clusters else []
    if bend is None:
        notes.append("no elbow: one cluster")
    return tried[bend or 0], None if bend is None else bend + 1, "; ".join(notes)


def _columns(
    labels: Sequence[Sequence[str]], placed: Sequence[dict[str, tuple[int | None, float]]]
) -> dict[str, list[Any]]:
    """Return the two columns: a cluster a row or, where a row has several labels, lists of clusters."""
    several = any(len(row) > 1 for row in labels)
    clusters: list[Any] = []
    weights: list[float | None] = []
    for row, places in zip(labels, placed, strict=True):
        found = [places[label] for label in row]
        numbers = [cluster for cluster, _ in found]
        clusters.append((numbers if several else numbers[0]) if numbers else None)
        weights.append(sum(weight for _, weight in found) / len(found) if found else None)
    return {"audio_cluster": clusters, "audio_weight": weights}
