"""Courses of events: twins have the same frames, begin and end alike, and say when things come."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.generators.time_order.captions import twin_order
from vidsynth.generators.time_order.recipe import EventParams
from vidsynth.generators.time_order.timeline import Timeline, draw_timelines, ramp
from vidsynth.rng import stream

spans = st.tuples(st.integers(1, 4), st.integers(0, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@st.composite
def events(draw: st.DrawFn, persistence: str) -> EventParams:
    return EventParams(
        count=draw(st.integers(2, 5)),
        persistence=persistence,  # type: ignore[arg-type]
        lead=draw(spans), rise=draw(spans), hold=draw(spans), fall=draw(spans), gap=(0, draw(st.integers(0, 3))),
    )  # fmt: skip


def frames(timeline: Timeline) -> list[tuple[int, ...]]:
    return [(*column, ground) for *column, ground in np.vstack([timeline.progress, timeline.ground]).T.tolist()]


def check_twins(params: EventParams, seed: int, order: tuple[int, ...]) -> None:
    length = params.most_frames() + 1
    u, twin = draw_timelines(stream(seed, "test"), params, length, order)
    assert Counter(frames(u)) == Counter(frames(twin)) and frames(u) != frames(twin)
    assert frames(u)[0] == frames(twin)[0] == frames(u)[-1] == frames(twin)[-1]
    assert not u.progress[:, 0].any() and not u.progress[:, -1].any()
    for timeline, shown in ((u, range(params.count)), (twin, order)):
        assert list(np.argsort(timeline.starts)) == list(shown)
        for row, start, stop in zip(timeline.progress, timeline.starts, timeline.stops, strict=True):
            assert not row[:start].any() and row[stop - 1] == 255
            assert (row[start:stop] == ramp(stop - start)).all()


@settings(deadline=None, max_examples=60)
@given(events("goes"), st.integers(0, 9), st.sampled_from(["before", "between"]))
def test_one_after_the_other(params: EventParams, seed: int, relation: str) -> None:
    check_twins(params, seed, twin_order(relation, params.count))  # type: ignore[arg-type]


@settings(deadline=None, max_examples=60)
@given(events("overlaps"), st.integers(0, 9))
def test_overlapping(params: EventParams, seed: int) -> None:
    check_twins(params, seed, twin_order("before", params.count))
    u, _ = draw_timelines(stream(seed, "test"), params, params.most_frames() + 1, twin_order("before", params.count))
    assert (u.progress > 0).all(axis=0).any()  # all are there at once, so while is true


@settings(deadline=None, max_examples=60)
@given(events("stays"), st.integers(0, 9))
def test_staying_ends_with_all_there_and_cannot_be_balanced(params: EventParams, seed: int) -> None:
    u, twin = draw_timelines(stream(seed, "test"), params, params.most_frames() + 1, twin_order("then", params.count))
    assert (u.progress[:, -1] == 255).all() and (twin.progress[:, -1] == 255).all()
    assert {tuple(column) for column in u.progress.T.tolist()} != {tuple(column) for column in twin.progress.T.tolist()}


def test_the_published_ramp() -> None:
    known = [0, 18, 36, 54, 72, 91, 109, 127, 145, 163, 182, 200, 218, 236, 255]
    assert ramp(15).tolist() == known == [int(share * 255) for share in np.linspace(0, 1, 15)]
    assert ramp(1).tolist() == [255]
