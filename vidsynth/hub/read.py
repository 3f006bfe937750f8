"""Data sets of the Hugging Face Hub that have a column of videos, as a source."""

from __future__ import annotations

import os
import posixpath
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidsynth.errors import MissingDependency, SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources.settings import cache_dir

_TEXT = ("text", "caption", "sentence", "description")
_LABEL = ("label", "labels", "class")
# The manifest's own columns: what the data set calls so is something else.
_RESERVED = frozenset(["path", "split", "video_id", "start_s", "end_s", "labels", "text", "modalities", "extra"])


def folder_of(name: str) -> Path:
    """Return where the videos of `hf://user/dataset` are gathered, in the cache."""
    return cache_dir() / "hub" / re.sub(r"[^A-Za-z0-9._-]+", "--", _plain_name(name)).strip("-")


def read(name: str) -> Manifest:
    """Return the manifest of a data set with a Video column: `hf://user/dataset`, `hf://user/dataset@revision`,
    the same with `datasets/` before it, or `hf://` and the path of a local copy.

    Of several such columns the first counts.

    Everything is downloaded into the Hub's own cache; the manifest's root holds further names (hard links) of it,
    and files of videos that are stored in tables. A column called label is the label, one called text or caption the
    text, other plain ones go into `extra`.

    Raises SourceError, or MissingDependency.
    """
    try:
        import datasets
    except ImportError:
        raise MissingDependency(f"{name} needs the package datasets: pip install 'vidsynth[hub]'") from None
    repository, _, revision = _plain_name(name).partition("@")
    try:
        splits = datasets.load_dataset(repository, revision=revision or None)
    except (OSError, ValueError, datasets.exceptions.DatasetsError) as error:
        raise SourceError(f"{name}: {' '.join(str(error).split())}") from None
    root = folder_of(name)
    rows: list[dict[str, Any]] = []
    for split, table in splits.items():
        column = next((key for key, kind in table.features.items() if isinstance(kind, datasets.Video)), None)
        if column is None:
            raise SourceError(f"{name}: no column of videos (columns: {', '.join(table.features)})")
        names = {key: kind for key, kind in table.features.items() if isinstance(kind, datasets.ClassLabel)}
        # Nothing is decoded here: neither the videos, nor pictures and other videos beside them.
        plain = (datasets.Value, datasets.ClassLabel)
        kept = [key for key, kind in table.features.items() if isinstance(getattr(kind, "feature", kind), plain)]
        undecoded = table.select_columns([column, *kept]).cast_column(column, datasets.Video(decode=False))
        for number, row in enumerate(undecoded):
            video = row.pop(column)
            values = {key: names[key].int2str(value) if key in names else value for key, value in row.items()}
            path = _placed(root, f"{split}/{number:06d}", video)
            rows.append({"path": path, "split": _plain_split(split), **_columns(values)})
    if not rows:
        raise SourceError(f"{name}: holds no rows")
    columns = {key: [row.get(key) for row in rows] for key in dict.fromkeys(key for row in rows for key in row)}
    about = {"name": name, "title": repository, "homepage": f"https://huggingface.co/datasets/{repository}"}
    return Manifest.from_columns(columns, root, about | {"licence": _licence(splits)}, where=name)


def _plain_name(name: str) -> str:
    return name.removeprefix("hf://").removeprefix("datasets/")


def _plain_split(split: str) -> str:
    return "val" if split in ("validation", "valid") else split


def _columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row's label and text under the manifest's names, and what else is plain."""
    text = next((key for key in _TEXT if isinstance(row.get(key), str)), None)
    label = next((key for key in _LABEL if row.get(key) is not None), None)
    found: dict[str, Any] = {}
    if label is not None:
        labels = row[label] if isinstance(row[label], list) else [row[label]]
        found["labels"] = [str(item) for item in labels]
    if text is not None:
        found["text"] = row[text]
    kept = {key: value for key, value in row.items() if key not in (text, label, *_RESERVED)}
    return found | {key: value for key, value in kept.items() if isinstance(value, str | int | float | bool)}


def _placed(root: Path, stem: str, video: Mapping[str, Any]) -> str:
    """Put a video where the manifest finds it, once; return its path under the root."""
    path, data = str(video.get("path") or ""), video.get("bytes")
    name = stem + (posixpath.splitext(path)[1].lower() or ".mp4")
    file = root / name
    whole = file.exists() and (file.stat().st_size == len(data) if data is not None else _is_of(file, path))
    if not whole:  # also what an earlier revision left here
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{os.getpid()}.{file.name}")
        if data is not None:
            beside.write_bytes(data)
        else:
            try:  # not a symbolic link: those may not lead out of a root
                os.link(os.path.realpath(path), beside)
            except OSError:  # another disk, or one without links
                shutil.copyfile(path, beside)
        os.replace(beside, file)
    return name


def _is_of(file: Path, path: str) -> bool:
    """Tell whether a file is another name of `path`, or from another disk a copy of it."""
    here, there = file.stat(), os.stat(path)
    return os.path.samestat(here, there) or (here.st_dev != there.st_dev and here.st_size == there.st_size)


def _licence(splits: Mapping[str, Any]) -> str:
    return next((table.info.license for table in splits.values() if table.info.license), "see its page")
