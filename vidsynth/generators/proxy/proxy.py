"""What proxy tasks share: one video a sample, an answer that is drawn evenly, and clips that are never padded."""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsynth.clip import ClipRef, Frames
from vidsynth.columns import Column, ValueColumn
from vidsynth.errors import DecodeError
from vidsynth.generator import Sample
from vidsynth.generators.one_clip import LABELS, OneClip, OneClipPlan
from vidsynth.generators.proxy.plan import PLAN_TYPE, ProxyPlan
from vidsynth.manifest import ManifestRow
from vidsynth.motion.keyframes import below
from vidsynth.rng import stream

_SAID: Mapping[str, Column] = {"labels": LABELS, "caption": ValueColumn("string", "the answer, in words")}
_BLACK = 24  # the largest value, of red, green and blue, that codecs leave in a black border


class Proxy(OneClip):
    """A generator whose samples are clips of one video each, and the answer to a question about them.

    A subclass says which frames, and what the answer is (`_planned`), and how they are shown (`render`).
    """

    plan_type: pa.DataType = PLAN_TYPE

    @abstractmethod
    def _planned(self, drawn: OneClipPlan, row: ManifestRow) -> ProxyPlan: ...

    @property
    def columns(self) -> Mapping[str, Column]:
        return {**super().columns, **_SAID}

    def _clip_columns(self, count: int) -> Mapping[str, Column]:
        """Return what `columns` is where a sample has several clips: clip1, clip2, …"""
        clips = {f"clip{number}": self.clip_column for number in range(1, count + 1)} if self.recipe.keep_clip else {}
        return {**clips, **_SAID}

    def shown(self, plan: ProxyPlan, **clips: Frames) -> Sample:
        """Return the columns of clips, unless the recipe leaves them out, and the labels of their video."""
        contiguous = {name: np.ascontiguousarray(frames) for name, frames in clips.items()}
        return {"labels": list(plan.labels)} | (contiguous if self.recipe.keep_clip else {})

    def plan_from_row(self, row: Mapping[str, Any]) -> ProxyPlan:
        return ProxyPlan.from_row(row["index"], row["plan"])

    def _answer(self, index: int, choices: int) -> int:
        """Return which of `choices` sample `index` is: every run of so many samples has each once, in random order."""
        block, place = divmod(index, choices)
        order = np.argsort(stream(self.recipe.seed, f"{self.name}/answer", block).random(choices), kind="stable")
        return int(order[place])

    def _draws(self, index: int) -> np.random.Generator:
        """Return the stream for what this task draws beside the answer, the crop and the flip."""
        return stream(self.recipe.seed, f"{self.name}/frames", index)

    def _segment(self, row: ManifestRow, needed: int, what: str) -> tuple[int, int]:
        """Return (first frame, frames) of a row's segment.

        Raises DecodeError if it has fewer than are needed: a clip that repeats its last frame would tell its answer.
        """
        start, stop = self.videos.info(row.path).frames_between(row.start_s, row.end_s)
        if stop - start < needed:
            raise DecodeError(row.path, f"too short: {what} takes {needed} frames")
        return start, stop - start

    def _clip(self, drawn: OneClipPlan, row: ManifestRow, numbers: NDArray[np.int64]) -> ClipRef:
        """Return the drawn clip with other frames, given by number: its crop and its flip stay."""
        info = self.videos.info(row.path)
        return dataclasses.replace(drawn.clip, times=tuple(info.seconds(info.ticks_of(numbers)).tolist()))


def stride_of(rng: np.random.Generator, strides: tuple[int, ...], frames: int, per_stride: int) -> int:
    """Draw one of the strides at which 1 + stride * `per_stride` frames fit into `frames`; the smallest must."""
    fitting = [stride for stride in strides if stride * per_stride < frames]
    return fitting[below(rng, len(fitting))]


def black_border(clip: Frames) -> float:
    """Return how wide the widest black border of a clip is, as a share of the side that it narrows.

    Letterbox and pillarbox borders of a video show how its picture is turned, and how it moves.
    """
    lit = clip.max(axis=(0, 3)) > _BLACK
    if not lit.any():
        return 1.0
    rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
    height, width = lit.shape
    tall, wide = max(rows[0], height - 1 - rows[-1]) / height, max(columns[0], width - 1 - columns[-1]) / width
    return float(max(tall, wide))


BORDER = ValueColumn(
    "float64", "the widest black border, as a share of the picture's side: a shortcut, if there is one"
)
