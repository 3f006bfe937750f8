"""A finished build at any URL that fsspec opens: its shards are fetched into the cache when first needed.

cache/
  builds/<sha256 of vidsynth.json and the URL>/
    vidsynth.json  recipe.yaml
  shards/<sha256>.arrow    a shard by its content: whatever build, copy or revision it came from

What was pushed as Parquet lies in the cache as Arrow, under the sha256 of the Parquet file.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from vidsynth.errors import Mismatch, ShardError, StoreError
from vidsynth.part_files import sweep
from vidsynth.recipe import MAX_YAML_BYTES
from vidsynth.shards.folder import BuildFolder, read_summary, sync_folder, write_atomically
from vidsynth.shards.parquet import parquet_to_arrow
from vidsynth.shards.sums import sha256
from vidsynth.sources.settings import cache_dir
from vidsynth.store import Store, Url, shown

MAX_SUMMARY_BYTES = 256 << 20  # of vidsynth.json: about a million shards
_SHARD_NAME = re.compile(r"data/[A-Za-z0-9][A-Za-z0-9._-]*\.(arrow|parquet)")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RemoteFolder(BuildFolder):
    """A finished build at a URL.

    path : where in the cache its vidsynth.json and recipe.yaml lie. url : where all of it lies.
    """

    url: Url

    def __str__(self) -> str:
        return self.url

    @property
    def remedy(self) -> str:
        return "delete it, and it is fetched again"

    def shard_file(self, shard: Mapping[str, Any]) -> Path:
        """Return a shard's file in the cache, fetching it if it is not there.

        Any number of processes may ask for the same: one fetches, the others wait. Raises StoreError if it
        cannot be fetched, Mismatch if its bytes are not those that vidsynth.json tells of.
        """
        file = _kept(shard)
        if not file.exists():
            with _alone(file.with_suffix(".lock")) as alone:
                if not file.exists():
                    # Alone, what a killed process left half done is written over.
                    beside = file.with_suffix(".part" if alone else f".{os.getpid()}.part")
                    sweep(file.parent)
                    _fetch(Store(self.url), shard, file, beside)
        return file


def open_remote(url: Url) -> RemoteFolder:
    """Return the finished build at a URL, having read its vidsynth.json and recipe.yaml alone.

    Raises StoreError if there is none or it cannot be read, ShardError if it is damaged, MissingDependency.
    """
    store = Store(url)
    summary = _read(store, "vidsynth.json", MAX_SUMMARY_BYTES)
    recipe = _read(store, "recipe.yaml", MAX_YAML_BYTES)
    name = hashlib.sha256(summary + recipe + url.encode()).hexdigest()
    folder = RemoteFolder(cache_dir() / "builds" / name[:32], url)
    if not folder.summary.exists():
        write_atomically(folder.recipe, recipe)
        write_atomically(folder.summary, summary)
    _check_names(url, read_summary(folder))
    return folder


def through_cache(folder: BuildFolder, summary: Mapping[str, Any]) -> BuildFolder:
    """Return a folder on this machine as it can be mapped: one of Parquet files through the cache."""
    if isinstance(folder, RemoteFolder) or all(shard["file"].endswith(".arrow") for shard in summary["shards"]):
        return folder
    found = RemoteFolder(folder.path, Url(f"file://{folder.path.resolve()}"))
    _check_names(found.url, summary)
    return found


def _check_names(url: str, summary: Mapping[str, Any]) -> None:
    """Refuse names that could lead out of the cache or out of the build: the file is a stranger's."""
    shards = summary.get("shards")
    for shard in shards if isinstance(shards, list) else [None]:
        sound = (
            isinstance(shard, dict)
            and _SHARD_NAME.fullmatch(str(shard.get("file")))
            and _SHA256.fullmatch(str(shard.get("sha256")))
            and all(isinstance(shard.get(key), int) and shard[key] >= 0 for key in ("start", "stop", "rows", "bytes"))
        )
        if not sound:
            raise ShardError(f"{url}/vidsynth.json: damaged: {str(shard)[:80]} is no shard")


def _kept(shard: Mapping[str, Any]) -> Path:
    return cache_dir() / "shards" / f"{shard['sha256']}.arrow"


def _read(store: Store, name: str, most: int) -> bytes:
    """Return a small file. Raises StoreError if it is not there, ShardError if it is larger than `most` bytes."""
    url = shown(store.url / name)
    there = store.stamp(name)
    if there is None:
        hint = "" if re.match("(?!hf:)|hf://datasets/", url) else "; a data set's URL is hf://datasets/user/name"
        raise StoreError(url, f"not there, or not for you to see{hint}")
    data = store.read(name, 0, there.bytes) if 0 <= there.bytes <= most else store.read(name, 0, most + 1)
    if len(data) > most:
        raise ShardError(f"{url}: larger than {most} bytes; that is no file of a build")
    return data


def _fetch(store: Store, shard: Mapping[str, Any], file: Path, beside: Path) -> None:
    """Put a shard into the cache: whole and as vidsynth.json tells, or not at all. It is written `beside` first."""
    converted = beside.with_suffix(".converted")
    try:
        _copy(store, shard, beside)
        if shard["file"].endswith(".parquet"):
            try:
                parquet_to_arrow(beside, converted)
            except pa.ArrowException as error:
                raise ShardError(
                    f"{shown(store.url / shard['file'])}: not readable as Parquet: {' '.join(str(error).split())}"
                ) from None
            os.replace(converted, beside)
        os.replace(beside, file)
        sync_folder(file.parent)
    except OSError as error:
        raise ShardError(
            f"{file}: cannot be written: {error.strerror or error} (VIDSYNTH_CACHE names another folder for the cache)"
        ) from None
    finally:
        beside.unlink(missing_ok=True)
        converted.unlink(missing_ok=True)


def _copy(store: Store, shard: Mapping[str, Any], file: Path) -> None:
    name = shard["file"]
    there = store.stamp(name)
    if there is None:
        raise StoreError(shown(store.url / name))
    if there.bytes in (shard["bytes"], -1):  # else what comes is endless, for all we know
        store.download(name, file)
        if file.stat().st_size == shard["bytes"] and sha256(file) == shard["sha256"]:
            return
    raise Mismatch(
        f"{shown(store.url / name)}: not the file that vidsynth.json tells of (its size or sha256 differs): damaged, "
        "or the build has changed since it was opened. Load it again; if that does not help, it must be written there "
        "again"
    )


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[bool]:
    """Keep other processes of this machine out, and tell whether that can be had here.

    Where there are no locks, two processes only do the same work. The file stays: who waits for it holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        except (ImportError, OSError):
            yield False
        else:
            yield True
