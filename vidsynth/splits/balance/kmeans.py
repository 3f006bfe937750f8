"""k-means: k-means++ and Lloyd's algorithm, in products of matrices so small that BLAS leaves each to one thread.

That is as fast as large products on one core, does not wait for threads on a busy machine, and gives the same sums
however many threads there are: the same points and seed give the same clusters. Between processors of different
kinds distances differ in their last bits, so that a point that lies as near to two centres may change sides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidsynth.rng import stream

Points = NDArray[np.float32]

_ONE_THREAD = 1 << 18  # multiplications, up to which OpenBLAS starts no threads
_CHUNK = 8192  # rows, about: what is calculated of them stays in the cache
_TOLERANCE = 1e-4  # of the points' variance: centres that move less have settled (scikit-learn's default)


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """centres : float32 [k, D]. members : int32 [N], each point's cluster; clusters without points are left out.

    inertia : the sum of squared distances to the own centre.
    """

    centres: Points
    members: NDArray[np.int32]
    inertia: float


def kmeans(points: Points, k: int, *, seed: int = 0, name: str = "", runs: int = 10, most_steps: int = 300) -> Clusters:
    """Cluster points, float32 [N, D], into k groups or, where fewer points are distinct, into as many.

    The best of `runs` runs, each from its own start: k-means++ that keeps the best of 2 + ln k candidates at each
    step (Arthur and Vassilvitskii, SODA 2007, section 6; what scikit-learn's `init="k-means++"` does). `name` tells
    apart the random streams of several uses of one seed. Raises ValueError if there are fewer points than k.
    """
    points = np.ascontiguousarray(points, np.float32)
    if not 1 <= k <= len(points):
        raise ValueError(f"{len(points)} points cannot make {k} clusters")
    if not np.isfinite(points).all():
        raise ValueError("points must be finite")
    middle = points.mean(0, dtype=np.float64).astype(np.float32)
    centred = points - middle  # distances from the origin are small: fewer digits cancel
    norms = np.einsum("nd,nd->n", centred, centred)
    settled = _TOLERANCE * float(centred.var(0).mean())
    best: Clusters | None = None
    for run in range(runs if k > 1 else 1):
        rng = stream(seed, f"kmeans/{name}/{k}", run)
        found = _lloyd(centred, norms, _start(centred, norms, k, rng), settled, most_steps)
        if best is None or found.inertia < best.inertia:
            best = found
    assert best is not None
    return _named(best, middle)


def _start(points: Points, norms: Points, k: int, rng: np.random.Generator) -> Points:
    """Return k-means++ centres: each is drawn with probability as its squared distance from those before it."""
    chosen = [min(int(rng.random() * len(points)), len(points) - 1)]
    nearest = _distances(points, norms, points[chosen])[:, 0]
    candidates = 2 + int(math.log(k))
    for _ in range(1, k):
        so_far = np.cumsum(nearest, dtype=np.float64)
        drawn = np.searchsorted(so_far, rng.random(candidates) * so_far[-1], "right").clip(max=len(points) - 1)
        closer = np.minimum(_distances(points, norms, points[drawn]), nearest[:, None])
        best = int(closer.sum(0, dtype=np.float64).argmin())
        nearest = closer[:, best]
        chosen.append(int(drawn[best]))
    return points[chosen]


def _lloyd(points: Points, norms: Points, centres: Points, settled: float, most_steps: int) -> Clusters:
    members = np.full(len(points), -1, np.int32)
    for _ in range(most_steps):
        before = members
        members, distances = _nearest(points, norms, centres)
        if np.array_equal(members, before):
            break
        moved = _means(points, members, distances, len(centres))
        shift = float(np.square(moved - centres, dtype=np.float64).sum())
        centres = moved
        if shift <= settled:
            members, distances = _nearest(points, norms, centres)
            break
    return Clusters(centres, members, float(distances.sum(dtype=np.float64)))


def _nearest(points: Points, norms: Points, centres: Points) -> tuple[NDArray[np.int32], Points]:
    members, distances = np.empty(len(points), np.int32), np.empty(len(points), np.float32)
    sizes = np.einsum("kd,kd->k", centres, centres)
    for chunk, slices in _chunks(points, len(centres)):
        apart = (slices @ centres.T).reshape(-1, len(centres))
        apart *= -2
        apart += sizes
        nearest = apart.argmin(1)
        members[chunk] = nearest
        distances[chunk] = apart[np.arange(len(apart)), nearest]
    distances += norms
    return members, np.maximum(distances, 0, out=distances)


def _means(points: Points, members: NDArray[np.int32], distances: Points, k: int) -> Points:
    """Return the mean of each cluster, float32 [k, D]; an empty one gets the point that is worst off."""
    sums, counts = np.zeros((k, points.shape[1])), np.bincount(members, minlength=k)
    numbers = np.arange(k, dtype=np.int32)[:, None]
    for chunk, slices in _chunks(points, k):
        belongs = members[chunk].reshape(len(slices), 1, -1) == numbers
        sums += (belongs.astype(np.float32) @ slices).sum(0, dtype=np.float64)
    means = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
    empty = np.flatnonzero(counts == 0)
    if len(empty):
        means[empty] = points[np.argsort(distances, kind="stable")[::-1][: len(empty)]]
    return means


def _distances(points: Points, norms: Points, others: Points) -> Points:
    """Return squared distances, float32 [N, M]."""
    apart = np.empty((len(points), len(others)), np.float32)
    for chunk, slices in _chunks(points, len(others)):
        apart[chunk] = (slices @ others.T).reshape(-1, len(others))
    apart *= -2
    apart += norms[:, None]
    apart += np.einsum("md,md->m", others, others)
    return np.maximum(apart, 0, out=apart)


def _chunks(points: Points, columns: int) -> Iterator[tuple[slice, Points]]:
    """Yield rows some thousands at a time: which, and themselves as float32 [slices, rows, D], a product each."""
    width = points.shape[1]
    rows = max(16, _ONE_THREAD // (columns * width))
    step, whole = rows * max(1, _CHUNK // rows), len(points) - len(points) % rows
    for start in range(0, whole, step):
        chunk = slice(start, min(start + step, whole))
        yield chunk, points[chunk].reshape(-1, rows, width)
    if whole < len(points):
        yield slice(whole, len(points)), points[None, whole:]


def _named(found: Clusters, middle: Points) -> Clusters:
    """Number the clusters that have points from the largest down, equal ones as their first points come."""
    numbers, first, members, counts = np.unique(
        found.members, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -counts))
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Clusters(found.centres[numbers[order]] + middle, place[members], found.inertia)
