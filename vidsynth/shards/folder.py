"""The layout of a build folder, and the markers of finished shards.

out/
  README.md  recipe.yaml  vidsynth.json  failures.parquet  preview.png
  data/train-00007-of-00042.arrow
  .vidsynth/
    manifest.arrow   the videos, as they were when the build began
    root             where they lie on this machine
    sha256sums       of vidsynth.json, recipe.yaml, failures.parquet and manifest.arrow
    done/00007.json  one a finished shard
    tmp/             shards that are being written
    crumbs/          which video each unfinished shard is reading
    lock             held while a build runs
"""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidsynth.errors import ShardError
from vidsynth.part_files import written_whole

HIDDEN = ".vidsynth"
SCHEMA_VERSION = 1
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


@dataclass(frozen=True, slots=True)
class BuildFolder:
    """Paths of a build folder."""

    path: Path

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
        return self.summary, self.recipe, self.failures, self.manifest

    @property
    def done(self) -> Path:
        return self.path / HIDDEN / "done"

    @property
    def tmp(self) -> Path:
        return self.path / HIDDEN / "tmp"

    @property
    def lock(self) -> Path:
        return self.path / HIDDEN / "lock"

    def shard_name(self, shard: int, of: int) -> str:
        """Return a shard's file name, relative to the folder."""
        return f"data/train-{shard:05d}-of-{of:05d}.arrow"

    def crumb(self, shard: int) -> Path:
        """Return the file that names the video which a shard is reading."""
        return self.path / HIDDEN / "crumbs" / f"{shard:05d}"

    def mark(self, done: Done) -> None:
        """Leave the marker of a finished shard."""
        write_atomically(self.done / f"{done.shard:05d}.json", json.dumps(dataclasses.asdict(done), indent=1).encode())

    def unmark(self, shard: int) -> None:
        """Forget that a shard is finished."""
        (self.done / f"{shard:05d}.json").unlink(missing_ok=True)

    def finished(self, recipe: str) -> dict[int, Done]:
        """Return the markers of shards of this recipe whose files are there in full size, by number."""
        return {shard: done for shard, done in self.markers().items() if done.recipe == recipe and self._is_whole(done)}

    def markers(self) -> dict[int, Done]:
        """Return every sound marker, by the shard's number, whatever became of the shard."""
        found = (_read_marker(file) for file in sorted(self.done.glob("*.json")))
        return {done.shard: done for done in found if done is not None}

    def _is_whole(self, done: Done) -> bool:
        try:
            return (self.path / done.file).stat().st_size == done.bytes
        except OSError:
            return False


def _read_marker(file: Path) -> Done | None:
    """Return a marker; None for one that a full disk or a crash left damaged: its shard is built again."""
    try:
        values = json.loads(file.read_bytes())
        return Done(**{**values, "failures": tuple(Absent(**failure) for failure in values["failures"])})
    except (ValueError, TypeError, KeyError):
        return None


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
    return shlex.join(["vidsynth", "run", str(folder.recipe), "--out", str(folder.path)])


def read_summary(folder: BuildFolder) -> dict[str, Any]:
    """Return what vidsynth.json holds. Raises ShardError if the build is not finished or not there."""
    try:
        summary = json.loads(folder.summary.read_bytes())
    except FileNotFoundError:
        if folder.recipe.exists():
            raise ShardError(
                f"{folder.path}: this build is not finished; resume it with `{resume_command(folder)}`"
            ) from None
        raise ShardError(f"{folder.path}: no build here (no vidsynth.json)") from None
    except ValueError as error:
        raise ShardError(f"{folder.summary}: damaged: {error}") from None
    if not isinstance(summary, dict) or summary.get("schema") != SCHEMA_VERSION:
        raise ShardError(f"{folder.summary}: written by another version of vidsynth (schema {SCHEMA_VERSION} is known)")
    return summary
