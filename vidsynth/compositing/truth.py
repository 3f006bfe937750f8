"""Ground truth of composited tubelets: boxes, visible masks, optical flow and point tracks.

All of it follows from the affines and the masks, without estimation. Coordinates are pixels from the
frame's left and top edges (the middle of the first pixel is (0.5, 0.5)), x right and y down.
Tubelets are counted in the order they are drawn, which is that of the arguments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidsynth.compositing import Tubelet, overlay

# A pixel, or a point of a patch, belongs to a tubelet that makes up at least half of it.
_HALF = 128


def moved(affine: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Carry points of a patch, float64 [P, 2], to each frame: [T, P, 2]; both measured from edges."""
    places: NDArray[np.float64] = (points - 0.5) @ affine[:, :, :2].transpose(0, 2, 1) + affine[:, None, :, 2] + 0.5
    return places


def boxes(tubelets: Sequence[Tubelet], height: int, width: int) -> NDArray[np.float32]:
    """Return the box around the part of each patch inside the frame: float32 [N, T, 4] as x1 y1 x2 y2.

    Zeros where a tubelet is not shown: its opacity is 0, or it lies outside the frame.
    """
    out = np.zeros((len(tubelets), _frames(tubelets), 4), np.float32)
    for n, tubelet in enumerate(tubelets):
        h, w, _ = tubelet.patch.shape
        corners = moved(tubelet.affine, np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float64))
        for t in np.flatnonzero(tubelet.opacity):
            inside = _clipped(corners[t].tolist(), height, width)
            x, y = zip(*inside, strict=True) if inside else ((0,), (0,))
            if max(x) > min(x) and max(y) > min(y):
                out[n, t] = min(x), min(y), max(x), max(y)
    return out


def masks(tubelets: Sequence[Tubelet], height: int, width: int) -> NDArray[np.uint8]:
    """Return how much of each pixel each tubelet makes up, uint8 [N, T, H, W].

    255 is all of it: the alpha that `overlay` applies, times what the tubelets drawn later let through.
    """
    out = np.empty((len(tubelets), _frames(tubelets), height, width), np.uint8)
    black = np.zeros((_frames(tubelets), height, width, 3), np.uint8)
    for n in range(len(tubelets)):
        layers = [
            _silhouette(tubelets[n], white=True),
            *(_silhouette(later, white=False) for later in tubelets[n + 1 :]),
        ]
        out[n] = overlay(black, layers)[..., 0]
    return out


def layer(visible: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return which tubelet each pixel belongs to, uint8 [T, H, W]: 0 for none, n + 1 for tubelet n.

    visible : what `masks` returned.
    """
    out = np.zeros(visible.shape[1:], np.uint8)
    for n, mask in enumerate(visible):
        out[mask >= _HALF] = n + 1
    return out


def flow(tubelets: Sequence[Tubelet], layers: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return forward optical flow, float32 [T - 1, H, W, 2]: where each tubelet pixel goes, in pixels.

    layers : what `layer` returned. Pixels of no tubelet have flow 0.
    """
    out = np.zeros((max(0, len(layers) - 1), *layers.shape[1:], 2), np.float32)
    for n, tubelet in enumerate(tubelets):
        for t in range(len(out)):
            y, x = np.nonzero(layers[t] == n + 1)
            if len(x):
                # (A' A^-1) p - p, with p the pixel's centre
                now, then = _square(tubelet.affine[t]), _square(tubelet.affine[t + 1])
                step = then @ np.linalg.inv(now) - np.eye(3)
                out[t, y, x] = (step[:2] @ np.stack([x, y, np.ones_like(x)])).T
    return out


def tracks(
    tubelets: Sequence[Tubelet], layers: NDArray[np.uint8], points: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return (places float32 [N, P, T, 2], visible uint8 [N, P, T]) of points fixed to each patch.

    The points are the first P of the R2 sequence (Roberts, 2018) over the patch that fall on its mask;
    a mask too small to hold as many repeats its middle. A point is visible (1) where the pixel under it
    belongs to its tubelet.
    """
    frames, height, width = layers.shape
    places = np.zeros((len(tubelets), points, frames, 2), np.float32)
    visible = np.zeros((len(tubelets), points, frames), np.uint8)
    for n, tubelet in enumerate(tubelets):
        at = moved(tubelet.affine, _spread(tubelet.patch[..., 3], points)).transpose(1, 0, 2)
        x, y = np.floor(at[..., 0]), np.floor(at[..., 1])
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        x, y = np.where(inside, x, 0).astype(np.int64), np.where(inside, y, 0).astype(np.int64)
        places[n] = at
        visible[n] = inside & (layers[np.arange(frames), y, x] == n + 1)
    return places, visible


def _spread(alpha: NDArray[np.uint8], points: int) -> NDArray[np.float64]:
    """Return points spread evenly over a mask, float64 [points, 2], from the patch's left and top edges."""
    height, width = alpha.shape
    golden = 1.32471795724474602596  # the real root of x^3 = x + 1
    steps = np.array([1 / golden, 1 / golden**2])
    at = (0.5 + np.arange(1, 16 * points + 1)[:, None] * steps) % 1 * [width, height]
    x, y = at.astype(np.int64).T
    chosen = at[alpha[y, x] >= _HALF][:points]
    middle = np.tile([width / 2, height / 2], (points - len(chosen), 1))
    return np.concatenate([chosen, middle])


def _clipped(polygon: list[list[float]], height: int, width: int) -> list[list[float]]:
    """Cut a convex polygon of (x, y) at the frame's four edges (Sutherland and Hodgman, CACM 1974)."""
    for axis, edge, side in ((0, 0.0, 1), (0, float(width), -1), (1, 0.0, 1), (1, float(height), -1)):
        kept = []
        for before, after in zip([polygon[-1], *polygon], polygon, strict=False):
            depth, next_depth = (before[axis] - edge) * side, (after[axis] - edge) * side
            if (depth < 0) != (next_depth < 0):
                share = depth / (depth - next_depth)
                kept.append([b + share * (a - b) for b, a in zip(before, after, strict=True)])
            if next_depth >= 0:
                kept.append(after)
        polygon = kept
        if not polygon:
            break
    return polygon


def _silhouette(tubelet: Tubelet, *, white: bool) -> Tubelet:
    patch = np.zeros_like(tubelet.patch)
    patch[..., 3] = tubelet.patch[..., 3]
    if white:
        patch[..., :3] = tubelet.patch[..., 3:]
    return Tubelet(patch, tubelet.affine, tubelet.opacity)


def _square(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([affine, [[0.0, 0.0, 1.0]]])


def _frames(tubelets: Sequence[Tubelet]) -> int:
    return len(tubelets[0].affine) if tubelets else 0
