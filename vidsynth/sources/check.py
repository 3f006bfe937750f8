"""Comparing a data set's annotation files with what lies on disk."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from vidsynth.errors import SourceError, nearest
from vidsynth.sources import find_root
from vidsynth.sources.annotations import Problem
from vidsynth.sources.files import video_files
from vidsynth.sources.match import layout as pattern
from vidsynth.sources.match import problem_counts, versions
from vidsynth.sources.registry import known, layout


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    annotations : the files, with the first digits of their hashes. layout : the pattern that the videos lie in.
    rows : annotated rows that can be meant. expected : videos that they speak of. found : path of each that is
    there. missing : names of those that are not. unreadable : path → reason. unexpected : videos that no row
    speaks of. duplicates : path taken → further copies, left aside. problems : rows that make no sense.
    """

    name: str
    root: str
    annotations: str
    layout: str
    rows: int
    expected: int
    found: Sequence[str]
    missing: Sequence[str]
    unreadable: Mapping[str, str]
    unexpected: Sequence[str]
    duplicates: Mapping[str, Sequence[str]]
    problems: Sequence[Problem]

    def with_unreadable(self, unreadable: Mapping[str, str]) -> Report:
        """Return the report with what a look into the files found."""
        return replace(self, unreadable={**self.unreadable, **unreadable})

    def to_json(self) -> dict[str, Any]:
        """Return plain values; `found` as a count, every list in full."""
        values = asdict(self)
        return values | {"found": len(self.found), "problems": [problem._asdict() for problem in self.problems]}

    def text(self, most: int = 5) -> str:
        """Return the counts, and of each list the first `most`."""
        lines = [
            f"{self.name} in {self.root}",
            f"  annotations {self.annotations}",
            f"  layout      {self.layout or 'no videos'}",
            f"  expected    {self.expected:,} videos ({self.rows:,} annotated rows)",
            f"  found       {len(self.found):,}",
        ]
        lists = {
            "missing": list(self.missing),
            "unreadable": [f"{path}: {reason}" for path, reason in self.unreadable.items()],
            "unexpected": list(self.unexpected),
            "duplicates": [f"{path}, also {', '.join(copies)}" for path, copies in self.duplicates.items()],
            "problems": [f"{place}: {video_id}: {what}" for place, video_id, what in self.problems],
        }
        for kind, items in lists.items():
            detail = f" ({problem_counts(self.problems)})" if kind == "problems" and items else ""
            lines.append(f"  {kind:<11} {len(items):,}{detail}")
            lines += [f"    {item}" for item in items[:most]]
            if len(items) > most:
                lines.append(f"    … and {len(items) - most:,} more")
        return "\n".join(lines)


def check(name: str, root: str | Path | None = None) -> Report:
    """Compare the annotation files of a known data set with the videos under its root.

    Nothing that is missing, unreadable or senseless is an error here. `unreadable` are the empty files and those
    without permission; opening each video is left to the index. Raises SourceError where there is no such source,
    root or annotation file.
    """
    if name not in (names := known()):
        raise SourceError(f"no data set {name!r}{nearest(name, names)} (known: {', '.join(names)})")
    place = find_root(name, root)
    found = layout(name).match(place, video_files(place))
    unreadable = {path: why for path in sorted(set(found.paths.values())) if (why := _unreadable(place / path))}
    return Report(
        name=name,
        root=str(place),
        annotations=versions(place, found),
        layout=pattern(sorted(set(found.paths.values()))),
        rows=len(found.rows),
        expected=len(found.expected()),
        found=sorted(set(found.paths.values())),
        missing=found.missing(),
        unreadable=unreadable,
        unexpected=found.unexpected,
        duplicates={found.paths[file]: copies for file, copies in found.copies.items()},
        problems=sorted(found.problems, key=lambda problem: not problem.what.startswith("dropped")),
    )


def _unreadable(file: Path) -> str | None:
    try:
        if file.stat().st_size == 0:
            return "empty file (0 bytes)"
    except OSError as error:
        return error.strerror or str(error)
    return None if os.access(file, os.R_OK) else "no permission to read it"
