"""Compositing tubelets over clips.

`spec` defines the arithmetic and holds the slow reference; `cpu` is fast and equals it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np

from vidsynth.clip import Frames
from vidsynth.compositing.tubelet import CutTubelet, Tubelet

__all__ = ["CutTubelet", "Tubelet", "overlay"]


@overload
def overlay(clips: Frames, tubelets: Sequence[Tubelet], *, inplace: bool = False) -> Frames: ...
@overload
def overlay(clips: Sequence[Frames], tubelets: Sequence[Tubelet], *, inplace: bool = False) -> list[Frames]: ...
def overlay(
    clips: Frames | Sequence[Frames], tubelets: Sequence[Tubelet], *, inplace: bool = False
) -> Frames | list[Frames]:
    """Composite the same tubelets over one clip or several, in the order given.

    clips : uint8 [T, H, W, 3] RGB, or a sequence of such arrays of one shape. They are copied,
        unless `inplace` (then they must be C-contiguous and writable).
    tubelets : each with T frames. Draw the larger ones first, so that small ones stay visible.

    Returns what was given: an array for an array, a list for a sequence. Raises ValueError where
    shapes do not fit.
    """
    if isinstance(clips, np.ndarray):
        return overlay([clips], tubelets, inplace=inplace)[0]
    from vidsynth.compositing.cpu import blend, warp

    for clip in clips:
        if clip.dtype != np.uint8 or clip.ndim != 4 or clip.shape[3] != 3:
            raise ValueError(f"a clip must be uint8 [T, H, W, 3], not {clip.dtype} {list(clip.shape)}")
        if clip.shape != clips[0].shape:
            raise ValueError(f"clips must have one shape, not {list(clips[0].shape)} and {list(clip.shape)}")
        if inplace and not (clip.flags.c_contiguous and clip.flags.writeable):
            raise ValueError("inplace needs clips that are C-contiguous and writable")
    out = list(clips) if inplace else [np.array(clip, order="C") for clip in clips]
    if not out:
        return out
    frames, height, width, _ = out[0].shape
    for number, tubelet in enumerate(tubelets):
        if len(tubelet.affine) != frames:
            raise ValueError(f"tubelet {number} has {len(tubelet.affine)} frames, the clips have {frames}")
        layer = warp(tubelet, height, width)
        for clip in out:
            blend(clip, layer)
    return out
