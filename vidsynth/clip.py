"""A clip: which frames of which video, and those frames.

`ClipRef` says what is wanted; it is small, hashable and part of every plan. `Clip` holds the
pixels. `Segment` stands for a stretch of a video without naming its frames. Boxes and crops count
pixels of the upright picture (after the rotation that the file's metadata asks for), x right and
y down.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]


class Box(NamedTuple):
    """A rectangle of whole pixels: columns x to x + width, rows y to y + height (exclusive)."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ClipRef:
    """Frames of one video, and how to cut them.

    Parameters
    ----------
    video_id : the manifest's id of the video.
    path : the file, relative to the manifest's root.
    times : seconds from the start of the file, one a frame; each means the frame on screen then.
        They need not be evenly spaced nor distinct.
    crop : the part of the upright picture to keep; None keeps it whole.
    size : (height, width) that the crop is scaled to; None keeps its size.
    flip : mirror left and right, after everything else.
    """

    video_id: str
    path: str
    times: tuple[float, ...]
    crop: Box | None = None
    size: tuple[int, int] | None = None
    flip: bool = False

    def to_row(self) -> dict[str, Any]:
        """Return plain values for an Arrow row."""
        return {
            "video_id": self.video_id,
            "path": self.path,
            "times": list(self.times),
            "crop": list(self.crop) if self.crop else None,
            "size": list(self.size) if self.size else None,
            "flip": self.flip,
        }

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> ClipRef:
        """Rebuild the reference that `to_row` described."""
        return cls(
            video_id=row["video_id"],
            path=row["path"],
            times=tuple(row["times"]),
            crop=Box(*row["crop"]) if row["crop"] else None,
            size=(row["size"][0], row["size"][1]) if row["size"] else None,
            flip=row["flip"],
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one video, whichever frames it holds: what a generator refers to that wants no clip of it.

    start_s, end_s : seconds from the start of the file, half-open; None is the end of the file.
    """

    video_id: str
    path: str
    start_s: float = 0.0
    end_s: float | None = None

    @property
    def whole(self) -> bool:
        """Tell whether it is all of the video."""
        return self.start_s <= 0 and self.end_s is None


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Decoded frames.

    frames : uint8 [T, H, W, 3], RGB, C-contiguous.
    times : float64 [T], the presentation time of each frame in seconds from the start of the file.
    ref : what was asked for.
    """

    frames: Frames
    times: NDArray[np.float64]
    ref: ClipRef

    def __post_init__(self) -> None:
        frames = self.frames
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
            raise ValueError(f"frames must be uint8 [T, H, W, 3], not {frames.dtype} {list(frames.shape)}")
        if len(self.times) != len(frames):
            raise ValueError(f"{len(frames)} frames need as many times, not {len(self.times)}")

    def sha256(self) -> str:
        """Return the sha256 of the frames' bytes, in hexadecimal."""
        return hashlib.sha256(self.frames.data).hexdigest()

    def __repr__(self) -> str:
        span = f"{self.times[0]:.2f}-{self.times[-1]:.2f} s" if len(self.times) else "empty"
        return f"Clip({self.ref.video_id!r}, frames=uint8 {list(self.frames.shape)}, {span})"
