"""From a source to its timed captions: the table that before/after pairs are chosen from."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources import find_root, known, layout, source, split_source
from vidsynth.sources.annotations import Row
from vidsynth.sources.files import video_files
from vidsynth.splits.before_after.events import from_manifest, from_rows, mean_length, with_lists
from vidsynth.splits.before_after.sentences import sentences_from_rows
from vidsynth.store import Location

_LIST_COLUMNS = ("annotation_id", "video_id", "video", "id")
_MAX_LIST_BYTES = 1 << 28


class Captions(NamedTuple):
    """Timed captions of a source: events, or sentences that relate two events already.

    name : of the source. root : where its videos lie. about : title, homepage, licence, as far as known.
    missing : videos left out because they are not on disk.
    """

    name: str
    root: Location
    about: Mapping[str, str]
    table: pa.Table
    missing: int

    def mean_length(self) -> float:
        """Return the mean length, in seconds, of the videos whose length is known; nan if none is."""
        return mean_length(self.table)


def timed_captions(
    src: str | Path,
    root: str | Path | None = None,
    *,
    sentences: bool = False,
    on_disk: bool = False,
    lists: Mapping[str, str | Path] | None = None,
) -> Captions:
    """Read the captions of a source: of a known data set as they stand in its annotation files, senseless ones too.

    Parameters
    ----------
    src, root : as for `source`.
    sentences : the rows are sentences with two moments (TEMPO): return a table of sentences.
    on_disk : look for the videos, and leave out captions of those that are not there. Without it, the root need hold
        no videos; paths are the names that they would have.
    lists : split → a file that names its videos (or sentences); the others are left out. See `read_list`.

    Raises SourceError.
    """
    captions = _read(src, root, sentences, on_disk)
    if not lists:
        return captions
    named = {split: read_list(file) for split, file in lists.items()}
    return captions._replace(table=with_lists(captions.table, named, "id" if sentences else "video"))


def _read(src: str | Path, root: str | Path | None, sentences: bool, on_disk: bool) -> Captions:
    kind, _ = split_source(src, root)
    rows: Iterable[Row]
    path_of: Callable[[str], str]
    if kind in known() and (annotated := layout(kind)).rows is not None:
        place = find_root(kind, root)
        rows, missing = annotated.rows(place), 0
        if not on_disk:
            path_of = _suffixed(annotated.suffix)
        else:
            rows = list(rows)
            paths = annotated.match(place, video_files(place)).paths
            missing = len({row.file for row in rows} - paths.keys())
            rows = [row for row in rows if row.file in paths]
            path_of = paths.__getitem__
            if not rows:
                raise SourceError(f"{place}: none of the {missing} videos of {kind} is under this folder")
        table = sentences_from_rows(rows, path_of) if sentences else from_rows(rows, path_of)
        return Captions(kind, place, annotated.about, table, missing)
    manifest = source(src, root=root, split="all")
    table = sentences_from_rows(_rows_of(manifest)) if sentences else from_manifest(manifest)
    return Captions(manifest.about.get("name", kind), manifest.root, manifest.about, table, 0)


def _suffixed(suffix: str) -> Callable[[str], str]:
    return lambda file: file + suffix


def _rows_of(manifest: Manifest) -> Iterator[Row]:
    for number in range(len(manifest)):
        row = manifest[number]
        extra = json.loads(row.extra) if row.extra else {}
        yield Row(row.video_id, row.path, row.split, row.start_s, row.end_s, row.labels, row.text, extra=extra)


def read_list(file: str | Path) -> list[str]:
    """Return the videos that a list names: one a line, or a CSV with a column of ids (of sentences, if it has one).

    Raises SourceError.
    """
    path = Path(file)
    try:
        if path.stat().st_size > _MAX_LIST_BYTES:
            raise SourceError(f"{path}: larger than {_MAX_LIST_BYTES >> 20} MiB; that is no list of videos")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: not readable as a list of videos: {error}") from None
    if path.suffix.lower() == ".csv":
        reader = csv.DictReader(lines)
        column = next((name for name in _LIST_COLUMNS if name in (reader.fieldnames or ())), None)
        if column is None:
            raise SourceError(f"{path}: line 1 names none of the columns {', '.join(_LIST_COLUMNS)}")
        ids = [row[column] or "" for row in reader]
    else:
        ids = lines
    ids = list(dict.fromkeys(name for text in ids if (name := text.strip()) and not name.startswith("#")))
    if not ids:
        raise SourceError(f"{path}: the list is empty")
    return ids
