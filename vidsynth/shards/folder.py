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
    sha256sums       of vidsynth.json, recipe.yaml, failures.parquet, croissant.json and manifest.arrow
    done/00007.json  one a finished shard, until a thousand are bundled:
    done/00001-HOST-PID.jsonl   the markers of many shards, one a line
    tmp/             shards that are being written
    crumbs/          which video each unfinished shard is reading
    lock             held while a build runs
    status.json      how far a build is, or how it ended
    slices/          the same two of slices that are built beside each other: 3-of-64.lock, 3-of-64.json
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import pyarrow as pa

from vidsynth.errors import ShardError
from vidsynth.part_files import written_whole

HIDDEN = ".vidsynth"
SCHEMA_VERSION = 1
BUNDLE = 1000
SHARDS = "train-*-of-*.arrow"  # in data/


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
    videos : what its videos were then; see `vidsynth.shards.seen`.
    """

    recipe: str
    shard: int
    file: str
    rows: int
    bytes: int
    sha256: str
    seconds: float
    failures: tuple[Absent, ...]
    videos: str = ""


_FIELDS = tuple(field.name for field in dataclasses.fields(Done))


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
    def sums(self) -> Path:
        return self.path / HIDDEN / "sha256sums"

    @property
    def papers(self) -> tuple[Path, ...]:
        """Return what a finished build cannot do without, beside its shards."""
        return self.summary, self.recipe, self.failures, self.manifest, self.croissant

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
    def slices(self) -> Path:
        return self.path / HIDDEN / "slices"

    def status(self, part: str | None = None) -> Path:
        """Return the status file of a build, or that of one slice, such as 3/64."""
        return self.slices / f"{part.replace('/', '-of-')}.json" if part else self.path / HIDDEN / "status.json"

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

    def shard_name(self, shard: int, of: int) -> str:
        """Return a shard's file name, relative to the folder."""
        return f"data/train-{shard:05d}-of-{of:05d}.arrow"

    def crumb(self, shard: int) -> Path:
        """Return the file that names the video which a shard is reading."""
        return self.path / HIDDEN / "crumbs" / f"{shard:05d}"

    def clear_scratch(self, shards: Container[int]) -> None:
        """Delete what a killed build left of these shards: half-written files and crumbs."""
        for file in [*self.tmp.glob("train-*"), *self.crumb(0).parent.glob("*")]:
            number = file.name.removeprefix("train-").partition("-")[0]
            if number.isdecimal() and int(number) in shards:
                file.unlink(missing_ok=True)

    def mark(self, done: Done) -> None:
        """Leave the marker of a finished shard."""
        write_atomically(self._marker(done.shard), marker(done))

    def unmark(self, shards: Container[int]) -> None:
        """Forget that shards are finished."""
        for bundle in self._bundles():
            markers = list(_read_markers(bundle))
            kept = [done for done in markers if done.shard not in shards]
            if len(kept) < len(markers):
                write_atomically(bundle, _lines(kept))
        for shard in self.loose():
            if shard in shards:
                self._marker(shard).unlink(missing_ok=True)

    def bundle(self, done: Collection[Done]) -> None:
        """Put markers together in one file: a hundred thousand files are slow to read, and use up a quota."""
        last = max((int(file.name.partition("-")[0]) for file in self._bundles()), default=0)
        write_atomically(self.done / f"{last + 1:05d}-{writer()}.jsonl", _lines(done))
        for shard in done:
            self._marker(shard.shard).unlink(missing_ok=True)

    def loose(self) -> list[int]:
        """Return the shards whose markers are files of their own."""
        return sorted(int(file.stem) for file in self.done.glob("*.json") if file.stem.isdecimal())

    def finished(self, recipe: str) -> dict[int, Done]:
        """Return the markers of shards of this recipe whose files are there in full size, by number."""
        found = {done.shard: done for done in self._markers() if done.recipe == recipe}
        sizes = _sizes(self.data)
        return {
            shard: done
            for shard, done in sorted(found.items())
            if sizes.get(done.file.removeprefix("data/")) == done.bytes
        }

    def markers(self) -> dict[int, Done]:
        """Return every sound marker, by the shard's number, whatever became of the shard."""
        found = {done.shard: done for done in self._markers()}
        return dict(sorted(found.items()))

    def _markers(self) -> Iterator[Done]:
        """Yield sound markers: a shard's own file after a bundle's line, a later bundle's after an earlier one's."""
        # Files are read before bundles: a marker that another slice bundles meanwhile is read twice, not missed.
        loose = [done for shard in self.loose() for done in _read_markers(self._marker(shard))]
        bundled = (done for file in self._bundles() for done in _read_markers(file))
        yield from itertools.chain(bundled, loose)

    @property
    def has_markers(self) -> bool:
        """Tell whether the build lies where it was made: when it is published, its markers stay behind."""
        return self.done.parent.exists()

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
        """Delete shards under other names; what is no shard is somebody's own."""
        for name in self.data_files().keys() - set(names):
            if PurePath(name).match(SHARDS):
                (self.path / name).unlink()

    def clear(self) -> None:
        """Delete the build, but for the recipe that names it."""
        papers = (self.summary, self.card, self.croissant, self.failures, self.manifest, self.sums)
        for path in (*papers, *(self.preview.with_suffix(suffix) for suffix in (".png", ".webp", ".html"))):
            path.unlink(missing_ok=True)
        for path in (self.done, self.data):
            shutil.rmtree(path, ignore_errors=True)

    def _marker(self, shard: int) -> Path:
        return self.done / f"{shard:05d}.json"

    def _bundles(self) -> list[Path]:
        """Return the files of bundled markers, the oldest first."""
        return sorted(self.done.glob("[0-9]*-*.jsonl"), key=lambda file: (len(file.name.partition("-")[0]), file.name))


def marker(done: Done) -> bytes:
    """Return what the marker of a finished shard says."""
    return json.dumps(_values(done), indent=1).encode()


def read_marker(data: bytes) -> Done | None:
    """Return a marker; None for one that a full disk or a crash left damaged: its shard is built again."""
    try:
        return _done(json.loads(data))
    except ValueError:
        return None


def _done(values: Any) -> Done | None:
    try:
        values["recipe"] = sys.intern(values["recipe"])  # of a million markers, one
        values["failures"] = tuple(Absent(**failure) for failure in values["failures"])
        return Done(**values)
    except (TypeError, KeyError):
        return None


def _lines(done: Iterable[Done]) -> bytes:
    return "".join(json.dumps(_values(one)) + "\n" for one in done).encode()


def _values(done: Done) -> dict[str, Any]:
    values = {name: getattr(done, name) for name in _FIELDS}
    return values | {"failures": [dataclasses.asdict(failure) for failure in done.failures]}


def _read_markers(file: Path) -> Iterator[Done]:
    """Yield a file's markers, but for damaged ones."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return  # bundled just now
    lines = data.splitlines() if file.suffix == ".jsonl" else [data]
    try:
        found = json.loads(b"[" + b",".join(lines) + b"]")  # all at once, in half the time
    except ValueError:
        yield from (done for line in lines if (done := read_marker(line)) is not None)
        return
    yield from (done for values in found if (done := _done(values)) is not None)


def _sizes(folder: Path) -> dict[str, int]:
    """Return the files of a folder and their sizes, in bytes."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat().st_size for entry in entries}
    except FileNotFoundError:
        return {}


def writer() -> str:
    """Return a name that no other process has: of this machine, and of this process on it."""
    return f"{socket.gethostname()}-{os.getpid()}"


def write_atomically(file: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside, synced, renamed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(file) as beside, beside.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
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


def resume_command(folder: BuildFolder) -> str:
    """Return the command that resumes a build, as a shell takes it."""
    return shlex.join(["vidsynth", "run", f"{folder}/{folder.recipe.name}", "--out", str(folder)])


def read_summary(folder: BuildFolder) -> dict[str, Any]:
    """Return what vidsynth.json holds. Raises ShardError if the build is not finished or not there."""
    try:
        summary = json.loads(folder.summary.read_bytes())
    except FileNotFoundError:
        if folder.recipe.exists():
            raise ShardError(
                f"{folder}: this build is not finished; resume it with `{resume_command(folder)}`"
            ) from None
        raise ShardError(f"{folder}: no build here (no vidsynth.json)") from None
    except ValueError as error:
        raise ShardError(f"{folder.summary}: damaged: {error}") from None
    if not isinstance(summary, dict) or summary.get("schema") != SCHEMA_VERSION:
        raise ShardError(f"{folder.summary}: written by another version of vidsynth (schema {SCHEMA_VERSION} is known)")
    return summary
