"""What is seen where a mask is: integer arithmetic, so every machine makes the same bytes."""

from __future__ import annotations

import cv2
import numpy as np

from vidsynth.clip import Frames
from vidsynth.generators.occlusion.recipe import FillParams
from vidsynth.generators.occlusion.rle import Mask
from vidsynth.rng import raw16, stream


def filled(frames: Frames, mask: Mask, params: FillParams, seed: int) -> Frames:
    """Return a copy of a clip, uint8 [T, H, W, 3], in which the pixels of `mask`, uint8 [T, H, W], are covered.

    Outside the mask every byte is the clip's. seed : of the noise.
    """
    out: Frames = np.array(frames, order="C")
    inside = mask != 0
    if not inside.any():
        return out
    if params.kind == "zero":
        factor = round(params.dark_factor * 256)
        out[inside] = (frames[inside].astype(np.uint16) * factor + 128 >> 8).astype(np.uint8)
    elif params.kind == "mean":
        sums = frames.reshape(-1, 3).sum(axis=0, dtype=np.int64)
        count = frames.size // 3
        out[inside] = (2 * sums + count) // (2 * count)
    elif params.kind == "noise":
        for t, frame in enumerate(out):
            noise = raw16(stream(seed, "occlusion/fill", t), -(-frame.size // 2)).astype("<u2").view(np.uint8)
            frame[inside[t]] = noise[: frame.size].reshape(frame.shape)[inside[t]]
    else:
        for t, frame in enumerate(out):
            frame[inside[t]] = _blurred(frame, params.blur_px)[inside[t]]
    return out


def _blurred(frame: Frames, radius: int) -> Frames:
    """Average over a square twice: sums are whole numbers, so no machine rounds them otherwise."""
    side = 2 * radius + 1
    blurred = frame
    for _ in range(2):
        sums = cv2.boxFilter(blurred, cv2.CV_32S, (side, side), normalize=False, borderType=cv2.BORDER_REPLICATE)
        blurred = ((sums + side * side // 2) // (side * side)).astype(np.uint8)
    return blurred
