"""Absent activities: both rules against a slow one, and how right marks are."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vidsynth import Manifest
from vidsynth.errors import SourceError
from vidsynth.splits.absent import aligned, frequencies, lowest_k, precision, rank_fraction, with_absent

SCORES = arrays.arrays(
    float,
    st.tuples(st.integers(1, 12), st.integers(2, 6)),
    elements=st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0, np.nan]),
)


@given(SCORES, st.data())
def test_lowest_k_marks_the_k_least_likely_of_each_row(scores: np.ndarray, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, scores.shape[1] - 1))
    for row, marked in zip(scores.tolist(), lowest_k(scores, k).tolist(), strict=True):
        lowest = sorted(range(len(row)), key=lambda number: row[number])[:k]
        expected = [] if any(map(math.isnan, row)) else sorted(lowest)
        assert [number for number, flag in enumerate(marked) if flag] == expected


@given(SCORES, st.data())
def test_rank_fraction_marks_the_least_likely_rows_of_each_class(scores: np.ndarray, data: st.DataObject) -> None:
    frequency = data.draw(st.lists(st.floats(0, 1.2), min_size=scores.shape[1], max_size=scores.shape[1]))
    fraction = data.draw(st.floats(0, 1))
    found = rank_fraction(scores, frequency, fraction)
    for number, share in enumerate(frequency):
        column = scores[:, number].tolist()
        count = max(0, math.floor((1 - share) * len(column) * fraction))
        order = sorted(range(len(column)), key=lambda row: math.inf if math.isnan(column[row]) else column[row])
        expected = {row for row in order[:count] if not math.isnan(column[row])}
        assert set(np.flatnonzero(found[:, number]).tolist()) == expected


def test_the_authors_three_of_eight() -> None:
    scores = np.array([[0.3, 0.2, 0.15, 0.1, 0.05, 0.08, 0.07, 0.05]])
    assert np.flatnonzero(lowest_k(scores)[0]).tolist() == [4, 6, 7]
    for k in (0, 8):
        with pytest.raises(ValueError, match="of 8 classes 1 to 7 can be absent"):
            lowest_k(scores, k)


def manifest(labels: list[list[str]], **more: list[object]) -> Manifest:
    count = len(labels)
    columns = {"video_id": [f"v{n}" for n in range(count)], "path": [f"{n // 2}.mp4" for n in range(count)]}
    return Manifest.from_columns(columns | {"labels": labels} | more, ".")


def test_frequencies_count_segments_over_videos() -> None:
    # Two segments a video; the last video shows nothing.
    rows = manifest([["a"], ["a"], ["b"], ["a", "c"], [], []])
    assert frequencies(rows, ["a", "b", "d"]) == [3 / 2, 1 / 2, 0]
    with pytest.raises(SourceError, match="no row has a label to count"):
        frequencies(manifest([[], []]), ["a"])


def test_precision_counts_rows_with_labels_and_tells_chance() -> None:
    marked = np.array([[True, False, True], [False, True, False], [True, True, True]])
    found = precision(marked, [["a"], ["c"], []], ["a", "b", "c"])
    assert (found[""].marks, found[""].right, found[""].share) == (3, 2, pytest.approx(2 / 3))
    assert found[""].chance == pytest.approx(4 / 6)
    assert (found["a"].marks, found["a"].right, found["a"].chance) == (1, 0, 0.5)
    assert math.isnan(precision(marked[2:], [[]], ["a", "b", "c"])[""].share)


def test_scores_find_their_rows_and_marks_become_names() -> None:
    rows = manifest([["a"], ["b"], []], hidden_labels=[None, None, ["c"]])
    scores = aligned(rows, {"v2": (0.1, 0.2, 0.9), "v0": (0.8, 0.1, 0.3), "x": (1, 1, 1)}, ["a", "b", "c"])
    assert scores[0].tolist() == [0.8, 0.1, 0.3] and np.isnan(scores[1]).all()
    made = with_absent(rows, lowest_k(scores, 1), ["a", "b", "c"])
    assert [extra.get("absent_labels") for extra in made.extras()] == [["b"], None, ["a"]]
    with pytest.raises(SourceError, match="none of the scores' ids is a video_id of the manifest, such as v0"):
        aligned(rows, {"x": (1, 1, 1)}, ["a", "b", "c"])
