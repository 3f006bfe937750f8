"""Annotated rows and the files on disk: which belongs to which, and the manifest of those that have one."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources.annotations import Problem, Row, sensible

Also = Callable[[str], Sequence[str]]
_SHOWN_PLACES = 3


@dataclass(frozen=True, slots=True)
class Matched:
    """Rows joined with files.

    rows : those that can be meant. problems : what was wrong with the others.
    paths : name of a file, as in the rows → its path, relative to the root.
    copies : the same → the paths of further files of that name, which are not taken.
    unexpected : paths of videos that no row asks for.
    """

    rows: list[Row]
    problems: list[Problem]
    paths: dict[str, str]
    copies: dict[str, list[str]]
    unexpected: list[str]

    def expected(self) -> list[str]:
        """Return the names of files that the rows ask for, each once, in the rows' order."""
        return list(dict.fromkeys(row.file for row in self.rows))

    def missing(self) -> list[str]:
        """Return those that are not on disk."""
        return [name for name in self.expected() if name not in self.paths]


def match(rows: Iterable[Row], paths: Sequence[str], also: Also | None = None) -> Matched:
    """Join rows with paths by the file's name, without folder and suffix.

    A name in the rows that holds a folder (`a/b`) must match that folder, too. Upper and lower case count;
    only a name that is not there is looked for without them, and taken if one file alone has it so, and one row
    alone asks for it. Of several files with one name, the one in the top folder that holds most of the data set
    is taken (by name, if even).

    also : further names that the file of a row's name may go under, looked for in order if that is not there.
    """
    kept, problems = sensible(rows)
    wanted = {row.file: [row.file, *(also(row.file) if also else ())] for row in kept}
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for depth in {name.count("/") + 1 for names in wanted.values() for name in names}:
        for path in paths:
            by_name["/".join(posixpath.splitext(path)[0].split("/")[-depth:])].append(path)
    exact = {name for names in wanted.values() for name in names if name in by_name}
    folded: defaultdict[str, list[str]] = defaultdict(list)
    for name in by_name:
        if name not in exact:
            folded[name.casefold()].append(name)
    claims = Counter(name.casefold() for names in wanted.values() for name in names)

    def candidates(names: Sequence[str]) -> list[str]:
        found = next((by_name[name] for name in names if name in by_name), [])
        if not found:
            lower = {name.casefold() for name in names}
            alike = [other for name in lower for other in folded.get(name, ()) if claims[name] == 1]
            found = by_name[alike[0]] if len(alike) == 1 else []
        return found

    found = {file: candidates(names) for file, names in wanted.items()}
    held = Counter(_top(path) for some in found.values() for path in some)
    taken: dict[str, str] = {}
    copies: dict[str, list[str]] = {}
    for file, some in found.items():
        if some:
            taken[file], *others = sorted(some, key=lambda path: (-held[_top(path)], path))
            if others:
                copies[file] = others
    asked = {path for some in found.values() for path in some}
    return Matched(kept, problems, taken, copies, [path for path in paths if path not in asked])


def manifest_of(matched: Matched, root: Path, about: Mapping[str, str]) -> Manifest:
    """Return the manifest of the rows whose file is there. Raises SourceError if there is none."""
    rows = [row for row in matched.rows if row.file in matched.paths]
    name = about["name"]
    if not rows:
        expected = matched.expected()
        example = f", such as {expected[0]}," if expected else ""
        raise SourceError(
            f"{root}: none of the {len(expected)} videos of {name}{example} is under this folder; see what is: "
            f"vidsynth sources check {name} --root {root}"
        )
    counts = {
        "layout": layout(sorted(set(matched.paths.values()))),
        "annotated but not on disk": str(len(matched.rows) - len(rows)),
    }
    if matched.copies:
        counts["copies left aside"] = str(sum(map(len, matched.copies.values())))
    return _manifest(rows, [matched.paths[row.file] for row in rows], root, about, matched, counts)


def manifest_of_all(matched: Matched, root: Path, about: Mapping[str, str], suffix: str) -> Manifest:
    """Return the manifest of every row; a path is the name that its file would have."""
    return _manifest(matched.rows, [row.file + suffix for row in matched.rows], root, about, matched, {})


def _manifest(
    rows: Sequence[Row],
    paths: Sequence[str],
    root: Path,
    about: Mapping[str, str],
    matched: Matched,
    counts: Mapping[str, str],
) -> Manifest:
    columns: dict[str, Sequence[Any]] = {
        "video_id": [row.video_id for row in rows],
        "path": paths,
        "split": [row.split for row in rows],
        "start_s": [row.start_s or (None if row.end_s is None else 0.0) for row in rows],
        "end_s": [row.end_s for row in rows],
        "labels": [list(row.labels) for row in rows],
        "text": [row.text for row in rows],
        "modalities": [list(row.modalities) for row in rows],
        "extra": [_extra(row) for row in rows],
    }
    about = {
        **about,
        "annotations": versions(root, matched),
        "annotated": str(len(matched.rows)),
        "annotation problems": problem_counts(matched.problems),
        **counts,
    }
    return Manifest.from_columns(columns, root, about, where=str(root))


def _extra(row: Row) -> str | None:
    extra = dict(row.extra)
    if row.length_s is not None:
        extra["length_s"] = row.length_s
    return json.dumps(extra) if extra else None


def problem_counts(problems: Sequence[Problem]) -> str:
    """Return how many rows were dropped, clamped and the like: `7 dropped, 14591 clamped`, or `none`."""
    counts = Counter(problem.what.partition(":")[0] for problem in problems)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items(), reverse=True)) or "none"


def versions(root: Path, matched: Matched) -> str:
    """Return the annotation files that rows came from, each with the first digits of its SHA-256."""
    places = {row.where for row in matched.rows} | {problem.where for problem in matched.problems}
    files = sorted({place.rpartition(":")[0] for place in places} - {""})
    return ", ".join(f"{file} (sha256 {_digest(root / file)[:12]})" for file in files)


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def layout(paths: Sequence[str]) -> str:
    """Return the pattern of folders and suffixes that videos lie in.

    >>> layout([f"UCF-101/Class{n}/v_{n}.avi" for n in range(9)])
    'UCF-101/*/*.avi'
    >>> layout(["train/a.mp4", "train/b.mp4", "val/c.webm"])
    '{train,val}/*{.mp4,.webm}'
    """
    by_depth: defaultdict[int, list[list[str]]] = defaultdict(list)
    for path in paths:
        by_depth[path.count("/")].append(path.split("/"))
    found = sorted(by_depth.values(), key=len, reverse=True)
    return " and ".join(
        "/".join([_alternatives(set(column)) for column in list(zip(*parts, strict=True))[:-1]] + [_suffixes(parts)])
        for parts in found
    )


def _suffixes(parts: Sequence[Sequence[str]]) -> str:
    return "*" + _alternatives({posixpath.splitext(names[-1])[1] for names in parts})


def _alternatives(names: set[str]) -> str:
    if len(names) == 1:
        return next(iter(names))
    return "{" + ",".join(sorted(names)) + "}" if len(names) <= _SHOWN_PLACES else "*"


def _top(path: str) -> str:
    return path.partition("/")[0] if "/" in path else ""
