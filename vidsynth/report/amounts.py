"""Amounts in words."""

from __future__ import annotations


def size_text(count: float) -> str:
    """Return bytes for people.

    >>> size_text(1_234_567)
    '1.23 MB'
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def duration_text(seconds: float) -> str:
    """Return seconds for people.

    >>> duration_text(7260)
    '2.0 h'
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
