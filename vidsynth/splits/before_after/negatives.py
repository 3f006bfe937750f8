"""Negatives from other samples: pairs whose captions are false of a stitched clip."""

from __future__ import annotations

import numpy as np

from vidsynth.rng import stream
from vidsynth.splits.before_after.pool import Ints, Pool
from vidsynth.splits.before_after.rules import PairRules

_TRIES = 8


class Negatives:
    """Draws negatives for pairs (first, second), int64 [P], sorted by split and video.

    Uniformly, each at most once; none has the pair's two texts, in either order: such a caption may be true of the
    clip. Where the split (or the video) has too few, a pair gets fewer.
    """

    def __init__(self, pool: Pool, first: Ints, second: Ints, rules: PairRules) -> None:
        self._rules = rules
        video, split = pool.video[first], pool.split[first]
        if rules.negatives == "same-video":
            self._start, self._stop = _ranges(video)
            self._out_start = self._out_stop = self._stop
        else:
            self._start, self._stop = _ranges(split)
            self._out_start, self._out_stop = _ranges(video)
        one, other = pool.text[first], pool.text[second]
        self._texts = np.minimum(one, other) * len(pool.texts) + np.maximum(one, other)

    def of(self, start: int, stop: int) -> Ints:
        """Return the negatives of pairs `start` up to `stop`: positions, int64 [stop - start, count], -1 for none.

        They depend on `start`: ask in the same pieces again for the same negatives.
        """
        here = slice(start, stop)
        if self._rules.negatives == "none":
            return np.empty((stop - start, 0), np.int64)
        rng = stream(self._rules.seed, "before-after/negatives", start)
        left_out = (self._out_stop - self._out_start)[here, None]
        room = (self._stop - self._start)[here, None] - left_out
        found = np.full((stop - start, self._rules.negative_count), -1, np.int64)
        for _ in range(_TRIES):
            drawn = self._start[here, None] + (rng.random(found.shape) * room).astype(np.int64)
            drawn += np.where(drawn >= self._out_start[here, None], left_out, 0)
            drawn[np.broadcast_to(room == 0, drawn.shape)] = start  # nothing to draw from: refused just below
            fits = (found < 0) & (room > 0) & (self._texts[drawn] != self._texts[here, None])
            found = np.sort(np.where(fits, drawn, found), axis=1)
            found[:, 1:][found[:, 1:] == found[:, :-1]] = -1
        return found


def _ranges(groups: Ints) -> tuple[Ints, Ints]:
    """Return, for each position, where its group starts and stops; groups are ascending."""
    return np.searchsorted(groups, groups, "left"), np.searchsorted(groups, groups, "right")
