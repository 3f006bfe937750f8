"""Samples as tensors: from shards, or made here and now."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch.utils.data import Dataset

from vidsynth.columns import ClipColumn
from vidsynth.errors import DecodeError
from vidsynth.evaluate import Failure, gather, rendered
from vidsynth.generator import Generator, Plan
from vidsynth.shards.reader import load
from vidsynth.torch.collate import Layout, Samples, check_layout
from vidsynth.torch.plans import PackedTubelets

_Made = tuple[Plan, list[Any]]
_TRIES = 100  # samples in a row that fail before even `on_error="next"` gives up


class ShardDataset(Dataset[dict[str, Any]]):
    """The samples of a build folder, by position.

    Clips and other arrays are tensors, `index` is a number; key, plan and sources, when asked for, are
    plain Python values, and lists of them in a batch. Raw clips are copied once, from the mapped file
    into the batch; other payloads are decoded, in the DataLoader's workers. Travels to workers as its
    path.

    Parameters
    ----------
    path : the build folder, or its URL (see `load`).
    columns : default all but key, plan and sources.
    layout : of the clips; TCHW and CTHW are views of the same bytes (PyTorch's channels-last formats).

    Raises ShardError if there is no finished build, a column is not there, or a shard is damaged.
    """

    def __init__(self, path: str | Path, columns: Sequence[str] | None = None, *, layout: Layout = "THWC") -> None:
        check_layout(layout)
        self.shards = load(path, columns)
        if columns is None:
            self.shards.columns = tuple(n for n in self.shards.schema.names if n not in ("key", "plan", "sources"))
        self.layout: Layout = layout
        self._clips = {name for name, column in self.shards.described.items() if column["kind"] != "array"}

    def __len__(self) -> int:
        return len(self.shards)

    def __getitem__(self, position: int) -> dict[str, Any]:
        return self.__getitems__([position])[0]  # type: ignore[no-any-return]

    def __getitems__(self, positions: Sequence[int]) -> Samples:
        """Return a batch, as DataLoader asks for it."""
        return Samples([self.shards[position] for position in positions], self._clips, self.layout)

    def __repr__(self) -> str:
        return f"ShardDataset({str(self.shards.folder)!r}, {len(self)} samples, {self.layout})"


class LiveDataset(Dataset[dict[str, Any]]):
    """The samples of a generator, made when asked for: the same as its shards hold.

    The samples of a batch are made together, so that a video which two of them need is decoded once.

    Parameters
    ----------
    generator : such as `TubeletPairs`.
    columns : default all but key, plan and sources.
    layout : of the clips, as in `ShardDataset`.
    on_error : what to do when a video cannot be read. `raise` does, with DecodeError; `next` takes the
        next sample instead, warns once a video, and keeps count: see `skipped`.
    render : False leaves the tubelets undrawn, for `TubeletOverlay` to draw on the GPU: a sample holds
        index, `clips` [K, T, H, W, 3] as they were cut from the videos, and `tubelets`. Batch them with
        `collate`; the layout is then THWC.
    """

    def __init__(
        self,
        generator: Generator,
        columns: Sequence[str] | None = None,
        *,
        layout: Layout = "THWC",
        on_error: Literal["raise", "next"] = "raise",
        render: bool = True,
    ) -> None:
        check_layout(layout)
        if on_error not in ("raise", "next"):
            raise ValueError(f"on_error must be raise or next, not {on_error!r}")
        known = ("index", "key", "plan", "sources", *generator.columns)
        unknown = set(columns or ()) - set(known)
        if unknown:
            raise ValueError(f"no column {', '.join(sorted(unknown))} (columns: {', '.join(known)})")
        if not render and not hasattr(generator, "cuts"):
            raise ValueError(f"render=False: the generator {generator.name} has no tubelets to draw later")
        self.generator = generator
        self.columns: tuple[str, ...] = tuple(columns or ("index", *generator.columns))
        self.layout: Layout = layout
        self._clips = {name for name, column in generator.columns.items() if isinstance(column, ClipColumn)}
        self._next = on_error == "next"
        self._render = render
        # One flag a row of the manifest, in memory that all workers share.
        self._flags = torch.zeros(len(generator.manifest), dtype=torch.uint8).share_memory_()

    @property
    def skipped(self) -> list[str]:
        """The paths of videos that could not be read so far, in any worker."""
        rows = self._flags.nonzero().ravel().tolist()
        return self.generator.manifest.table["path"].take(pa.array(rows, pa.int64())).to_pylist()  # type: ignore[no-any-return]

    def __len__(self) -> int:
        return len(self.generator)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.__getitems__([index])[0]  # type: ignore[no-any-return]

    def __getitems__(self, indices: Sequence[int]) -> Samples:
        """Return a batch, as DataLoader asks for it."""
        found = list(gather(self.generator, indices))
        made = [self._instead(it) if isinstance(it, Failure) else it for it in found]
        if not self._render:
            return self._undrawn(made)
        samples = [rendered(self.generator, plan, clips) for plan, clips in made]
        rows = [{name: sample[name] for name in self.columns} for sample in samples]
        return Samples(rows, self._clips, self.layout)

    def __repr__(self) -> str:
        return f"LiveDataset({self.generator!r})"

    def _undrawn(self, made: Sequence[_Made]) -> Samples:
        generator: Any = self.generator
        rows = [{"index": plan.index, "clips": np.stack([clip.frames for clip in clips])} for plan, clips in made]
        frames, height, width, _ = made[0][1][0].frames.shape
        tubelets = PackedTubelets.pack([generator.cuts(plan) for plan, _ in made], (frames, height, width))
        return Samples(rows, (), "THWC", {"tubelets": tubelets})

    def _instead(self, failure: Failure) -> _Made:
        """Return the next sample that can be made after one that cannot."""
        for _ in range(_TRIES):
            if not self._next:
                raise DecodeError(failure.video, failure.reason)
            self._note(failure)
            found = next(gather(self.generator, [(failure.index + 1) % len(self)]))
            if not isinstance(found, Failure):
                return found
            failure = found
        raise DecodeError(failure.video, f"{failure.reason}; the {_TRIES} samples before could not be made either")

    def _note(self, failure: Failure) -> None:
        row = pc.index(self.generator.manifest.table["path"], failure.video).as_py()
        if not self._flags[row]:
            self._flags[row] = 1
            warnings.warn(f"{failure.video}: {failure.reason}; taking the next sample", RuntimeWarning, stacklevel=2)
