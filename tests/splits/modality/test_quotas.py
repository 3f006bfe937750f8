"""Quotas are exact where a flow exists, and else the parts that are named really need more than there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.errors import RecipeError
from vidsynth.splits.modality.quotas import Short, quotas, targets


@given(st.dictionaries(st.sampled_from("ABC"), st.floats(0.01, 0.3) | st.integers(1, 30)), st.integers(100, 10_000))
def test_targets_are_as_asked_and_add_up(sizes: dict[str, float], rows: int) -> None:
    wanted = dict(zip("ABCD", targets(sizes, "ABCD", rows).tolist(), strict=True))
    assert sum(wanted.values()) == rows
    for name, size in sizes.items():
        assert wanted[name] == size if isinstance(size, int) else abs(wanted[name] - size * rows) < 1
    open_parts = [wanted[name] for name in wanted if name not in sizes]
    assert max(open_parts) - min(open_parts) <= 1


def test_targets_may_leave_rows_out_but_not_ask_for_more() -> None:
    assert targets({"A": 10, "B": 0.25}, "AB", 100).tolist() == [10, 25]
    with pytest.raises(RecipeError, match="101 rows are asked for; 100 rows can be used"):
        targets({"A": 51, "B": 50}, "AB", 100)
    with pytest.raises(RecipeError, match="and C would get nothing"):
        targets({"A": 50, "B": 50}, "ABC", 100)
    with pytest.raises(RecipeError, match=r"sizes: 0\.001 of 100 rows that can be used leave none for B"):
        targets({"B": 0.001}, "AB", 100)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_quotas_are_exact_or_hall_says_why_not(data: st.DataObject) -> None:
    kinds, parts = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    counts = np.array(data.draw(st.lists(st.integers(0, 12), min_size=kinds, max_size=kinds)))
    flags = st.lists(st.booleans(), min_size=parts, max_size=parts)
    eligible = np.array(data.draw(st.lists(flags, min_size=kinds, max_size=kinds)))
    wanted = np.array(data.draw(st.lists(st.integers(0, 15), min_size=parts, max_size=parts)))
    feasible = all(
        wanted[list(some)].sum() <= counts[eligible[:, list(some)].any(1)].sum()
        for size in range(1, parts + 1)
        for some in itertools.combinations(range(parts), size)
    )
    if not feasible:
        with pytest.raises(Short) as caught:
            quotas(counts, eligible, wanted)
        short = caught.value
        assert short.needed == wanted[short.parts].sum() > short.there
        assert short.there == counts[eligible[:, short.parts].any(1)].sum()
        return
    flow = quotas(counts, eligible, wanted)
    assert (flow >= 0).all() and not flow[~eligible].any()
    assert (flow.sum(0) == wanted).all() and (flow.sum(1) <= counts).all()


def test_kinds_are_shared_out_in_proportion() -> None:
    flow = quotas(np.array([1000, 3000]), np.ones((2, 2), bool), np.array([400, 800]))
    assert flow.tolist() == [[100, 200], [300, 600]]
