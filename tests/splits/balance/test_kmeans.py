"""k-means: clusters that are there are found; what is reported is true of the points."""

import hashlib
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.splits.balance.kmeans import kmeans


def blobs(sizes: list[int], width: float = 0.3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = np.array(list(product((0, 10), repeat=5)), np.float32)[: len(sizes)]
    of = np.repeat(np.arange(len(sizes)), sizes)
    order = rng.permutation(len(of))
    return (centres[of] + rng.normal(0, width, (len(of), 5))).astype(np.float32)[order], of[order]


def test_clusters_that_are_apart_are_found_the_largest_first() -> None:
    points, of = blobs([5, 80, 20, 41, 1])
    found = kmeans(points, 5)
    order = np.argsort([-5, -80, -20, -41, -1])
    assert np.array_equal(order[found.members], of)
    for cluster, blob in enumerate(order):
        assert found.centres[cluster] == pytest.approx(points[of == blob].mean(0), abs=1e-4)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 8), st.integers(0, 5), st.booleans())
def test_what_is_reported_is_true(count: int, width: int, k: int, seed: int, coarse: bool) -> None:
    rng = np.random.default_rng(seed)
    points = (rng.integers(0, 3, (count, width)) if coarse else rng.normal(size=(count, width))).astype(np.float32)
    k = min(k, count)
    found = kmeans(points, k, runs=3)
    distances = ((points[:, None].astype(float) - found.centres) ** 2).sum(-1)
    assert distances[np.arange(count), found.members] == pytest.approx(distances.min(1), abs=1e-3)
    assert found.inertia == pytest.approx(distances.min(1).sum(), abs=1e-3)
    sizes = np.bincount(found.members)
    assert len(sizes) == len(found.centres) <= min(k, len(np.unique(points, axis=0)))
    assert sizes.min() > 0 and np.all(np.diff(sizes) <= 0)


def test_more_clusters_and_more_runs_are_no_worse() -> None:
    points = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    inertias = [kmeans(points, k).inertia for k in range(1, 12)]
    assert np.all(np.diff(inertias) < 0)
    assert kmeans(points, 9, runs=10).inertia <= kmeans(points, 9, runs=1).inertia


def test_one_cluster_is_the_mean() -> None:
    points = np.random.default_rng(0).normal(5, 1, (100, 3)).astype(np.float32)
    found = kmeans(points, 1)
    assert found.centres[0] == pytest.approx(points.mean(0), abs=1e-5)
    assert found.inertia == pytest.approx(((points - points.mean(0)) ** 2).sum(), rel=1e-4)


def test_far_from_the_origin_no_digits_are_lost() -> None:
    points, of = blobs([30, 20, 10], 0.01)
    near, far = kmeans(points, 3), kmeans(points + np.float32(4096), 3)
    assert np.array_equal(near.members, far.members) and np.array_equal(near.members, of)


def test_equal_points_make_one_cluster() -> None:
    found = kmeans(np.ones((6, 2), np.float32), 4)
    assert found.members.tolist() == [0] * 6 and found.inertia == 0 and found.centres.tolist() == [[1, 1]]


def test_the_result_is_a_function_of_points_seed_and_name() -> None:
    points, _ = blobs([40, 30, 20, 10], 4.0)
    digests = {
        hashlib.sha256(kmeans(points, 7, seed=seed, name=name, runs=1).members).hexdigest()[:8]
        for seed, name in [(0, "a"), (0, "a"), (1, "a"), (0, "b")]
    }
    assert len(digests) == 3


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    points, _ = blobs([300, 200, 100, 77], 2.0)
    whole = kmeans(points, 6)
    monkeypatch.setattr("vidsynth.splits.balance.kmeans._ONE_THREAD", 1)
    monkeypatch.setattr("vidsynth.splits.balance.kmeans._CHUNK", 32)
    cut = kmeans(points, 6)
    assert np.array_equal(whole.members, cut.members) and cut.inertia == pytest.approx(whole.inertia)


@pytest.mark.parametrize(("points", "k"), [(np.zeros((3, 2)), 4), (np.zeros((3, 2)), 0), (np.full((3, 2), np.nan), 1)])
def test_what_cannot_be_clustered_is_refused(points: np.ndarray, k: int) -> None:
    with pytest.raises(ValueError, match=r"points"):
        kmeans(points, k)
