"""A build at a URL: a folder on this machine where it is made (its stage), and the store that it is mirrored to.

The layout there is that of folder.py, but for the markers. A shard is made in the stage, put there whole under its
name, and leaves the stage; then its marker is put: killed in between, the shard is made again. So a stage holds the
shards in hand and small files. What a marker tells stands in its name,

  .vidsynth/done/00007/<recipe>-of00042-r24-b1228310-f0-t5123-<sha256>.json
                        16 digits        rows bytes   failures, milliseconds

so that one listing, a request for each thousand, tells of all finished shards; only those with failures are read.

No lock holds a URL: two builds of one recipe do the same work twice, and leave the same bytes. Of two recipes that
claim a URL at once, one is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from vidsynth.errors import ShardError
from vidsynth.shards.folder import HIDDEN, SHARDS, BuildFolder, Done, marker, read_marker
from vidsynth.sources.settings import cache_dir
from vidsynth.store import Stamp, Store, Url, folder_location

_DONE = f"{HIDDEN}/done"
_MARKER = re.compile(
    r".*/(?P<shard>\d+)/(?P<recipe>[0-9a-f]{16})-of(?P<of>\d+)-r(?P<rows>\d+)-b(?P<bytes>\d+)-f(?P<failures>\d+)"
    r"-t(?P<milliseconds>\d+)-(?P<sha256>[0-9a-f]{64})\.json"
)


def build_folder(out: str | Path) -> BuildFolder:
    """Return the folder of a build, which may be at a URL; nothing is read or written. Raises RecipeError, ShardError.

    The stage of a URL lies in the cache, and has its last name.
    """
    found = folder_location(out)
    if isinstance(found, Path):
        return BuildFolder(found)
    if found.startswith("hf://"):
        raise ShardError(f"{found}: the Hub takes whole builds only; build into a folder or a bucket, then push it")
    number = hashlib.sha256(found.encode()).hexdigest()[:16]
    return MirroredFolder(cache_dir() / "stages" / number / found.name, found)


@dataclass(frozen=True, slots=True)
class MirroredFolder(BuildFolder):
    """A build at a URL. path : its stage on this machine."""

    url: Url

    def __str__(self) -> str:
        return self.url

    @property
    def store(self) -> Store:
        return Store(self.url)

    def clear_scratch(self, shards: Container[int]) -> None:
        BuildFolder.clear_scratch(self, shards)
        for file in self.data.glob("train-*"):  # made, but not put there
            if int(file.name.split("-")[1]) in shards:
                file.unlink(missing_ok=True)

    def refresh(self) -> None:
        theirs = {file: self._stamp(file) for file in (self.manifest, self.root, self.summary, self.recipe)}
        if not _is(self.recipe, theirs[self.recipe]):  # the stage is of another build, or new
            for file in self.path.glob("*"):
                if file.is_file() and file not in theirs:  # those, another worker may have brought just now
                    file.unlink(missing_ok=True)
        for file, stamp in theirs.items():
            if stamp is None:
                file.unlink(missing_ok=True)
            elif not _is(file, stamp):
                self.store.download(self._name(file), file)

    def settle(self) -> None:
        name = self._name(self.recipe)
        if not self.store.create(self.recipe, name) and self.store.read_all([name]) != {name: self.recipe.read_bytes()}:
            raise ShardError(f"{self}: another build has just begun here; choose another --out, or try again")
        for file in (self.manifest, self.root):
            if not _is(file, self._stamp(file)):
                self.store.upload(file, self._name(file))

    def publish(self) -> None:
        files = {file for file in self.path.iterdir() if file.is_file()} - {self.recipe, self.summary}
        for file in (*sorted(files), self.summary):
            self.store.upload(file, self._name(file))

    def names(self) -> list[str]:
        return self.store.names()

    def data_files(self) -> dict[str, int]:
        return {name: stamp.bytes for name, stamp in self.store.files("data").items()}

    def mark(self, done: Done) -> None:
        file = self.path / done.file
        self.store.upload(file, done.file)
        file.unlink()
        self.store.write(_marker_name(done), marker(done))

    def unmark(self, shards: Container[int]) -> None:
        markers = {name: _MARKER.fullmatch(name) for name in self.store.files(_DONE)}
        self.store.delete([name for name, facts in markers.items() if facts and int(facts["shard"]) in shards])

    def bundle(self, done: Collection[Done]) -> None:
        """Nothing: a marker's name tells all, and one listing all names."""

    def loose(self) -> list[int]:
        return []

    def finished(self, recipe: str) -> dict[int, Done]:
        sizes = self.data_files()
        told = defaultdict(list)
        for name in sorted(self.store.files(_DONE)):
            done, failures = self._told(name, recipe)
            if done is not None and sizes.get(done.file) == done.bytes:
                told[done.shard].append((done, name if failures else None))
        # Two builds may have made the same shard; where they disagree, it is made again.
        sure = {shard: some[-1] for shard, some in told.items() if len({done.sha256 for done, _ in some}) == 1}
        read = self.store.read_all([name for _, name in sure.values() if name])
        whole = {
            shard: read_marker(read.get(name, b"")) if name else done for shard, (done, name) in sorted(sure.items())
        }
        return {shard: done for shard, done in whole.items() if done is not None}

    @property
    def has_markers(self) -> bool:
        return False  # their names tell too little to hold a build against

    def open_shard(self, shard: Mapping[str, Any]) -> pa.NativeFile:
        return pa.PythonFile(self.store.open(shard["file"]), "r")

    @contextlib.contextmanager
    def borrowed(self, name: str) -> Iterator[Path]:
        file = self.tmp / f"{os.getpid()}-{name.replace('/', '-')}"
        self.store.download(name, file)
        try:
            yield file
        finally:
            file.unlink(missing_ok=True)

    def reopen(self) -> None:
        if self.summary.exists():
            self.store.delete([self._name(self.summary)])
        BuildFolder.reopen(self)

    def keep_only(self, names: Iterable[str]) -> None:
        others = self.data_files().keys() - set(names)
        self.store.delete([name for name in others if PurePosixPath(name).match(SHARDS)])
        self.store.abort_uploads("data")

    def clear(self) -> None:
        self.store.delete(self._name(file) for file in (self.summary, self.card, self.preview, self.failures))
        self.store.delete([*self.store.files("data"), *self.store.files(HIDDEN)])
        self.store.abort_uploads("data")
        self.store.delete([self._name(self.recipe)])  # last: until then, this can be done again
        BuildFolder.clear(self)

    def _name(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()

    def _stamp(self, file: Path) -> Stamp | None:
        return self.store.stamp(self._name(file))

    def _told(self, name: str, recipe: str) -> tuple[Done | None, int]:
        """Return what a marker's name tells, and how many failures it does not tell of; None if it is of another
        recipe, or no marker."""
        facts = _MARKER.fullmatch(name)
        if facts is None or not recipe.startswith(facts["recipe"]):
            return None, 0
        shard, of, rows, size, failures, milliseconds = (
            int(facts[key]) for key in ("shard", "of", "rows", "bytes", "failures", "milliseconds")
        )
        file = self.shard_name(shard, of)
        return Done(recipe, shard, file, rows, size, facts["sha256"], milliseconds / 1000, ()), failures


def _is(file: Path, stamp: Stamp | None) -> bool:
    """Tell whether a file of the stage is the one with this stamp at the URL: also, whether both are not there."""
    try:
        here = file.stat()
    except FileNotFoundError:
        return stamp is None
    return stamp is not None and (here.st_size, here.st_mtime_ns) == (stamp.bytes, stamp.mark)


def _marker_name(done: Done) -> str:
    of = done.file.rpartition("-of-")[2].removesuffix(".arrow")
    return (
        f"{_DONE}/{done.shard:05d}/{done.recipe[:16]}-of{of}-r{done.rows}-b{done.bytes}-f{len(done.failures)}"
        f"-t{round(done.seconds * 1000)}-{done.sha256}.json"
    )
