"""The arithmetic of overlay, in words and in numpy: what every fast path must equal, byte for byte.

All of it is integer, so no backend may differ in any byte.

1. The inverse of each frame's affine is rounded once, in float64, to Q16 fixed point (a, b, c, d, e, f).
2. Output pixel (x, y) reads the patch at (u, v), with 5 bits of fraction:
   `u = (a x + b y + c) >> 11`, `v = (d x + e y + f) >> 11` (shifts round down).
3. With i = u >> 5, p = u & 31, and j, q likewise from v, the four pixels around are weighted in 32nds:
   `S = (P[j, i] (32-p)(32-q) + P[j, i+1] p (32-q) + P[j+1, i] (32-p) q + P[j+1, i+1] p q + 512) >> 10`,
   each channel of the premultiplied RGBA on its own; pixels outside the patch are 0 in all four.
4. The frame's opacity o scales them: `C = div255(S o)`, `A` likewise from the alpha channel,
   with `div255(z) = (z + 128 + ((z + 128) >> 8)) >> 8`, which is z / 255 rounded to nearest.
5. Over the frame's pixel D: `out = min(255, C + div255(D (255 - A)))`.

Tubelets are composited in the order given. Five bits of fraction and weights in 32nds are those of
OpenCV's fixed-point remap, so that also equals step 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vidsynth.clip import Frames
from vidsynth.compositing.tubelet import Tubelet, quantized_inverse


def overlay_reference(frames: Frames, tubelets: list[Tubelet]) -> Frames:
    """Composite tubelets over frames, uint8 [T, H, W, 3], slowly and plainly; return a new array."""
    out = frames.copy()
    _, height, width, _ = frames.shape
    y, x = np.mgrid[:height, :width].astype(np.int64)
    for tubelet in tubelets:
        inverse, drawn = quantized_inverse(tubelet.affine)
        h, w, _ = tubelet.patch.shape
        padded = np.zeros((h + 2, w + 2, 4), np.int64)
        padded[1:-1, 1:-1] = tubelet.patch
        for t, (a, b, c, d, e, f) in enumerate(inverse.tolist()):
            if not drawn[t]:
                continue
            u, v = (a * x + b * y + c) >> 11, (d * x + e * y + f) >> 11
            i, j = u >> 5, v >> 5
            p, q = (u & 31)[..., None], (v & 31)[..., None]
            inside = (i >= -1) & (i < w) & (j >= -1) & (j < h)
            i, j = np.where(inside, i, -1) + 1, np.where(inside, j, -1) + 1  # + 1: the padding
            sampled = (
                padded[j, i] * (32 - p) * (32 - q)
                + padded[j, i + 1] * p * (32 - q)
                + padded[j + 1, i] * (32 - p) * q
                + padded[j + 1, i + 1] * p * q
                + 512
            ) >> 10
            layer = div255(np.where(inside[..., None], sampled, 0) * int(tubelet.opacity[t]))
            color, alpha = layer[..., :3], layer[..., 3:]
            out[t] = np.minimum(255, color + div255(out[t].astype(np.int64) * (255 - alpha)))
    return out


def div255(z: Any) -> Any:
    """Return z / 255 rounded to nearest, for integers 0 to 255 * 255, without dividing."""
    return (z + 128 + ((z + 128) >> 8)) >> 8
