"""When each object comes and goes: one number an object and frame, and the same for the reversed twin.

`progress` runs from 0, at rest (not there, or not yet moved), to 255, there. What it looks like is another
module's matter. A video and its twin show the same frames in another order:

    goes       u    ..AAA.BBBB..     overlaps   u    ..A-AABB-B..     A and B: alone, rising or falling;
               T(u) ..BBBB.AAA..                T(u) ..B-BBAA-A..     -: both
With stays this cannot be: u has frames of A alone, T(u) has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidsynth.generators.time_order.recipe import EventParams
from vidsynth.motion.keyframes import below

FULL = 255


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """A video's course.

    progress : uint8 [N, T], a row an object, in the objects' order (not in that of their coming).
    ground : int64 [T], which frame of the background is shown.
    starts, stops : per object, the frames [start, stop) in which it comes.
    """

    progress: NDArray[np.uint8]
    ground: NDArray[np.int64]
    starts: tuple[int, ...]
    stops: tuple[int, ...]


def ramp(frames: int) -> NDArray[np.uint8]:
    """Return progress 0 to 255 over `frames`, both ends included, rounded down (the notebook's opacities).

    >>> ramp(15).tolist()
    [0, 18, 36, 54, 72, 91, 109, 127, 145, 163, 182, 200, 218, 236, 255]
    """
    if frames == 1:
        return np.array([FULL], np.uint8)
    return (FULL * np.arange(frames) // (frames - 1)).astype(np.uint8)


def draw_timelines(
    rng: np.random.Generator, params: EventParams, frames: int, twin_order: Sequence[int]
) -> tuple[Timeline, Timeline]:
    """Draw the durations of a pair; return the course in which objects come as 0, 1, 2, …, and its twin's.

    twin_order : the objects in the order in which the twin shows them.
    """
    count = params.count

    def drawn(span: tuple[int, int]) -> int:
        return span[0] + below(rng, span[1] - span[0] + 1)

    lead = drawn(params.lead)
    rises, holds, falls = ([drawn(span) for _ in range(count)] for span in (params.rise, params.hold, params.fall))
    gaps = [drawn(params.gap) for _ in range(count - 1)]
    order = range(count)
    if params.persistence == "goes":
        return tuple(_going(frames, lead, rises, holds, falls, gaps, o) for o in (order, twin_order))  # type: ignore[return-value]
    if params.persistence == "stays":
        return tuple(_staying(frames, lead, rises, gaps, o) for o in (order, twin_order))  # type: ignore[return-value]
    leaving = [drawn(params.gap) for _ in range(count - 1)]
    return _overlapping(frames, lead, rises, holds[0], falls, gaps, leaving)


def _going(
    frames: int,
    lead: int,
    rises: Sequence[int],
    holds: Sequence[int],
    falls: Sequence[int],
    gaps: Sequence[int],
    order: Sequence[int],
) -> Timeline:
    """One object after the other. Durations go with the object, and so does its piece of the background:
    the twin puts whole segments in another order, as the paper's T does. Between them the background's
    first frame is shown, so that the first and the last frame are that one, too."""
    segments = [
        np.concatenate([ramp(rise), np.full(hold, FULL, np.uint8), ramp(fall)[::-1] if fall else ramp(1)[:0]])
        for rise, hold, fall in zip(rises, holds, falls, strict=True)
    ]
    pieces = np.cumsum([1, *map(len, segments)])
    progress, ground = np.zeros((len(rises), frames), np.uint8), np.zeros(frames, np.int64)
    starts = [0] * len(rises)
    now = lead
    for place, number in enumerate(order):
        length = len(segments[number])
        progress[number, now : now + length] = segments[number]
        ground[now : now + length] = pieces[number] + np.arange(length)
        starts[number] = now
        now += length + (gaps[place] if place < len(gaps) else 0)
    stops = tuple(start + rise for start, rise in zip(starts, rises, strict=True))
    return Timeline(progress, ground, tuple(starts), stops)


def _staying(frames: int, lead: int, rises: Sequence[int], gaps: Sequence[int], order: Sequence[int]) -> Timeline:
    progress = np.zeros((len(rises), frames), np.uint8)
    starts = [0] * len(rises)
    now = lead
    for place, number in enumerate(order):
        stop = now + rises[number]
        progress[number, now:stop], progress[number, stop:] = ramp(rises[number]), FULL
        starts[number] = now
        now = stop + (gaps[place] if place < len(gaps) else 0)
    stops = tuple(start + rise for start, rise in zip(starts, rises, strict=True))
    return Timeline(progress, np.arange(frames), tuple(starts), stops)


def _overlapping(
    frames: int,
    lead: int,
    rises: Sequence[int],
    hold: int,
    falls: Sequence[int],
    gaps: Sequence[int],
    leaving: Sequence[int],
) -> tuple[Timeline, Timeline]:
    """All come, all are there, all leave in the order in which they came: played backwards that is the
    twin's course. The background runs there and back, so that it is the same either way."""
    coming = _staying(frames, lead, rises, gaps, range(len(rises)))
    progress = coming.progress.copy()
    now = coming.stops[-1] + hold
    ends = []
    for number, fall in enumerate(falls):
        progress[number, now : now + fall], progress[number, now + fall :] = ramp(fall)[::-1], 0
        ends.append((now, now + fall))
        now += fall + (leaving[number] if number < len(leaving) else 0)
    there = np.arange(frames)
    ground = np.minimum(there, there[::-1])
    backwards = np.ascontiguousarray(progress[:, ::-1])
    starts, stops = zip(*((frames - stop, frames - start) for start, stop in ends), strict=True)
    return Timeline(progress, ground, coming.starts, coming.stops), Timeline(backwards, ground, starts, stops)
