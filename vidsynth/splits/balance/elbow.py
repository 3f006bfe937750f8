"""Where a falling curve bends: the kneedle rule for convex, decreasing curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def elbow(values: Sequence[float], sensitivity: float = 1.0) -> int | None:
    """Return the position of the elbow of a decreasing convex curve of evenly spaced values; None if there is none.

    Both axes are brought to 0..1 and the curve is turned over, so that its distance above the diagonal is greatest
    at the elbow. A local maximum of the distance is an elbow if the distance falls below the maximum less
    `sensitivity` steps of x before the next one, or below 0 after a local minimum (Satopaa et al., "Finding a
    'Kneedle' in a Haystack", ICDCS Workshops 2011, offline; the first such maximum, as
    `kneed.KneeLocator(curve="convex", direction="decreasing")` finds it).

    >>> elbow([100, 40, 12, 10, 9, 8, 7])
    2
    >>> elbow([4, 3, 2, 1]) is None
    True
    """
    y = np.asarray(values, np.float64)
    if len(y) < 3 or not np.isfinite(y).all() or y.max() <= y.min():
        return None
    x = np.linspace(0, 1, len(y))
    y = (y - y.min()) / (y.max() - y.min())
    above = (y.max() - y) - x
    ends = np.concatenate([above[:1], above, above[-1:]])  # an end is compared with itself
    is_maximum = (above >= ends[:-2]) & (above >= ends[2:])
    is_minimum = (above <= ends[:-2]) & (above <= ends[2:])
    candidate, threshold = None, 0.0
    for at in range(len(above) - 1):
        if is_maximum[at]:
            candidate, threshold = at, above[at] - sensitivity / (len(y) - 1)
        if is_minimum[at]:
            threshold = 0.0
        if candidate is not None and above[at + 1] < threshold:
            return candidate
    return None
