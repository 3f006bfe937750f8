"""The index of a source: what `probe` found of its videos, and which cannot be read; kept between runs.

`index_videos` fills it for all videos of a source at once; builds take from it what they need, and add to it.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import BuildError, DecodeError
from vidsynth.jobs.cores import usable_cores
from vidsynth.jobs.crumb import Crumb
from vidsynth.jobs.interrupt import terminated_is_interrupted
from vidsynth.jobs.local import execute
from vidsynth.jobs.progress import Progress
from vidsynth.part_files import sweep
from vidsynth.shards.folder import write_atomically
from vidsynth.sources.settings import cache_dir
from vidsynth.store import Location, Store, Url, folder_location
from vidsynth.video.container import meaning
from vidsynth.video.index import VideoIndex, index_file, load_index, order_of, save_index, select
from vidsynth.video.probe import VideoInfo

_SAVE_EVERY_S = 60.0
_VIDEOS_A_TASK = 64


@dataclass(frozen=True, slots=True)
class Indexed:
    """What came of indexing: `videos` asked for, `fresh` probed now, `unreadable` path → reason."""

    videos: int
    fresh: int
    unreadable: Mapping[str, str]


def index_videos(
    root: str | Path,
    paths: Sequence[str],
    *,
    workers: int | None = None,
    video_timeout: float = 60.0,
    retry_failed: bool = False,
    progress: bool = True,
) -> Indexed:
    """Probe those videos of a folder that are not in its index, or have changed since, and keep what is found.

    Every minute, at the end and when interrupted the index is written: the same call resumes. A video that is
    known, readable or not, is not opened again.

    Parameters
    ----------
    paths : relative to the root.
    workers : processes; by default one a core. 0 probes in this process, without protection from crashes.
    video_timeout : seconds that one video may hold up a worker before it is given up.
    retry_failed : open those again that could not be read before.
    progress : show a bar on standard error.

    Raises BuildError if the index cannot be written.
    """
    index = Index(root)
    known, unreadable, todo = index.look_up(paths, retry_failed=retry_failed)
    chunks = [tuple(todo[at : at + _VIDEOS_A_TASK]) for at in range(0, len(todo), _VIDEOS_A_TASK)]
    workers = min(usable_cores() if workers is None else workers, len(chunks))
    shown = Progress(len(paths), known, len(unreadable), shown=progress and bool(todo), unit="videos")
    with tempfile.TemporaryDirectory(prefix="vidsynth-") as crumbs, terminated_is_interrupted(), shown as bar:
        tasks = (ProbeTask(index.root, chunk, Path(crumbs, str(n)), {}) for n, chunk in enumerate(chunks))
        try:
            for probed in execute(probe_videos, tasks, workers, video_timeout):
                index.add(probed.fresh, probed.unreadable)
                unreadable |= probed.unreadable
                bar.add(len(probed.fresh), len(probed.unreadable))
        finally:
            index.save()
    if not index.saved:
        raise BuildError(f"{index.file}: the index cannot be written there; set VIDSYNTH_CACHE to another folder")
    return Indexed(len(paths), len(todo), dict(sorted(unreadable.items())))


@dataclass(frozen=True, slots=True)
class ProbeTask:
    """Some videos to probe; see `local.Task`."""

    root: Location
    paths: Sequence[str]
    crumb: Path
    refused: Mapping[str, str]

    @property
    def title(self) -> str:
        return f"the videos from {self.paths[0]} to {self.paths[-1]}"


@dataclass(frozen=True, slots=True)
class Probed:
    """What probing found: facts, and path → why there are none."""

    fresh: Sequence[VideoInfo]
    unreadable: Mapping[str, str]


def probe_videos(task: ProbeTask) -> Probed:
    """Probe some videos, each whatever became of the others."""
    unreadable: dict[str, str] = {}
    with (
        Crumb(task.crumb) as crumb,
        VideoIndex(task.root, (), task.refused, crumb.leave, task.crumb.parent) as videos,
    ):
        for path in task.paths:
            try:
                videos.info(path)
            except DecodeError as error:
                unreadable[path] = error.reason
    return Probed(videos.fresh, unreadable)


class Index:
    """The kept facts of the videos under a root."""

    def __init__(self, root: str | Path) -> None:
        self.root = folder_location(root)
        self.file = index_file(cache_dir(), root)
        self.saved = True  # everything that was added is in the file
        self._table = load_index(self.file)
        self._order: NDArray[np.uint64] | None = None
        self._fresh: list[VideoInfo] = []
        self._unreadable_file = self.file.with_suffix(".unreadable.json")
        self._unreadable = _load_unreadable(self._unreadable_file)
        self._at, self._pause_s = time.monotonic(), _SAVE_EVERY_S
        sweep(self.file.parent)

    def known(self, paths: Sequence[str]) -> list[VideoInfo]:
        """Return the facts that are kept of `paths`, current or not."""
        if self._order is None:
            self._order = order_of(self._table)
        return select(self._table, self._order, paths)

    def look_up(self, paths: Sequence[str], *, retry_failed: bool = False) -> tuple[int, dict[str, str], list[str]]:
        """Return how many of `paths` are known, why others cannot be read, and those that must be probed.

        What was found holds while a file's size and modification time are what they were.
        """
        names, sizes, times = (self._table[name].to_pylist() for name in ("path", "file_bytes", "mtime_ns"))
        facts = dict(zip(names, zip(sizes, times, strict=True), strict=True))
        count, unreadable, todo = 0, {}, []
        for path, now in self._versions(paths):
            if isinstance(now, str):
                unreadable[path] = now
                continue
            size, mtime_ns, reason = self._unreadable.get(path, (None, None, ""))
            if facts.get(path) == now:
                count += 1
            elif (size, mtime_ns) == now and not retry_failed:
                unreadable[path] = reason
            else:
                todo.append(path)
        return count, unreadable, todo

    def _versions(self, paths: Sequence[str]) -> Iterator[tuple[str, tuple[int, int] | str]]:
        """Yield each path with its file's size and modification time (of a URL, what stands for it), or why not."""
        if isinstance(self.root, Url):
            stamps = Store(self.root).stamps(paths) if paths else {}
            for path in paths:
                stamp = stamps.get(path)
                yield path, (stamp.bytes, stamp.mark) if stamp else "no such file"
            return
        for path in paths:
            try:
                stat = os.stat(self.root / path)
            except OSError as error:
                yield path, meaning(error)
            else:
                yield path, (stat.st_size, stat.st_mtime_ns)

    def add(self, fresh: Sequence[VideoInfo], unreadable: Mapping[str, str] | None = None) -> None:
        """Add what was found; now and then, write it."""
        self._fresh.extend(fresh)
        for info in fresh:
            self._unreadable.pop(info.path, None)
        for path, now in self._versions(list(unreadable or {})):
            if unreadable and not isinstance(now, str):  # not gone meanwhile
                self._unreadable[path] = (*now, unreadable[path])
        self.saved = self.saved and not (fresh or unreadable)
        if time.monotonic() - self._at > self._pause_s:
            self.save()

    def save(self) -> None:
        """Write what was added. An index is only a cache: where it cannot be written, `saved` stays False."""
        began = self._at = time.monotonic()
        if self.saved:
            return
        with contextlib.suppress(OSError):
            self._table, self._order = save_index(self.file, self._fresh), None
            write_atomically(self._unreadable_file, json.dumps(self._unreadable).encode())
            self._fresh.clear()
            self.saved = True
        # A large index takes a while to write: that is not to become the work.
        self._pause_s = max(_SAVE_EVERY_S, 20 * (time.monotonic() - began))


def _load_unreadable(file: Path) -> dict[str, tuple[int, int, str]]:
    try:
        kept = json.loads(file.read_bytes())
        return {path: (int(size), int(mtime_ns), str(reason)) for path, (size, mtime_ns, reason) in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # a cache: absent, or damaged
