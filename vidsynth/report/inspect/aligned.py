"""Facts for people: a title, then names and values in two columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

_WIDTH = 100


def aligned(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """Return the lines; values are wrapped, and what a terminal would obey in them is not printed."""
    kept = [(name, value) for name, value in rows if value]
    indent = max((len(name) for name, _ in kept), default=0) + 4
    lines = [_printable(title)]
    for name, value in kept:
        wrapped = textwrap.wrap(_printable(value), _WIDTH - indent, break_long_words=False, break_on_hyphens=False)
        for number, line in enumerate(wrapped):
            lines.append(f"{'  ' + name if not number else '':<{indent}}{line}")
    return "\n".join(lines)


def most_frequent(counts: Mapping[str, int], most: int = 5) -> str:
    """Return `a 12, b 7, … and 3 more`; the counts come in their order."""
    named = [f"{name} {count:,}" for name, count in list(counts.items())[:most]]
    return ", ".join([*named, *([f"… and {len(counts) - most:,} more"] if len(counts) > most else [])])


def but_for(changes: Iterable[str]) -> str:
    """Return `, but for a, b`, or nothing where nothing is changed."""
    named = ", ".join(changes)
    return f", but for {named}" if named else ""


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
