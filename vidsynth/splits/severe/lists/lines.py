"""What the writers of lists share: the rows of a split, and values that may stand in a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest, ManifestRow
from vidsynth.splits.severe.numbers import Texts


def rows_by_split(manifest: Manifest) -> dict[str, list[tuple[ManifestRow, dict[str, Any]]]]:
    """Return the rows of each split with what `extra` holds. Raises SourceError for a row without a split."""
    found: dict[str, list[tuple[ManifestRow, dict[str, Any]]]] = {}
    for number, extra in enumerate(manifest.extras()):
        row = manifest[number]
        if row.split is None:
            raise SourceError(f"row {number + 1}: {row.video_id}: is of no split, and lists are written a split")
        found.setdefault(row.split, []).append((row, extra))
    return found


def word(text: str, what: str) -> str:
    """Return a text that stands as one word in a list. Raises SourceError if it has spaces or is empty."""
    if not text or any(character.isspace() for character in text):
        raise SourceError(f"{what} {text!r}: cannot stand in a list whose words are divided by spaces")
    return text


def told(row: ManifestRow, extra: dict[str, Any], name: str, hint: str = "") -> Any:
    """Return what `extra` tells by `name`. Raises SourceError if it does not."""
    if extra.get(name) is None:
        raise SourceError(f"{row.video_id}: its `extra` tells no {name}, which the list needs{hint}")
    return extra[name]


def split_line(number: int, line: str, words: int, where: str) -> list[str]:
    """Return the words of a list's line. Raises SourceError unless there are at least so many."""
    found = line.split()
    if len(found) < words:
        raise SourceError(f"{where}:{number}: {line.strip()!r}: needs {words} words")
    return found


def numbered_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line number, line) of the lines that are not empty."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, line


def first_of(texts: Texts, names: Sequence[str]) -> tuple[str, str]:
    """Return the name and the text of the first file that is there; an empty text if none is."""
    found = ((name, texts(name)) for name in names)
    return next(((name, text) for name, text in found if text is not None), (names[0], ""))
