"""The index of a folder of videos: what `probe` found, kept between runs.

A row is valid while the file's size and modification time are what they were. The file is Parquet,
one a root folder, in the cache; losing it costs time only.
"""

from __future__ import annotations

import bisect
import contextlib
import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vidsynth.errors import DecodeError
from vidsynth.fetched import Fetched
from vidsynth.part_files import written_whole
from vidsynth.store import Url, folder_location
from vidsynth.video.container import meaning, within
from vidsynth.video.probe import VideoInfo, probe

_INT, _TEXT, _FLAG = pa.int64(), pa.string(), pa.bool_()
SCHEMA = pa.schema(
    {
        "path": _TEXT, "file_bytes": _INT, "mtime_ns": _INT, "codec": _TEXT, "pix_fmt": _TEXT,
        "width": pa.int32(), "height": pa.int32(), "rotation": pa.int16(), "mirrored": _FLAG,
        "frames": _INT, "fps": pa.float64(), "duration_s": pa.float64(),
        "time_base": pa.list_(pa.int64(), 2), "origin": _INT, "first": _INT, "step": _INT,
        "ticks": pa.list_(pa.int64()), "key_ticks": pa.list_(pa.int64()),
        "matrix": _TEXT, "full_range": _FLAG, "assumed_matrix": _FLAG, "counted": _FLAG,
    }
)  # fmt: skip


class VideoIndex:
    """Facts of the videos under `root`, probed when first asked for; no link leads out of it (see `within`).

    With an empty text for `root`, paths are what somebody named himself, and may lie anywhere.

    `known` are facts from an earlier run; those that no longer fit their file are probed again.
    `refused` are videos not to be opened, and why. `touch` is called with each path that is asked for,
    before the file is opened: a crash can then be laid at its door. `fresh` collects what was probed.

    Where the root is a URL, a video is fetched when it is read, into a folder in `scratch` (default: the system's)
    that is gone when this is left as a context manager, or let go.
    """

    def __init__(
        self,
        root: str | Path,
        known: Iterable[VideoInfo] = (),
        refused: Mapping[str, str] | None = None,
        touch: Callable[[str], None] | None = None,
        scratch: Path | None = None,
    ) -> None:
        self.root = folder_location(root)
        self._bounded = root != "" and not isinstance(self.root, Url)
        self._fetched = Fetched(self.root, scratch) if isinstance(self.root, Url) else None
        self.fresh: list[VideoInfo] = []
        self._refused = refused or {}
        self._touch = touch
        self._known = {info.path: info for info in known}
        self._checked: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._fetched:
            self._fetched.drop()

    def file(self, path: str) -> Path:
        """Return where `root / path` lies on this disk. Raises DecodeError if it cannot be fetched, or has changed
        since its facts were taken."""
        if self._fetched is None:
            return Path(self.root, path)
        file = self._fetched.file(path, lambda: self.touch(path))
        if path in self._checked and not self._unchanged(self._known[path]):
            raise DecodeError(path, "changed while it was being used")
        return file

    def info(self, path: str) -> VideoInfo:
        """Return the facts of `root / path`. Raises DecodeError."""
        info = self.known(path)
        if info is None:
            info = probe(self.file(path), path)
            self.add(info)
        return info

    def known(self, path: str) -> VideoInfo | None:
        """Return the facts of `root / path` if they are at hand, without opening the file. Raises DecodeError.

        Whoever reads a file that need not be probed asks this first, and `add`s what it learned.
        """
        if path in self._refused:
            raise DecodeError(path, self._refused[path])
        self.touch(path)
        if self._bounded and path not in self._checked:
            within(self.root, path)
        info = self._known.get(path)
        if info is not None and (path in self._checked or self._unchanged(info)):
            self._checked.add(path)
            return info
        return None

    def touch(self, path: str) -> None:
        """Say that a file is in hand; again, now and then, that reading a long one goes on."""
        if self._touch:
            self._touch(path)

    def add(self, info: VideoInfo) -> None:
        """Keep facts that were read just now."""
        self._known[info.path] = info
        self._checked.add(info.path)
        self.fresh.append(info)

    def _unchanged(self, info: VideoInfo) -> bool:
        if self._fetched is not None:
            stamp = self._fetched.stamp(info.path)
            return (stamp.bytes, stamp.mark) == (info.file_bytes, info.mtime_ns)
        try:
            stat = os.stat(self.root / info.path)
        except OSError as error:
            raise DecodeError(info.path, meaning(error)) from None
        return (stat.st_size, stat.st_mtime_ns) == (info.file_bytes, info.mtime_ns)


def index_file(cache: str | Path, root: str | Path) -> Path:
    """Return where the index of `root` lies in the cache folder."""
    found = folder_location(root)
    name = hashlib.sha256(str(found if isinstance(found, Url) else found.resolve()).encode()).hexdigest()[:16]
    return Path(cache) / "index" / f"{name}.parquet"


def load_index(file: str | Path) -> pa.Table:
    """Return the rows of an index file; an absent or unreadable one is empty, since it is only a cache."""
    try:
        table = pq.read_table(file)
    except (OSError, pa.ArrowInvalid):
        return SCHEMA.empty_table()
    return table if table.schema.equals(SCHEMA) else SCHEMA.empty_table()


def order_of(table: pa.Table) -> NDArray[np.uint64]:
    """Return the rows of an index in the order of their paths, which `select` looks them up by."""
    return pc.sort_indices(table["path"]).to_numpy()  # type: ignore[no-any-return]


def select(table: pa.Table, order: NDArray[np.uint64], paths: Sequence[str]) -> list[VideoInfo]:
    """Return the facts that an index holds of `paths`; unknown ones are left out.

    order : the index's, from `order_of`. A look-up of a few paths among millions costs microseconds each.
    """
    column = table["path"]
    rows = []
    for path in paths:
        at = bisect.bisect_left(order, path, key=lambda row: column[int(row)].as_py())
        if at < len(order) and column[int(order[at])].as_py() == path:
            rows.append(int(order[at]))
    return [_info(row) for row in table.take(pa.array(rows, pa.int64())).to_pylist()]


def save_index(file: str | Path, fresh: Sequence[VideoInfo]) -> pa.Table:
    """Add facts to an index, replacing older ones of the same paths, and write it whole or not at all.

    Several builds may do so at a time: each adds to what the file holds by then. Returns that.
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    with _alone(file.with_suffix(".lock")), written_whole(file) as beside:
        table = load_index(file)
        rows = pa.Table.from_pylist([_row(info) for info in fresh], SCHEMA)
        kept = table.filter(pc.invert(pc.is_in(table["path"], value_set=rows["path"].combine_chunks())))
        merged = pa.concat_tables([kept, rows])
        pq.write_table(merged, beside, compression="zstd")
    return merged


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait for other writers, where the system has locks; without, some facts may be lost, and read again."""
    with lock.open("a") as file:
        with contextlib.suppress(ImportError, OSError):
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        yield


def _row(info: VideoInfo) -> dict[str, object]:
    return {field.name: getattr(info, field.name) for field in dataclasses.fields(info)}


def _info(row: dict[str, object]) -> VideoInfo:
    for name in ("ticks", "key_ticks"):
        if row[name] is not None:
            row[name] = np.asarray(row[name], np.int64)
    row["time_base"] = tuple(row["time_base"])  # type: ignore[arg-type]
    return VideoInfo(**row)  # type: ignore[arg-type]
