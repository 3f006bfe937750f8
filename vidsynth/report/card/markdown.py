"""Text from data as Markdown that shows it and nothing else: labels, paths and reasons are anybody's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# What is markup anywhere in a line; what is only at its beginning; and what makes bare addresses links.
_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_AT_START = re.compile(r"^(\d*)([-+#>=.)])")
_ADDRESS = re.compile(r"(?i)(?<=:)(//)|(?<=www)(\.)|(@)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_URL = re.compile(r"https?://[A-Za-z0-9./_~%&=?#+:-]+")


def escaped(text: object) -> str:
    """Return text for a paragraph or a table's cell: on one line, and no markup, link or HTML whatever it holds.

    >>> print(escaped("a|b <img> *c*"))
    a\\|b &lt;img> \\*c\\*
    """
    line = _CONTROL.sub(" ", str(text)).strip()
    line = _SPECIAL.sub(r"\\\1", line).replace("&", "&amp;").replace("<", "&lt;")
    return _ADDRESS.sub(r"\\\g<0>", _AT_START.sub(r"\1\\\2", line))


def linked(text: str) -> str:
    """Return an address as a link, any other text escaped."""
    return f"<{text}>" if _URL.fullmatch(text) else escaped(text)


def fenced(text: str, language: str = "") -> str:
    """Return a code block that its text cannot end."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
