"""What can be drawn over a sample's clips: outlines, boxes, paths, points and masks, read from its columns and plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Frames
from vidsynth.compositing.truth import layer, moved

LAYERS = ("outlines", "boxes", "paths", "tracks", "masks")
# Okabe and Ito's colours: told apart by everyone, and seldom met in videos.
COLORS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (213, 94, 0), (204, 121, 167))


@dataclass(frozen=True, slots=True)
class Overlays:
    """What lies over every frame of a sample's clips, N things in T frames; a layer that it has not is None.

    Places are pixels from the frame's left and top edges, x right and y down; NaN where a thing is not shown.

    outlines : float64 [N, T, 4, 2], the corners of each tubelet, in order round it.
    boxes : float64 [N, T, 4] as x1 y1 x2 y2.
    paths : float64 [N, T, 2], the middle of each thing, shown or not (of boxes alone: where they are shown).
    tracks : float64 [N, P, T, 2], points on each thing; NaN where they are hidden.
    masks : uint8 [t, h, w], 0 for none and n + 1 for thing n; times and cells may be coarser than the clip's.
    solid : whether masks stand for pixels that nobody is to see.
    """

    outlines: NDArray[np.float64] | None = None
    boxes: NDArray[np.float64] | None = None
    paths: NDArray[np.float64] | None = None
    tracks: NDArray[np.float64] | None = None
    masks: NDArray[np.uint8] | None = None
    solid: bool = False

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers that there are."""
        return tuple(name for name in LAYERS if getattr(self, name) is not None)

    @property
    def chief(self) -> tuple[str, ...]:
        """The layers to draw where nobody can choose: masks and points hide what they lie on, lines tell as much."""
        lines = tuple(name for name in self.layers if name in ("outlines", "boxes", "paths"))
        return lines or self.layers

    def mask_at(self, t: int, frames: int) -> NDArray[np.uint8] | None:
        """Return the mask of frame `t` of `frames`, uint8 [h, w]."""
        return None if self.masks is None else self.masks[t * len(self.masks) // frames]


def overlays(sample: Mapping[str, Any]) -> Overlays:
    """Return what a sample tells of the things in its clips."""
    tubelets = (sample.get("plan") or {}).get("tubelets") or []
    outlines = paths = boxes = tracks = None
    if tubelets:
        outlines, paths = _tubelets(tubelets)
    if isinstance(sample.get("boxes"), np.ndarray):
        boxes = np.where(np.any(sample["boxes"], axis=-1, keepdims=True), sample["boxes"], np.nan).astype(np.float64)
        if paths is None:
            paths = (boxes[..., :2] + boxes[..., 2:]) / 2
    if "tracks" in sample:
        tracks = np.where(sample["tracks_visible"][..., None], sample["tracks"], np.nan).astype(np.float64)
    return Overlays(outlines, boxes, paths, tracks, _masks(sample), "token_mask" in sample)


def lies_over(clip: str) -> bool:
    """Tell whether a sample's overlays belong to a clip: a control shows other things than they tell of."""
    return not clip.startswith("control")


def clips(sample: Mapping[str, Any]) -> dict[str, Frames]:
    """Return the clips that a sample holds, by column."""
    return {name: value for name, value in sample.items() if isinstance(value, np.ndarray) and _is_clip(value)}


def spectra(sample: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """Return what a sample holds of spectra over time, float32 [bins, frames], by column."""
    return {
        name: value
        for name, value in sample.items()
        if isinstance(value, np.ndarray) and value.dtype == np.float32 and value.ndim == 2
    }


def series(sample: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the values over time that a sample lists, by column: a value a frame of the video it was made from."""
    frames = {len(source.get("times") or ()) for source in sample["sources"]} - {0, 1}
    return {
        name: value
        for name, value in sample.items()
        if isinstance(value, list) and len(value) in frames and isinstance(value[0], float)
    }


def visible(sample: Mapping[str, Any]) -> bool:
    """Tell whether a sample holds anything that can be drawn."""
    return bool(clips(sample) or spectra(sample) or series(sample))


def _is_clip(value: NDArray[Any]) -> bool:
    return value.dtype == np.uint8 and value.ndim == 4 and value.shape[-1] == 3


def _tubelets(planned: list[Mapping[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    outlines, paths = [], []
    for tubelet in planned:
        affine = np.asarray(tubelet["affine"], np.float64).reshape(-1, 2, 3)
        _, _, width, height = tubelet["box"]
        corners = moved(affine, np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64))
        outlines.append(np.where(np.asarray(tubelet["opacity"])[:, None, None] > 0, corners, np.nan))
        paths.append(moved(affine, np.array([[width / 2, height / 2]]))[:, 0])
    return np.stack(outlines), np.stack(paths)


def _masks(sample: Mapping[str, Any]) -> NDArray[np.uint8] | None:
    if "masks" in sample:
        return layer(sample["masks"])
    return next((sample[name] for name in ("layer", "mask", "token_mask") if name in sample), None)
