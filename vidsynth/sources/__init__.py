"""Sources: from videos as they lie on disk to a manifest.

`source` opens one by name, or from a folder or a manifest file of your own.
"""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any

from vidsynth.errors import SourceError, nearest
from vidsynth.manifest import Manifest
from vidsynth.sources import classes as class_lists
from vidsynth.sources import folder
from vidsynth.sources.registry import default_split, known, layout
from vidsynth.sources.settings import Place, config_file, places
from vidsynth.store import Location, Store, Url, folder_location, location, shown

__all__ = ["candidates", "default_split", "find_root", "known", "layout", "source", "split_source"]

_MANIFEST_SUFFIXES = (".parquet", ".csv", ".tsv", ".jsonl")
_HUB = "hf://"


def source(
    name: str | Path,
    *,
    root: str | Path | None = None,
    split: str | None = None,
    classes: str | None = None,
    annotated: bool = False,
) -> Manifest:
    """Return the manifest of a source.

    Parameters
    ----------
    name : a known source (`demo`, `k400`, `charades`, …; see `vidsynth sources`), a folder of videos, or a
        manifest file (.parquet, .csv, .tsv, .jsonl). The words `folder` and `manifest` go with a `root`.
        `hf://user/dataset` is one of the Hub's with a column of videos. `none` has no videos: for
        generators that need none. Folders and manifests may be at a URL that fsspec opens (`s3://bucket/videos`):
        videos are then fetched as they are read.
    root : the data set's folder; for a manifest file, what its paths are relative to: a folder, or a URL.
    split : train, val, test or what the source calls it; `all` takes every one. By default the
        source's usual one (`train` for k400).
    classes : a class list to keep, such as `mini-kinetics-200`, or a path to a .txt file.
    annotated : take every annotated row, and look for no video: for those who need captions and times only.
        The root need hold the annotation files alone; paths are the names that the videos would have.

    Raises SourceError.
    """
    kind, place = split_source(name, root)
    if annotated and kind not in known():
        raise SourceError(f"{name}: only a known data set has annotation files to take rows from")
    if kind == "none":
        manifest = Manifest.from_columns({"path": []}, place, {"name": "none"})
    elif kind.startswith(_HUB):
        manifest = _hub().read(kind)
    elif kind == "folder":
        manifest = folder.read(place)
    elif kind == "manifest":
        manifest = _read_manifest(name, place)
        manifest.about.setdefault("name", "manifest")
    elif annotated:
        manifest = layout(kind).annotated(find_root(kind, root))
    else:
        manifest = layout(kind).read(find_root(kind, root))
    split = split or default_split(kind)
    if split and split != "all":
        manifest = manifest.only_split(split)
    return class_lists.only_classes(manifest, classes) if classes else manifest


def _read_manifest(name: str | Path, root: Location) -> Manifest:
    found = location(name)
    if isinstance(found, Path):
        return Manifest.read(found, root)
    with tempfile.TemporaryDirectory(prefix="vidsynth-") as scratch:
        file = Path(scratch, found.name)
        Store(found.parent).download(found.told, file)
        try:
            return Manifest.read(file, root)
        except SourceError as error:
            raise SourceError(str(error).replace(str(file), shown(found))) from None


def _hub() -> Any:
    # By name, like the modules of data sets: this package must not know the libraries behind it.
    return importlib.import_module("vidsynth.hub")


def split_source(name: str | Path, root: str | Path | None = None) -> tuple[str, Location]:
    """Return (kind, root) for whatever `source` accepts: kind is a known name, `none`, `folder`, `manifest` or hf://….

    Raises SourceError where there is no such source, or its root is not found.
    """
    text = str(name)
    if text == "none":
        return "none", Path(root or ".")
    if text.startswith(_HUB):
        return text, _hub().folder_of(text)
    if text in known():
        return text, find_root(text, root)
    path = location(name)
    if path.name.lower().endswith(_MANIFEST_SUFFIXES):
        return "manifest", folder_location(root) if root else path.parent
    if isinstance(path, Url):
        return "folder", folder_location(path)
    path = path.expanduser()
    if path.is_dir():
        return "folder", path
    if text == "folder" and root:
        found = folder_location(root)
        return "folder", found.expanduser() if isinstance(found, Path) else found
    if text in ("folder", "manifest"):
        raise SourceError(f"the source {text!r} needs its place: --src FOLDER, or --src FILE.parquet")
    if path.exists():
        raise SourceError(f"{text}: neither a folder nor a manifest ({', '.join(_MANIFEST_SUFFIXES)})")
    raise SourceError(
        f"no source {text!r}{nearest(text, known())} "
        f"(known: {', '.join(known())}; or a folder of videos, a manifest file, hf://user/dataset)"
    )


def find_root(name: str, root: str | Path | None = None) -> Path:
    """Return the folder of a known source: `root` if given, else where it is first found.

    Raises SourceError that says where it was looked for, and the three ways to set it.
    """
    default = layout(name).default_root
    if root is not None:
        found = folder_location(root)
        if isinstance(found, Url):
            raise SourceError(
                f"{found}: the annotation files of {name} are read from a folder only; make a manifest from a copy of "
                "them, and give it with --src MANIFEST and --root URL"
            )
        path = found.expanduser()
        if not path.is_dir() and default is None:
            raise SourceError(f"{path}: no such folder (the root given for {name})")
        return path
    tried = candidates(name)
    for place in tried:
        if place.path.is_dir():
            return place.path
    if default is not None:
        return default()
    looked = f"not in {', '.join(str(place.path) for place in tried)}" if tried else "no root is set"
    raise SourceError(
        f"where is {name}? ({looked}) Say so with --root FOLDER, with VIDSYNTH_ROOTS={name}=FOLDER, "
        f"or in {config_file()} with the lines `roots:` and `  {name}: FOLDER`"
    )


def candidates(name: str) -> list[Place]:
    """Return every folder where a known source is looked for, in order."""
    return places(layout(name).names)
