"""The shape of a tubelet: alpha over its patch.

Source: fmthoker/tubelet-contrast, `tubelets.py` (`pick_alphas`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RECTANGLE, ELLIPSE, RHOMBUS = range(3)
SHAPES = ("rectangle", "ellipse", "rhombus")


def alpha(
    shape: int, width: int, height: int, soft_from: float | None, *, whole_center: bool = False
) -> NDArray[np.uint8]:
    """Return the mask of a patch, uint8 [height, width], 255 inside.

    With dx = |x - cx| / width and dy = |y - cy| / height, the distance is max(dx, dy) for a rectangle,
    sqrt(dx^2 + dy^2) for an ellipse, dx + dy for a rhombus. A rectangle is opaque everywhere, the
    others where the distance is below 0.5. `soft_from` (0.30 to 0.45) makes the edge fade from that
    distance on: alpha *= clip((0.5 - distance) / (0.5 - soft_from), 0, 1).

    The centre is the middle of the patch; with `whole_center` it is (width - 1) // 2, as in the
    authors' code, which is half a pixel off for even sizes.
    """
    if shape == RECTANGLE and soft_from is None:
        return np.full((height, width), 255, np.uint8)
    cx, cy = (width - 1) / 2, (height - 1) / 2
    if whole_center:
        cx, cy = cx // 1, cy // 1
    dx = np.abs(np.arange(width) - cx) / width
    dy = np.abs(np.arange(height) - cy)[:, None] / height
    if shape == RECTANGLE:
        distance = np.maximum(dx, dy)
    elif shape == ELLIPSE:
        distance = np.sqrt(dx * dx + dy * dy)
    else:
        distance = dx + dy
    if soft_from is None:
        return np.where(distance < 0.5, np.uint8(255), np.uint8(0))
    # A soft edge has faded to 0 at the distance 0.5, so it needs no other mask.
    fading = np.minimum(np.maximum((0.5 - distance) / (0.5 - soft_from), 0), 1)
    faded: NDArray[np.uint8] = np.floor(fading * 255 + 0.5).astype(np.uint8)
    return faded
