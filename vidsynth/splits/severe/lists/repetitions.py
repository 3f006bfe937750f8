"""UCFRep's annotation files: a MATLAB file a video, with a structure `label`.

The authors' reader (Repetition-Counting/datasets/ucf_aug.py) takes duration, start_frame, end_frame, temporal_bound,
and at each frame how far off the same phase of the next and of the previous repetition is, in frames: -1 at the ends
and where the two repetitions differ too much in length (Repetition-Counting/utils/label_interpolation_v1.m).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import MissingDependency, SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe.lists.lines import rows_by_split, told
from vidsynth.splits.severe.numbers import name_of
from vidsynth.splits.severe.repetition import BOUNDS

_UNLIKE_FRAMES, _UNLIKE_RATIO = 2, 1.3  # repetitions that differ by more of both have no common phase


def write(manifest: Manifest, published: object = None) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield annotations/<split>/<name>.mat. Raises SourceError, or MissingDependency without scipy."""
    try:
        from scipy.io import savemat  # type: ignore[import-untyped]
    except ImportError:
        raise MissingDependency("UCFRep's lists are MATLAB files, written with scipy: pip install scipy") from None
    for split, rows in rows_by_split(manifest).items():
        for row, extra in rows:
            name, bounds = name_of(row.path), told(row, extra, BOUNDS)
            if not re.fullmatch(r"\w+", name) or split not in ("train", "val"):
                raise SourceError(f"{row.video_id}: {split}/{name}: UCFRep has names of UCF101, in train and val alone")
            following, previous = offsets(bounds)
            label = {
                "duration": bounds[-1] - bounds[0] + 1,
                "start_frame": bounds[0],
                "end_frame": bounds[-1],
                "temporal_bound_num": len(bounds),
                "temporal_bound": np.array(bounds)[:, None],
                "offset_next_estimate": following[None],
                "offset_pre_estimate": previous[None],
            }
            file = io.BytesIO()
            savemat(file, {"label": label})
            yield f"annotations/{split}/{name}.mat", [file.getvalue()]


def offsets(bounds: Sequence[int]) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return, for each frame from the first bound to the last, the frames to the same phase of the next and of the
    previous repetition: two int16 [frames], -1 where there is none. A frame on a bound begins a repetition."""
    first, frames = bounds[0], bounds[-1] - bounds[0] + 1
    following, previous = np.full(frames, -1, np.int16), np.full(frames, -1, np.int16)
    lengths: list[int] = np.diff(bounds).tolist()
    for number, length in enumerate(lengths):
        begin = bounds[number] - first
        part = slice(begin, begin + length + 1)  # with the next bound, which the next repetition then overwrites
        phase = np.arange(length + 1)
        following[part] = previous[part] = -1
        if number + 1 < len(lengths) and _alike(length, lengths[number + 1]):
            following[part] = _rounded(phase / length * lengths[number + 1] + (length - phase))
        if number and _alike(length, lengths[number - 1]):
            previous[part] = _rounded(phase + lengths[number - 1] - phase / length * lengths[number - 1])
    return following, previous


def _alike(one: int, other: int) -> bool:
    low, high = sorted((one, other))
    return bool(high - low <= _UNLIKE_FRAMES or high / low <= _UNLIKE_RATIO)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.int16]:
    """Round halves away from zero, as MATLAB does; the values are not negative."""
    return np.floor(values + 0.5).astype(np.int16)
