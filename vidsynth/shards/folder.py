"""The layout of a build folder, and the markers of finished shards.

A build at a URL is one of these on this machine, with a store that it is mirrored to: see mirror.py, which
overrides what differs.

out/
  README.md  recipe.yaml  vidsynth.json  failures.parquet  preview.png
  croissant.json   the card for machines: files with their hashes, fields, licence, citation
  data/train-00007-of-00042.arrow
  .vidsynth/
    manifest.arrow   the videos, as they were when the build began
    root             where they lie on this machine
    done/00007.json  one a finished shard
    tmp/             shards that are being written
    crumbs/          which video each unfinished shard is reading
    lock             held while a build runs
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from vidsynth.errors import ShardError

HIDDEN = ".vidsynth"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Absent:
    """A row that is not in its shard: the sample's index, the video to blame, the stage and the reason."""

    index: int
    video: str
    stage: str
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """A finished shard.

    recipe : hash of the recipe it was built from. bytes, sha256 : of its file. seconds : it took.
    """

    recipe: str
    shard: int
    file: str
    rows: int
    bytes: int
    sha256: str
    seconds: float
    failures: tuple[Absent, ...]


@dataclass(frozen=True, slots=True)
class BuildFolder:
    """Paths of a build folder."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def recipe(self) -> Path:
        return self.path / "recipe.yaml"

    @property
    def summary(self) -> Path:
        return self.path / "vidsynth.json"

    @property
    def failures(self) -> Path:
        return self.path / "failures.parquet"

    @property
    def card(self) -> Path:
        return self.path / "README.md"

    @property
    def croissant(self) -> Path:
        return self.path / "croissant.json"

    @property
    def preview(self) -> Path:
        return self.path / "preview.png"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def manifest(self) -> Path:
        return self.path / HIDDEN / "manifest.arrow"

    @property
    def root(self) -> Path:
        return self.path / HIDDEN / "root"

    @property
    def done(self) -> Path:
        return self.path / HIDDEN / "done"

    @property
    def tmp(self) -> Path:
        return self.path / HIDDEN / "tmp"

    @property
    def lock(self) -> Path:
        return self.path / HIDDEN / "lock"

    @property
    def remedy(self) -> str:
        """What to do about a damaged shard."""
        return f"`vidsynth verify {self.path}` says what else is damaged"

    def shard_file(self, shard: Mapping[str, Any]) -> Path:
        """Return the file of one of vidsynth.json's shards."""
        return self.path / str(shard["file"])

    def open_shard(self, shard: Mapping[str, Any]) -> pa.NativeFile:
        """Open one of vidsynth.json's shards for reading: mapped, which needs no open file."""
        with pa.memory_map(str(self.shard_file(shard))) as source:
            return pa.BufferReader(source.read_buffer())

    @property
    def scratch(self) -> tuple[Path, ...]:
        """The folders whose files are of no use once no build is at work."""
        return self.tmp, self.crumb(0).parent

    def shard_name(self, shard: int, of: int) -> str:
        """Return a shard's file name, relative to the folder."""
        return f"data/train-{shard:05d}-of-{of:05d}.arrow"

    def crumb(self, shard: int) -> Path:
        """Return the file that names the video which a shard is reading."""
        return self.path / HIDDEN / "crumbs" / f"{shard:05d}"

    def mark(self, done: Done) -> None:
        """Leave the marker of a finished shard."""
        write_atomically(self.done / f"{done.shard:05d}.json", marker(done))

    def unmark(self, shard: int) -> None:
        """Forget that a shard is finished."""
        (self.done / f"{shard:05d}.json").unlink(missing_ok=True)

    def finished(self, recipe: str) -> dict[int, Done]:
        """Return the markers of shards of this recipe whose files are there in full size, by number."""
        found = {}
        for file in sorted(self.done.glob("*.json")):
            done = read_marker(file.read_bytes())
            if done is None or done.recipe != recipe:
                continue
            try:
                whole = (self.path / done.file).stat().st_size == done.bytes
            except OSError:
                whole = False
            if whole:
                found[done.shard] = done
        return found

    def refresh(self) -> None:
        """Bring what the folder holds of a build, but its shards, up to date with where it is kept: here, it is."""

    def settle(self) -> None:
        """Make the build's beginning (recipe, manifest, root) last where it is kept. Raises ShardError."""

    def publish(self) -> None:
        """Make what the finished build says of itself last where it is kept, vidsynth.json last of all."""

    def names(self) -> list[str]:
        """Return what lies at the top."""
        return [entry.name for entry in self.path.iterdir()]

    def data_files(self) -> dict[str, int]:
        """Return the files that lie among the shards, relative to the folder, and their sizes."""
        return {file.relative_to(self.path).as_posix(): file.stat().st_size for file in self.data.glob("*")}

    @contextlib.contextmanager
    def borrowed(self, name: str) -> Iterator[Path]:
        """Have a file of the build on this disk for a while."""
        yield self.path / name

    def reopen(self) -> None:
        """Make the build an unfinished one."""
        self.summary.unlink(missing_ok=True)

    def keep_only(self, names: Iterable[str]) -> None:
        """Delete what lies among the shards under other names."""
        for name in self.data_files().keys() - set(names):
            (self.path / name).unlink()

    def clear(self) -> None:
        """Delete the build."""
        names = (self.summary, self.recipe, self.card, self.croissant, self.preview, self.failures, self.manifest)
        for path in names:
            path.unlink(missing_ok=True)
        for path in (self.done, self.data):
            shutil.rmtree(path, ignore_errors=True)


def marker(done: Done) -> bytes:
    """Return what the marker of a finished shard says."""
    return json.dumps(dataclasses.asdict(done), indent=1).encode()


def read_marker(data: bytes) -> Done | None:
    """Return a marker; None for one that a full disk or a crash left damaged: its shard is built again."""
    try:
        values = json.loads(data)
        return Done(**{**values, "failures": tuple(Absent(**failure) for failure in values["failures"])})
    except (ValueError, TypeError, KeyError):
        return None


def write_atomically(file: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside, synced, renamed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with beside.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a power cut, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows cannot open folders, and needs no such call
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_summary(folder: BuildFolder) -> dict[str, Any]:
    """Return what vidsynth.json holds. Raises ShardError if the build is not finished or not there."""
    try:
        summary = json.loads(folder.summary.read_bytes())
    except FileNotFoundError:
        if folder.recipe.exists():
            raise ShardError(
                f"{folder}: this build is not finished; resume it with "
                f"`vidsynth run {folder}/{folder.recipe.name} --out {folder}`"
            ) from None
        raise ShardError(f"{folder}: no build here (no vidsynth.json)") from None
    except ValueError as error:
        raise ShardError(f"{folder.summary}: damaged: {error}") from None
    if not isinstance(summary, dict) or summary.get("schema") != SCHEMA_VERSION:
        raise ShardError(f"{folder.summary}: written by another version of vidsynth (schema {SCHEMA_VERSION} is known)")
    return summary
