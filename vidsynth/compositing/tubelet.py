"""A tubelet: a picture patch that moves over a clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Box

MAX_SIDE = 65535  # of a patch, in pixels: coordinates on it have 16 whole bits
# Beyond these the inverse is no longer a picture: a patch shrunk 4096 times, or 16 million pixels away.
BOUNDS = np.array([1 << 12, 1 << 12, 1 << 24, 1 << 12, 1 << 12, 1 << 24], np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Tubelet:
    """One layer of an overlay.

    patch : uint8 [h, w, 4], RGBA with colour premultiplied by alpha; sides of 1 to MAX_SIDE.
    affine : float64 [T, 2, 3], one matrix a frame: patch pixel centres to frame pixel centres,
        x right and y down, so that (0, 0) is the middle of the first pixel.
    opacity : uint8 [T], 0 to 255; a frame with 0 does not show the patch.
    """

    patch: NDArray[np.uint8]
    affine: NDArray[np.float64]
    opacity: NDArray[np.uint8]

    def __post_init__(self) -> None:
        patch, affine, opacity = self.patch, self.affine, self.opacity
        if patch.dtype != np.uint8 or patch.ndim != 3 or patch.shape[2] != 4 or 0 in patch.shape:
            raise ValueError(f"patch must be uint8 [h, w, 4], not {patch.dtype} {list(patch.shape)}")
        if max(patch.shape) > MAX_SIDE:
            raise ValueError(f"patch must have sides of up to {MAX_SIDE} pixels, not {list(patch.shape)}")
        if affine.dtype != np.float64 or affine.shape != (len(affine), 2, 3) or not np.isfinite(affine.sum()):
            raise ValueError(f"affine must be finite float64 [T, 2, 3], not {affine.dtype} {list(affine.shape)}")
        if opacity.dtype != np.uint8 or opacity.shape != (len(affine),):
            raise ValueError(f"opacity must be uint8 [{len(affine)}], not {opacity.dtype} {list(opacity.shape)}")

    def __repr__(self) -> str:
        height, width, _ = self.patch.shape
        return f"Tubelet({height}x{width} patch, {len(self.affine)} frames)"


@dataclass(frozen=True, slots=True, eq=False)
class CutTubelet:
    """A tubelet whose patch has yet to be cut out of a clip.

    frame, box : the clip's frame, and the part of it, that become the patch.
    mask : uint8 [h, w], the patch's alpha.
    affine, opacity : as in `Tubelet`.
    """

    frame: int
    box: Box
    mask: NDArray[np.uint8]
    affine: NDArray[np.float64]
    opacity: NDArray[np.uint8]


def quantized_inverse(affine: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return (inverse int64 [T, 6] in Q16, drawn bool [T]) for affines float64 [T, 2, 3].

    A row (a, b, c, d, e, f) maps a frame pixel (x, y) to patch coordinates
    (a x + b y + c, d x + e y + f) / 65536. A frame whose affine cannot be inverted, or only to
    coordinates out of all bounds, is not drawn.
    """
    a, b, tx = affine[:, 0, 0], affine[:, 0, 1], affine[:, 0, 2]
    c, d, ty = affine[:, 1, 0], affine[:, 1, 1], affine[:, 1, 2]
    inverse = np.empty((len(affine), 6))
    with np.errstate(all="ignore"):
        inverse[:, 0], inverse[:, 1], inverse[:, 2] = d, -b, b * ty - d * tx
        inverse[:, 3], inverse[:, 4], inverse[:, 5] = -c, a, c * tx - a * ty
        inverse /= (a * d - b * c)[:, None]
        drawn: NDArray[np.bool_] = np.all(np.abs(inverse) <= BOUNDS, axis=1)  # false for nan and inf, too
    if not drawn.all():
        inverse[~drawn] = 0
    return np.rint(inverse * 65536).astype(np.int64), drawn
