"""How sure a share is."""

from __future__ import annotations

from math import sqrt

_Z = 1.959963984540054  # the normal distribution's 97.5 % quantile


def wilson(right: float, count: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (Wilson, JASA 1927); `right` may hold halves, for ties.

    >>> [round(end, 4) for end in wilson(90, 180)]
    [0.4277, 0.5723]
    """
    if not count:
        return 0.0, 1.0
    share, spread = right / count, _Z * _Z / count
    middle = (share + spread / 2) / (1 + spread)
    reach = _Z / (1 + spread) * sqrt(share * (1 - share) / count + spread / (4 * count))
    return max(0.0, middle - reach), min(1.0, middle + reach)
