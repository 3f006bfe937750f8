"""Groups of sounds: each class by itself, weights as they follow, odd cases told of."""

import numpy as np
import pytest

from vidsynth import Manifest
from vidsynth.errors import SourceError
from vidsynth.splits.balance import BalanceRules, balance, class_weights, cluster_weights

QUICK = BalanceRules(max_clusters=6, runs=2)


def manifest(labels: list[list[str]], split: list[str] | None = None) -> Manifest:
    count = len(labels)
    columns = {"path": [f"{n:04d}.mp4" for n in range(count)], "labels": labels, "split": split or ["train"] * count}
    return Manifest.from_columns(columns, ".")


def sounds(groups: list[int], seed: int = 0) -> np.ndarray:
    """Rows [N, 8] of groups that lie far apart."""
    rng = np.random.default_rng(seed)
    return np.eye(8, dtype=np.float32)[groups] * 50 + rng.normal(0, 0.5, (len(groups), 8)).astype(np.float32)


def test_rare_sounds_of_a_class_weigh_more() -> None:
    groups = [0] * 30 + [1] * 8 + [2] * 2 + [0] * 5 + [3] * 15
    labels = [["cut"]] * 40 + [["mix"]] * 20
    made, (cut, mix) = balance(manifest(labels), sounds(groups), QUICK)
    of_cut, of_mix = class_weights([40, 20])
    assert (cut.label, cut.rows, cut.heard, cut.knee, cut.sizes, cut.note) == ("cut", 40, 40, 3, (30, 8, 2), "")
    assert (mix.label, mix.rows, mix.sizes, mix.knee) == ("mix", 20, (15, 5), 2)
    assert cut.weights == pytest.approx(cluster_weights([30, 8, 2], of_cut).tolist())
    extras = made.extras()
    expected = dict(zip((0, 1, 2), cluster_weights([30, 8, 2], of_cut), strict=True))
    for row in range(40):
        assert extras[row]["audio_cluster"] == groups[row]
        assert extras[row]["audio_weight"] == pytest.approx(expected[groups[row]])
    assert extras[40] == {"audio_cluster": 1, "audio_weight": pytest.approx(cluster_weights([15, 5], of_mix)[1])}


def test_a_straight_curve_has_one_cluster_and_is_told_of() -> None:
    # Points at equal distances from each other: each more cluster takes off as much.
    _, (one,) = balance(manifest([["cut"]] * 8), np.eye(8) * 3, BalanceRules(max_clusters=8, runs=2))
    assert (one.knee, one.sizes) == (None, (8,))
    assert one.note == "no elbow: one cluster"
    assert one.weights == (pytest.approx(one.weight),) == (1.0,)


def test_a_class_smaller_than_k_is_clustered_all_the_same() -> None:
    labels = [["cut"]] * 40 + [["pour"]] * 5 + [["mix"]]
    _, groups = balance(manifest(labels), sounds([0] * 30 + [1] * 10 + [0, 0, 0, 1, 1] + [4]), QUICK)
    cut, mix, pour = groups
    assert cut.sizes == (30, 10) and not cut.note
    assert (pour.knee, pour.sizes, pour.note) == (2, (3, 2), "k up to 5 only, its size")
    assert (mix.knee, mix.sizes, mix.note) == (None, (1,), "k up to 1 only, its size; no elbow: one cluster")


def test_rows_without_sound_weigh_as_their_class() -> None:
    features = sounds([0] * 6 + [1] * 4 + [2] * 5)
    features[3] = features[10:] = np.nan
    made, (cut, mix) = balance(manifest([["cut"]] * 10 + [["mix"]] * 5), features, QUICK)
    of_cut, of_mix = class_weights([10, 5])
    assert (cut.heard, cut.sizes, mix.heard, mix.sizes) == (9, (5, 4), 0, ())
    assert mix.note == "no row has features: all weigh as their class"
    extras = made.extras()
    assert "audio_cluster" not in extras[3] and extras[3]["audio_weight"] == pytest.approx(of_cut)
    assert extras[12]["audio_weight"] == pytest.approx(of_mix)


def test_a_row_of_several_labels_weighs_their_mean() -> None:
    labels = [["cut"]] * 8 + [["cut", "mix"]] * 4 + [["mix"]] * 5
    features = sounds([0] * 8 + [1] * 4 + [2] * 5)
    made, (cut, mix) = balance(manifest(labels), features, QUICK)
    assert (cut.rows, mix.rows) == (12, 9)
    extra = made.extras()[9]
    assert extra["audio_cluster"] == [1, 1]
    assert extra["audio_weight"] == pytest.approx((cut.weights[1] + mix.weights[1]) / 2)
    assert made.extras()[0]["audio_cluster"] == [0]


def test_only_the_rows_of_a_split_count() -> None:
    labels = [["cut"]] * 10
    split = ["source"] * 6 + ["test"] * 4
    made, (cut,) = balance(manifest(labels, split), sounds([0] * 10), QUICK.with_changes({"split": "source"}))
    assert cut.rows == 6
    assert ["audio_weight" in extra for extra in made.extras()] == [True] * 6 + [False] * 4
    with pytest.raises(SourceError, match="no split 'target'; it has source, test"):
        balance(manifest(labels, split), sounds([0] * 10), QUICK.with_changes({"split": "target"}))


def test_it_is_the_same_again_whatever_the_other_classes() -> None:
    features = sounds([0, 1, 2] * 20, seed=3) * np.float32(0.05)
    both, _ = balance(manifest([["cut"]] * 30 + [["mix"]] * 30), features, QUICK)
    again, _ = balance(manifest([["cut"]] * 30 + [["mix"]] * 30), features, QUICK)
    alone, _ = balance(manifest([["cut"]] * 30 + [[]] * 30), features, QUICK)
    assert both.hash() == again.hash()
    clusters = [[extra.get("audio_cluster") for extra in made.extras()[:30]] for made in (both, alone)]
    assert clusters[0] == clusters[1]


def test_a_manifest_without_labels_is_refused() -> None:
    with pytest.raises(SourceError, match="no row has a label to balance"):
        balance(manifest([[]] * 3), np.zeros((3, 2)), QUICK)
