"""From boxes, scales, shears and angles to one affine matrix a frame.

Every motion and every transform is only another way to make affines: float64 [..., 2, 3], patch
pixel centres to frame pixel centres, x right and y down. They are composed in the fixed order
scale, shear, rotation, translation.

Source of the exact form: fmthoker/tubelet-contrast, `tubelet_transformation.py`, `utils.py`, and
`rotate_bound` of imutils, which it calls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Which axes are sheared; drawn once a pair.
SHEAR_X, SHEAR_Y, SHEAR_XY = range(3)
_AXES = {SHEAR_X: (0,), SHEAR_Y: (1,), SHEAR_XY: (0, 1)}
_GRID = float(1 << 20)


def smooth(
    patch: NDArray[np.float64],
    centers: NDArray[np.float64],
    *,
    scale: NDArray[np.float64] | None = None,
    shear: NDArray[np.float64] | None = None,
    shear_axes: int = SHEAR_XY,
    angle: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return affines [N, T, 2, 3] that put the middle of each patch at its centre, to a sub-pixel.

    patch : (width, height) of each patch in pixels, [N, 2].
    centers : [N, T, 2], pixels from the frame's left and top edges.
    scale : [N, T, 2], factors along x and y.
    shear : [N, T, 2], factors along x and y; `shear_axes` says which count.
    angle : [N, T], degrees, clockwise on screen.
    """
    out = np.empty((*centers.shape[:2], 2, 3))
    linear = out[..., :2]
    linear[...] = np.eye(2) if angle is None else _rotation(angle)
    if shear is not None:
        linear[...] = linear @ _shear(shear, shear_axes)
    if scale is not None:
        linear *= scale[..., None, :]
    middle = (patch[:, None] - 1) / 2
    out[..., 2] = centers - 0.5 - out[..., 0] * middle[..., :1] - out[..., 1] * middle[..., 1:]
    return on_grid(out)


def exact(
    patch: NDArray[np.float64],
    boxes: NDArray[np.int64],
    *,
    shear: NDArray[np.float64] | None = None,
    shear_axes: int = SHEAR_XY,
    angle: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return affines [N, T, 2, 3] in the authors' arithmetic.

    The patch is resized to each frame's whole-pixel box (`boxes`, int64 [N, T, 4], x1 y1 x2 y2), then
    sheared and turned by whole degrees into canvases that grow, by whole pixels, to hold it; the last
    canvas is put so that it overhangs the box by ceil(half of what it grew) at the left and top.
    """
    box = (boxes[..., 2:] - boxes[..., :2]).astype(np.float64)
    ratio = box / patch[:, None]
    linear = np.zeros((*box.shape[:2], 2, 2))
    linear[..., 0, 0], linear[..., 1, 1] = ratio[..., 0], ratio[..., 1]
    shift = (ratio - 1) / 2  # pixel centres of the patch to pixel centres of the resized patch
    canvas = box.copy()
    # A negative factor shears the mirror image: as much, from the other side of the canvas.
    for axis in _AXES[shear_axes] if shear is not None else ():
        factor = shear[..., axis]  # type: ignore[index]
        grown = np.trunc(canvas[..., axis] + np.abs(factor) * canvas[..., 1 - axis])
        shift[..., axis] += np.where(factor < 0, grown - canvas[..., axis], 0) + factor * shift[..., 1 - axis]
        linear[..., axis, :] += factor[..., None] * linear[..., 1 - axis, :]
        canvas[..., axis] = grown
    if angle is not None:
        turn = _rotation(np.trunc(angle))
        grown = np.trunc((np.abs(turn) @ canvas[..., None])[..., 0] + 1e-9)
        shift = (turn @ (shift - canvas / 2)[..., None])[..., 0] + grown / 2
        linear, canvas = turn @ linear, grown
    shift += boxes[..., :2] - np.ceil((canvas - box) / 2)
    return on_grid(np.concatenate([linear, shift[..., None]], axis=-1))


def on_grid(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to multiples of 2^-20, so that the last bits of a CPU's cos or exp reach no result."""
    return np.rint(affine * _GRID) / _GRID


def _rotation(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    radians = np.deg2rad(angle)
    cos, sin = np.cos(radians), np.sin(radians)
    out = np.empty((*angle.shape, 2, 2))
    out[..., 0, 0] = out[..., 1, 1] = cos
    out[..., 0, 1], out[..., 1, 0] = -sin, sin
    return out


def _shear(shear: NDArray[np.float64], axes: int) -> NDArray[np.float64]:
    x = shear[..., 0] if axes != SHEAR_Y else np.zeros(shear.shape[:-1])
    y = shear[..., 1] if axes != SHEAR_X else np.zeros(shear.shape[:-1])
    out = np.empty((*shear.shape[:-1], 2, 2))
    out[..., 0, 0], out[..., 0, 1] = 1, x
    out[..., 1, 0], out[..., 1, 1] = y, 1 + x * y  # along x first, then along y
    return out
