"""Rows that make no sense are told of, each once, by one rule."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.sources.annotations import Row, sensible

TIMES = st.floats(-10, 50) | st.sampled_from([math.nan, math.inf])


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (Row("a", "v", start_s=2.0, end_s=1.0), "dropped: starts at 2 s and ends at 1 s"),
        (Row("a", "v", start_s=2.0, end_s=2.0), "dropped: starts at 2 s and ends at 2 s"),
        (Row("a", "v", start_s=math.nan, end_s=2.0), "dropped: its times nan and 2.0 are no numbers of seconds"),
        (Row("a", "v", start_s=9.0, end_s=12.0, length_s=9.0), "dropped: starts at 9 s, its video ends at 9 s"),
        (Row("a", "v", start_s=9.0, end_s=12.0, length_s=10.5), "clamped: ends at 12 s, its video at 10.5 s"),
        (Row("a", "v", start_s=-1.0, end_s=1.0), "clamped: starts at -1 s"),
    ],
)
def test_what_is_wrong_is_said(row: Row, what: str) -> None:
    kept, problems = sensible([row._replace(where="list.csv:7")])
    assert [tuple(problem) for problem in problems] == [("list.csv:7", "a", what)]
    assert len(kept) == what.startswith("clamped")


def test_an_id_counts_once() -> None:
    kept, problems = sensible([Row("a", "v"), Row("b", "v"), Row("a", "w", where="list.csv:3")])
    assert [row.file for row in kept] == ["v", "v"]
    assert [problem.where for problem in problems] == ["list.csv:3"]


@given(st.lists(st.tuples(TIMES, st.none() | TIMES, st.none() | st.floats(1, 40)), max_size=6))
def test_what_is_kept_can_be_meant(times: list[tuple[float, float | None, float | None]]) -> None:
    rows = [Row(str(n), "v", start_s=s, end_s=e, length_s=length) for n, (s, e, length) in enumerate(times)]
    kept, problems = sensible(rows)
    assert {row.video_id for row in kept} | {problem.video_id for problem in problems} == {row.video_id for row in rows}
    for row in kept:
        assert 0 <= row.start_s < math.inf
        assert row.end_s is None or row.start_s < row.end_s <= (row.length_s or math.inf)
    assert sensible(kept) == (kept, [])
