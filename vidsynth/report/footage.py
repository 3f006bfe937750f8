"""What a build takes of its source: clips, videos, seconds, and how often each class."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vidsynth.manifest import Manifest
from vidsynth.shards.reader import Shards


@dataclass(frozen=True, slots=True)
class Footage:
    """What the samples of a build show.

    clips : taken in all; a sample may hold several. videos : distinct ones among them.
    span_s : seconds from a clip's first frame to its last: the least, the median, the most; None without clips.
    labels : class → clips, the most frequent first. A clip of several classes counts for each.
    unlabelled : clips whose row in the manifest has no label.
    """

    clips: int
    videos: int
    span_s: tuple[float, float, float] | None
    labels: Mapping[str, int]
    unlabelled: int

    @property
    def entropy(self) -> float:
        """The Shannon entropy of the classes, in bits: log2 of their number if all are equally frequent."""
        counts = np.array(list(self.labels.values()), np.float64)
        share = counts / counts.sum()
        return abs(float(-(share * np.log2(share)).sum()))

    @property
    def evenness(self) -> float:
        """The entropy's share of what it can be: 1 if all classes are equally frequent (Pielou, 1966)."""
        return self.entropy / math.log2(len(self.labels)) if len(self.labels) > 1 else 1.0

    @property
    def imbalance(self) -> float:
        """How many times more frequent the most frequent class is than the least, of those that occur."""
        counts = list(self.labels.values())
        return counts[0] / counts[-1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, with the balance of the classes; None where there are none."""
        balance = ("entropy", "evenness", "imbalance")
        return {**asdict(self), **{name: getattr(self, name) if self.labels else None for name in balance}}


def footage(shards: Shards, manifest: Manifest) -> Footage:
    """Count what the samples' `sources` name; the pixels are not touched."""
    sources = shards.table(["sources"])["sources"].combine_chunks().flatten()
    ids = sources.field("video_id")
    # Rows of the manifest, with null for an id that is none of its own (a stitched clip's, say).
    rows = pc.index_in(ids, manifest.table["video_id"].combine_chunks())
    labels = manifest.table["labels"].combine_chunks().take(rows)
    counts = pc.value_counts(labels.flatten())
    named = zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
    return Footage(
        clips=len(ids),
        videos=len(pc.unique(sources.field("path"))),
        span_s=_span(sources.field("times")),
        labels=dict(sorted(named, key=lambda item: (-item[1], item[0]))),
        unlabelled=labels.null_count,
    )


def _span(times: pa.Array) -> tuple[float, float, float] | None:
    lengths = pc.list_value_length(times).fill_null(0).to_numpy(zero_copy_only=False)
    starts = np.cumsum(lengths) - lengths
    seconds = times.flatten().to_numpy(zero_copy_only=False)
    filled = lengths > 0
    if not filled.any():
        return None
    at = starts[filled]
    spans = np.maximum.reduceat(seconds, at) - np.minimum.reduceat(seconds, at)
    return float(spans.min()), float(np.median(spans)), float(spans.max())
