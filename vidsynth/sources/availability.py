"""Which modalities rows have, where the manifest does not say: from a table, from lists, from the files themselves."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from vidsynth.errors import DecodeError, SourceError
from vidsynth.manifest import Manifest
from vidsynth.video.container import has_audio, within

_NO = frozenset(["", "0", "false", "no", "nan"])


def with_table(manifest: Manifest, file: Path) -> Manifest:
    """Take modalities from a CSV: the first column is the row's `video_id`, each other one a modality (1 or 0).

    Rows that the table does not name have none. Raises SourceError.
    """
    header, *rows = _read_csv(file)
    if len(header) < 2:
        raise SourceError(f"{file}: line 1 must name an id and the modalities, such as video_id,rgb,audio")
    has: dict[str, list[str]] = {}
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise SourceError(f"{file}: line {number} has {len(row)} cells, line 1 has {len(header)}")
        cells = zip(header[1:], row[1:], strict=True)
        has[row[0]] = [name for name, cell in cells if cell.lower() not in _NO]
    ids = manifest.table["video_id"].to_pylist()
    if not has.keys() & set(ids):
        raise SourceError(f"{file}: names no row of {_name(manifest)}")
    return _with_modalities(manifest, [has.get(one, []) for one in ids])


def assumed(manifest: Manifest, modalities: Sequence[str]) -> Manifest:
    """Let every row have some modalities, whatever the manifest says."""
    for modality in modalities:
        manifest = _marked(manifest, modality, [True] * len(manifest))
    return manifest


def listed(manifest: Manifest, modality: str, file: Path) -> Manifest:
    """Let those rows have a modality, and no others, whose video a file lists: the first cell of each line.

    A row's video goes by the row's id, by the `video_id` of its `extra`, or by its file's name. Raises SourceError.
    """
    names = {row[0] for row in _read_csv(file)}
    stems = [os.path.splitext(os.path.basename(path))[0] for path in manifest.table["path"].to_pylist()]
    called = zip(
        manifest.table["video_id"].to_pylist(), manifest.extra_column("video_id").to_pylist(), stems, strict=True
    )
    has = [not names.isdisjoint(one) for one in called]
    if not any(has):
        raise SourceError(f"{file}: lists no video of {_name(manifest)}")
    return _marked(manifest, modality, has)


def in_files(manifest: Manifest, modality: str, pattern: str) -> Manifest:
    """Let those rows have a modality, and no others, that have a file or a folder for it, such as `flow/{video_id}`.

    pattern : a path under the manifest's root; `{video_id}`, `{stem}` (the row's path without its suffix) and
        `{name}` (the last part of that) stand for the row's. Raises SourceError.
    """
    has = []
    for video_id, path in zip(*(manifest.table[name].to_pylist() for name in ("video_id", "path")), strict=True):
        stem = os.path.splitext(path)[0]
        relative = pattern
        for word, value in (("{video_id}", video_id), ("{stem}", stem), ("{name}", os.path.basename(stem))):
            relative = relative.replace(word, value)
        if os.path.isabs(relative) or ".." in Path(relative).parts:
            raise SourceError(f"{modality}: {relative} leaves {manifest.root}")
        has.append((manifest.root / relative).exists())
    if not any(has):
        raise SourceError(f"{modality}: no row of {_name(manifest)} has {manifest.root / pattern}")
    return _marked(manifest, modality, has)


def with_sound(manifest: Manifest) -> tuple[Manifest, list[str]]:
    """Let those rows have `audio`, and no others, whose file has a sound track; return the unreadable files, too."""
    sounds: dict[str, bool] = {}
    unreadable = []
    for path in dict.fromkeys(manifest.table["path"].to_pylist()):
        try:
            sounds[path] = has_audio(within(manifest.root, path))
        except DecodeError:
            unreadable.append(path)
    has = [sounds.get(path, False) for path in manifest.table["path"].to_pylist()]
    return _marked(manifest, "audio", has), unreadable


def absent_files(manifest: Manifest) -> list[str]:
    """Return the paths that are not under the manifest's root, each once."""
    return [path for path in dict.fromkeys(manifest.table["path"].to_pylist()) if not (manifest.root / path).exists()]


def _read_csv(file: Path) -> list[list[str]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = [[cell.strip() for cell in row] for row in csv.reader(lines) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise SourceError(f"{file}: not readable as CSV: {reason}") from None
    if not rows:
        raise SourceError(f"{file}: is empty")
    return rows


def _marked(manifest: Manifest, modality: str, has: Sequence[bool]) -> Manifest:
    lists = manifest.table["modalities"].to_pylist()
    return _with_modalities(
        manifest,
        [
            [*(name for name in names or () if name != modality), *([modality] if there else [])]
            for names, there in zip(lists, has, strict=True)
        ],
    )


def _with_modalities(manifest: Manifest, lists: Sequence[list[str]]) -> Manifest:
    at = manifest.table.schema.get_field_index("modalities")
    column = pa.array([names or None for names in lists], pa.list_(pa.string()))
    table = manifest.table.set_column(at, manifest.table.schema.field(at), column)
    return Manifest(table, manifest.root, manifest.about)


def _name(manifest: Manifest) -> str:
    return manifest.about.get("name", str(manifest.root))
