"""What is known of a build's samples in plain values: their own columns, their plan's, and their videos'."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vidsynth.errors import RecipeError, SourceError, nearest
from vidsynth.manifest import Manifest
from vidsynth.shards.reader import Shards

# Of each sample's first source: which seconds its frames lie in.
_TIMES = ("start_s", "span_s")
_OF_VIDEOS = ("labels", "split")


class Facts:
    """The columns of a build that hold plain values, read when asked for.

    Beside those of the samples there are `videos`, the ids of the videos that a sample was made from; `start_s` and
    `span_s`, when its first clip begins and how many seconds it spans; labels and split, where the build's manifest
    knows them; and what stands alone in a plan, such as `plan.light.gamma`.

    names : in the order of the samples' columns.
    """

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._plan = _plan_fields(shards.schema.field("plan").type)
        own = [field.name for field in shards.schema if _is_plain(field.type) and field.name not in shards.described]
        derived = ["videos", *_TIMES, *(_OF_VIDEOS if self._manifest is not None else ())]
        plan = [name for name in self._plan if name.rpartition(".")[2] not in own]
        self.names = [*own, *(name for name in derived if name not in shards.schema.names), *plan]

    def values(self, name: str, positions: Sequence[int] | None = None) -> list[Any]:
        """Return a column's values, of the samples at `positions` (default: all). Raises RecipeError."""
        if name not in self.names:
            raise RecipeError(f"{self._shards.folder.path}: no column {name!r}{nearest(name, self.names)} "
                              f"(columns: {', '.join(self.names)})")  # fmt: skip
        if name in self._shards.schema.names:
            return self._taken(name, positions).to_pylist()  # type: ignore[no-any-return]
        if name in self._plan:
            column = self._taken("plan", positions)
            return pc.struct_field(column, name.split(".")[1:]).to_pylist()  # type: ignore[no-any-return]
        if name in _TIMES:
            return _times(self._taken("sources", positions), name)
        videos = [[source["video_id"] for source in sources] for sources in self._ids(positions)]
        return videos if name == "videos" else self._of_videos(name, videos)

    def _taken(self, name: str, positions: Sequence[int] | None) -> pa.ChunkedArray:
        column = self._shards.table([name])[name]
        return column if positions is None else column.take(pa.array(positions, pa.int64()))

    def _ids(self, positions: Sequence[int] | None) -> list[list[dict[str, str]]]:
        sources = self._taken("sources", positions).combine_chunks()
        ids = pa.StructArray.from_arrays([sources.values.field("video_id")], ["video_id"])
        return pa.ListArray.from_arrays(sources.offsets, ids).to_pylist()  # type: ignore[no-any-return]

    def _of_videos(self, name: str, videos: Sequence[Sequence[str]]) -> list[Any]:
        assert self._manifest is not None
        asked = sorted({video for some in videos for video in some})
        rows = pc.index_in(pa.array(asked, pa.string()), self._manifest.table["video_id"].combine_chunks())
        known = dict(zip(asked, self._manifest.table[name].take(rows).to_pylist(), strict=True))
        if name == "split":
            return [next((known[video] for video in some), None) for some in videos]
        return [list(dict.fromkeys(label for video in some for label in known[video] or ())) for some in videos]

    @functools.cached_property
    def _manifest(self) -> Manifest | None:
        """The videos, where the build still knows them: a copy of its shards alone does not."""
        folder = self._shards.folder
        with contextlib.suppress(OSError, SourceError):
            return Manifest.open_arrow(folder.manifest, "")
        return None


def _times(sources: pa.ChunkedArray, name: str) -> list[float | None]:
    """Return of each sample's first source when it begins, or how long it is; None where it has no times."""
    column = sources.combine_chunks()
    times = column.values.field("times")
    first = np.minimum(column.offsets.to_numpy()[:-1], max(0, len(times) - 1))
    bounds, values = times.offsets.to_numpy(), times.values.to_numpy()
    has = (np.diff(column.offsets.to_numpy()) > 0) & (np.diff(bounds)[first] > 0 if len(times) else False)
    out = []
    for place, there in zip(first.tolist(), np.broadcast_to(has, len(first)).tolist(), strict=True):
        some = values[bounds[place] : bounds[place + 1]] if there else []
        out.append(None if not there else float(some[0] if name == "start_s" else max(some) - min(some)))
    return out


def _plan_fields(kind: pa.DataType, prefix: str = "plan") -> list[str]:
    """Return the dotted names of a plan's fields that hold one plain value."""
    found = []
    for field in kind:
        name = f"{prefix}.{field.name}"
        if pa.types.is_struct(field.type):
            found += _plan_fields(field.type, name)
        elif _is_scalar(field.type) and field.name != "noise":  # a seed
            found.append(name)
    return found


def _is_plain(kind: pa.DataType) -> bool:
    return _is_scalar(kind) or (pa.types.is_list(kind) and _is_scalar(kind.value_type))


def _is_scalar(kind: pa.DataType) -> bool:
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return bool(is_number or pa.types.is_boolean(kind) or pa.types.is_string(kind))
