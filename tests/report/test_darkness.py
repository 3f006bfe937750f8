"""The summary of darkness statistics: counts, intervals, and what a person reads."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.benchmark.intervals import wilson
from vidsynth.generators.darkness.recipe import VerdictParams
from vidsynth.report.darkness import histogram, summarise, text

TABLE = pa.table(
    {
        "split": ["train", "train", "train", "val", None],
        "labels": pa.array([["a"], ["a", "b"], ["b"], None, ["c"]], pa.list_(pa.string())),
        "y_mean": [10.0, 39.5, 41.0, 41.5, 200.0],
        "y_p50": [50.0, 39.5, 41.0, 41.5, 200.0],
        "dark": [True, True, False, False, False],
        "black_frames": [3, 0, 0, 0, 1],
    }
)


def test_counts_are_of_all_and_of_each_split_and_class() -> None:
    found = summarise(TABLE, VerdictParams(), "k400")
    assert (found["videos"], found["dark"], found["percent"], found["within_band"]) == (5, 2, 40.0, 2)
    assert (found["published_percent"], found["black_frames"]) == (4.4, 4)
    assert {name: (part["videos"], part["dark"]) for name, part in found["splits"].items()} == {
        "train": (3, 2),
        "val": (1, 0),
    }
    assert list(found["classes"]) == ["a", "b", "c"]
    assert found["classes"]["b"] == {"videos": 2, "dark": 1}
    said = text(found, TABLE["y_mean"].to_numpy())
    assert said.startswith("k400: 2 of 5 videos are dark (mean Y <= 40).")
    assert re.search(r"^published +4\.4 ", said, re.MULTILINE) and "  a       2 of 2      100.0 %" in said
    found["measure"] = {"frames": "key"}
    found["against_all_frames"] = {
        "videos": 5, "mean_difference": -0.5, "mean_absolute_difference": 1.25, "largest_absolute_difference": 9.0,
        "other_verdicts": 1,
    }  # fmt: skip
    assert "frames: key. Of 5 videos measured on all frames, too, Y is off by 1.25" in text(found, np.array([1.0]))
    by_median = summarise(TABLE, VerdictParams(aggregate="median"), "folder")
    assert by_median["published_percent"] is None


@given(st.integers(0, 5000).flatmap(lambda total: st.tuples(st.integers(0, total + 1), st.just(total + 1))))
def test_wilsons_interval_solves_his_equation(counts: tuple[int, int]) -> None:
    count, total = counts
    share = count / total
    low, high = wilson(count, total)
    assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1
    for bound in (low, high):  # the bounds are where (p - share)^2 = z^2 p (1 - p) / n
        assert (bound - share) ** 2 == pytest.approx(1.959963984540054**2 * bound * (1 - bound) / total, abs=1e-9)


def test_the_histogram_draws_the_threshold_where_it_cuts() -> None:
    lines = histogram(np.array([3.0, 35.0, 36.0, 39.9, 52.0]), 40).splitlines()
    assert [line.split()[-1] for line in lines[1:5]] == ["1", "0", "0", "3"]
    assert lines[5].startswith("  ------- 40 dark above this line")
    assert lines[6].startswith("   40 - 50 ") and lines[7].split()[-1] == "1"
    assert max(line.count("#") for line in lines) == 40
