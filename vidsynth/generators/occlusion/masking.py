"""From the masks of a video to those of a clip: which objects, at which times, at the clip's pixels."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import ClipRef
from vidsynth.errors import RecipeError, SourceError
from vidsynth.generators.occlusion.coco import CocoFile
from vidsynth.generators.occlusion.pngs import PngFolders
from vidsynth.generators.occlusion.recipe import MaskParams
from vidsynth.generators.occlusion.regions import MaskSource, Moment, Region, VideoMasks, moment, regions_of
from vidsynth.generators.occlusion.rle import Mask
from vidsynth.generators.occlusion.visor import Visor, is_visor
from vidsynth.video.probe import VideoInfo

# hand and glove of EPIC-Kitchens-100's noun classes, and VISOR's own hand:left, hand:right, glove:left and
# glove:right (EPIC_100_noun_classes_v2.csv).
HANDS = frozenset({11, 60, 300, 301, 303, 304})
Chosen = Callable[[Region], bool]


@dataclass(frozen=True, slots=True, eq=False)
class ClipMasks:
    """mask : uint8 [T, H, W], 1 inside. names : of the objects that are seen in it. file, sha256 : what was read."""

    mask: Mask
    names: tuple[str, ...]
    file: str
    sha256: str


def open_masks(params: MaskParams) -> MaskSource | None:
    """Return where a recipe's masks come from; None if they are drawn at random. Raises RecipeError, SourceError."""
    if params.kind == "random":
        return None
    if params.path is None:
        raise RecipeError(f"masks.path: is missing; {params.kind} masks are read from a file or folder (--masks PATH)")
    path = Path(params.path).expanduser()
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder (masks.path)")
    if path.is_dir() == (params.kind == "coco"):
        raise SourceError(f"{path}: {params.kind} masks are in a {'file' if params.kind == 'coco' else 'folder'}")
    if params.kind == "png":
        return PngFolders(path, params.fps)
    if params.kind == "coco":
        return CocoFile(path, params.fps)
    return Visor(path, dense=params.kind == "visor-dense")


def recipe_for(path: Path) -> str:
    """Return the name of the shipped recipe that reads masks such as lie at a path."""
    if path.is_file():
        return "occlusion-coco"
    names = [name for _, _, files in os.walk(path) for name in files]
    for name, dense in (("occlusion-visor", False), ("occlusion-visor-dense", True)):
        if any(is_visor(file, dense=dense) for file in names):
            return name
    return "occlusion-png"


def chooser(params: MaskParams, noun_class: int | None) -> Chosen:
    """Return which regions a recipe's rule takes; `noun_class` is that of the clip's action."""
    rules: dict[str, Chosen] = {
        "all": lambda region: True,
        "hands": lambda region: region.class_id in HANDS,
        "non-hand": lambda region: region.class_id not in HANDS,
        "in-contact": lambda region: region.held,
        "action-noun": lambda region: region.class_id == noun_class,
        "classes": lambda region: region.name in params.classes or str(region.class_id) in params.classes,
    }
    return rules[params.objects]


def clip_masks(masks: VideoMasks, ref: ClipRef, info: VideoInfo, params: MaskParams, chosen: Chosen) -> ClipMasks:
    """Return the masks of a clip's frames. Raises SourceError."""
    columns, rows = _places(ref, info, masks.height, masks.width)
    out = np.zeros((len(ref.times), len(rows), len(columns)), np.uint8)
    names: dict[str, None] = {}
    done: dict[Moment, Mask] = {}  # a held mask serves several frames
    shown = info.seconds(info.frame_ticks(ref.times)).tolist()
    for frame, time in zip(out, shown, strict=True):
        when = moment(masks, time, params.time, params.max_gap_s)
        if when is None:
            continue
        if when not in done:
            regions = regions_of(masks, when)
            canvas = np.zeros((masks.height, masks.width), np.int32)
            for number, region in enumerate(regions, 1):  # what is drawn later lies over what is drawn before
                region.shape.draw(canvas, number if chosen(region) else 0)
            seen = canvas[rows][:, columns]
            names |= dict.fromkeys(regions[number - 1].name for number in np.unique(seen).tolist() if number)
            done[when] = (seen != 0).astype(np.uint8)
        frame[:] = done[when]
    used = sorted({number for when in done for number in (when.near, when.far)})
    return ClipMasks(dilated(out, params.dilate_px), tuple(names), masks.file, masks.sha256(used) if used else "")


def dilated(mask: Mask, radius: int) -> Mask:
    """Return masks, uint8 [T, H, W], grown by a disc of `radius` pixels."""
    if not radius:
        return mask
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    disc = (x * x + y * y <= radius * radius).astype(np.uint8)
    return np.stack([cv2.dilate(frame, disc).astype(np.uint8) for frame in mask])


def _places(ref: ClipRef, info: VideoInfo, height: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the column and the row of a mask picture, height x width, under each column and row of the clip.

    Nearest neighbour: the mask's pixel in which the middle of the clip's pixel lies.
    """
    x, y, across, down = ref.crop or (0, 0, info.width, info.height)
    clip_height, clip_width = ref.size or (down, across)
    columns = (x + (np.arange(clip_width) + 0.5) * across / clip_width) * width / info.width
    rows = (y + (np.arange(clip_height) + 0.5) * down / clip_height) * height / info.height
    return columns.astype(np.int64)[:: -1 if ref.flip else 1], rows.astype(np.int64)
