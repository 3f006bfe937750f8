"""Darkness statistics: a row a video (or a segment of one), measured and not drawn."""

from __future__ import annotations

import functools
import hashlib
import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vidsynth.clip import Segment
from vidsynth.columns import Column
from vidsynth.errors import DecodeError
from vidsynth.evaluate import evaluate_one
from vidsynth.generator import Sample, register
from vidsynth.generators.darkness.recipe import DarknessRecipe, MeasureParams
from vidsynth.generators.darkness.record import COLUMNS, Darkness
from vidsynth.manifest import Manifest
from vidsynth.recipe import load_values
from vidsynth.rng import Permutation
from vidsynth.video import luma
from vidsynth.video.index import VideoIndex
from vidsynth.video.probe import Colour, VideoInfo

PLAN_TYPE = pa.struct({"start_s": pa.float64(), "end_s": pa.float64()})


@dataclass(frozen=True, slots=True)
class DarknessPlan:
    """Which row of the manifest; there is nothing to decide."""

    index: int
    segment: Segment

    @property
    def key(self) -> str:
        return self.segment.video_id

    @property
    def clips(self) -> tuple[Segment]:
        return (self.segment,)

    def to_row(self) -> dict[str, Any]:
        return {"start_s": self.segment.start_s, "end_s": self.segment.end_s}


@dataclass(frozen=True, slots=True, eq=False)
class LumaReading:
    """The luminance of a segment's frames. times, y : float64 [F]. seconds : the segment's length."""

    ref: Segment
    times: NDArray[np.float64]
    y: NDArray[np.float64]
    colour: Colour
    seconds: float

    def sha256(self) -> str:
        """Return the sha256 of `y`."""
        return hashlib.sha256(self.y.astype("<f8").tobytes()).hexdigest()


@register("darkness", DarknessRecipe)
class DarknessStatistics:
    """How dark each video of a manifest is; rows that name a segment are measured there alone.

    A sample holds index, key (the video's id), plan, sources (with the time of each frame), and the columns of
    `record.COLUMNS`. Sample i is row i of the manifest, or of a part of it where `source.fraction` says so.

    Parameters
    ----------
    manifest : the videos.
    recipe : a recipe, the name of a shipped one, or a path to YAML.
    changes : dotted parameters to replace, such as {"verdict.threshold": 30}.
    videos : what is known of the files (default: learned as they are read).
    """

    name: ClassVar[str] = "darkness"
    about: ClassVar[str] = (
        "How dark each video is: the luminance of its frames, and whether their mean is at a threshold or below. "
        'The definition is that of Zhang, Doughty and Snoek, "Day2Dark: Pseudo-Supervised Activity Recognition '
        "Beyond Silent Daylight\" (arXiv 2212.02053); it is computed from the decoder's planes."
    )

    def __init__(
        self,
        manifest: Manifest,
        recipe: DarknessRecipe | str = "darkness",
        changes: Mapping[str, Any] | None = None,
        *,
        videos: VideoIndex | None = None,
    ) -> None:
        if not isinstance(recipe, DarknessRecipe):
            recipe = DarknessRecipe.from_dict(load_values(recipe), where=str(recipe))
        if changes:
            recipe = recipe.with_changes(changes)
        if recipe.measure.per == "video":
            manifest = whole_videos(manifest)
        self.recipe: DarknessRecipe = recipe.resolve(manifest)
        self.manifest = manifest
        self.videos = videos or VideoIndex(manifest.root)
        self.plan_type: pa.DataType = PLAN_TYPE
        rows = max(1, round(len(manifest) * self.recipe.source.fraction))
        drawn = np.sort(Permutation(self.recipe.seed, "order", len(manifest)).array(0, rows))
        self.rows: NDArray[np.int64] = drawn[: self.recipe.limit]

    @classmethod
    def from_recipe(cls, recipe: DarknessRecipe, manifest: Manifest) -> DarknessStatistics:
        return cls(manifest, recipe)

    @property
    def columns(self) -> Mapping[str, Column]:
        return COLUMNS

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Sample:
        return evaluate_one(self, index)

    def __repr__(self) -> str:
        return f"DarknessStatistics({len(self)} videos, recipe {self.recipe.hash()[:8]})"

    def shards(self) -> Sequence[range]:
        return self._shards

    @functools.cached_property
    def _shards(self) -> list[range]:
        """Blocks of `rows_per_shard` rows or more: neighbours that share a file stay together, to be read at once."""
        size = self.recipe.rows_per_shard or len(self)
        paths = self.manifest.table["path"].take(pa.array(self.rows)).combine_chunks()
        differs = pc.not_equal(paths[1:], paths[:-1]).to_numpy(zero_copy_only=False)
        starts = [0]
        for cut in (np.flatnonzero(differs) + 1).tolist():
            if cut - starts[-1] >= size:
                starts.append(cut)
        return [range(start, stop) for start, stop in zip(starts, [*starts[1:], len(self)], strict=True)]

    def paths(self, indices: range) -> list[str]:
        rows = pa.array(self.rows[indices.start : indices.stop])
        return pc.unique(self.manifest.table["path"].take(rows)).to_pylist()  # type: ignore[no-any-return]

    def plan(self, index: int) -> DarknessPlan:
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} is outside 0 to {len(self) - 1}")
        row = self.manifest[int(self.rows[index])]
        segment = Segment(row.video_id, row.path, row.start_s, row.end_s)
        if not segment.whole:
            start, stop = self.videos.info(row.path).frames_between(row.start_s, row.end_s)
            if stop <= start:
                raise DecodeError(row.path, "no frame lies in its segment")
        return DarknessPlan(index, segment)

    def plan_from_row(self, row: Mapping[str, Any]) -> DarknessPlan:
        source, plan = row["sources"][0], row["plan"]
        return DarknessPlan(row["index"], Segment(source["video_id"], source["path"], plan["start_s"], plan["end_s"]))

    def read(self, refs: Sequence[Segment]) -> list[LumaReading]:
        return measured(self.videos, refs, self.recipe.measure)

    def render(self, plan: DarknessPlan, clips: Sequence[LumaReading]) -> Sample:
        (reading,) = clips
        return summarised(reading, self.recipe).to_dict()


def whole_videos(manifest: Manifest) -> Manifest:
    """Return a manifest with one row a file, without segments: its split is its first row's, its labels are all rows'.

    Ids are made from the paths, so that doing it again changes nothing.
    """
    columns = manifest.table.select(["path", "split", "labels"])
    splits: dict[str, str | None] = {}
    labels: dict[str, dict[str, None]] = {}
    for path, split, named in zip(*(column.to_pylist() for column in columns.columns), strict=True):
        splits.setdefault(path, split)
        labels.setdefault(path, {}).update(dict.fromkeys(named or ()))
    stems = Counter(posixpath.splitext(path)[0] for path in splits)
    return Manifest.from_columns(
        {
            "video_id": [path if stems[stem := posixpath.splitext(path)[0]] > 1 else stem for path in splits],
            "path": list(splits),
            "split": list(splits.values()),
            "labels": [list(named) for named in labels.values()],
        },
        manifest.root,
        manifest.about,
    )


def summarised(reading: LumaReading, recipe: DarknessRecipe) -> Darkness:
    """Return the statistics of what was measured."""
    colour = reading.colour
    return Darkness.of(
        reading.y,
        recipe.verdict,
        seconds=reading.seconds,
        matrix=colour.matrix,
        matrix_assumed=colour.assumed_matrix,
        full_range=colour.full_range,
        range_assumed=colour.assumed_range,
    )


def measured(videos: VideoIndex, refs: Sequence[Segment], params: MeasureParams) -> list[LumaReading]:
    """Measure segments of one video in one pass. Raises DecodeError.

    The whole of a video is measured in the pass that learns its facts, so that it need not be probed.
    """
    path = refs[0].path
    weights, touch = luma.WEIGHTS[params.weights], functools.partial(videos.touch, path)
    settings: dict[str, Any] = {"weights": weights, "mode": params.mode, "touch": touch}
    if params.uniform is None and all(ref.whole for ref in refs):
        known, keys_only = videos.known(path), params.frames == "key"
        found = luma.measure(videos.file(path), path, keys_only=keys_only, **settings)
        if known is None and not (keys_only and found.info.counted):
            videos.add(found.info)
        times = found.info.seconds(found.ticks)
        return [LumaReading(ref, times, found.y, found.colour, found.info.duration_s) for ref in refs]
    info = videos.info(path)
    wanted = [_ticks(info, ref, params) for ref in refs]
    found = luma.measure_at(videos.file(path), info, np.concatenate(wanted).tolist(), **settings)
    readings = []
    for ref, ticks in zip(refs, wanted, strict=True):
        at = np.searchsorted(found.ticks, ticks)
        readings.append(LumaReading(ref, info.seconds(ticks), found.y[at], found.colour, _seconds(info, ref)))
    return readings


def _ticks(info: VideoInfo, ref: Segment, params: MeasureParams) -> NDArray[np.int64]:
    """Return the ticks of the frames of a segment that are measured, ascending. Raises DecodeError if it is empty."""
    start, stop = info.frames_between(ref.start_s, ref.end_s)
    if stop <= start:
        raise DecodeError(info.path, "no frame lies in its segment")
    inside = info.ticks_of(np.arange(start, stop))
    if params.uniform is not None:
        middles = (np.arange(params.uniform) + 0.5) * (len(inside) / params.uniform)
        return inside[np.unique(middles.astype(np.int64))]
    if params.frames == "key":
        keys = np.intersect1d(inside, info.key_ticks)
        return keys if len(keys) else inside[[len(inside) // 2]]
    return inside


def _seconds(info: VideoInfo, ref: Segment) -> float:
    numerator, denominator = info.time_base
    first = (info.first - info.origin) * numerator / denominator
    end = first + info.duration_s
    return min(end, end if ref.end_s is None else ref.end_s) - max(first, ref.start_s)
