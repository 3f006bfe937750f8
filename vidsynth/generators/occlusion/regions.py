"""Regions of a picture, and the masks of one video over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vidsynth.generators.occlusion.rle import Mask
from vidsynth.video.probe import VideoInfo

Canvas = NDArray[np.int32]  # [H, W], the number of the region that is seen at each pixel
_FARTHEST = 32767  # pixels: what moves masks may scale them to any size


class Extent(NamedTuple):
    """Middle and side of a region, in pixels: its centroid, and the square root of its area."""

    x: float
    y: float
    side: float


class Shape(Protocol):
    """What a region covers."""

    def draw(self, canvas: Canvas, value: int) -> None:
        """Set the region's pixels of a canvas."""

    def extent(self) -> Extent:
        """Return its middle and side."""

    def moved(self, start: Extent, stop: Extent) -> Shape:
        """Return it scaled and shifted as takes `start` to `stop`."""


@dataclass(frozen=True, slots=True, eq=False)
class Polygons:
    """Polygons, each float64 [N, 2] of x and y; one inside another is a hole."""

    points: tuple[NDArray[np.float64], ...]

    def draw(self, canvas: Canvas, value: int) -> None:
        # As VISOR's own code: whole pixels by truncation, all polygons of an entity at once (even-odd).
        near = (np.clip(polygon, -_FARTHEST, _FARTHEST) for polygon in self.points if len(polygon))
        whole = [np.trunc(polygon).astype(np.int32) for polygon in near]
        if whole:
            cv2.fillPoly(canvas, whole, value)

    def extent(self) -> Extent:
        sums = np.zeros(3)
        for polygon in self.points:
            moments = cv2.moments(polygon.astype(np.float32)) if len(polygon) > 2 else {"m10": 0, "m01": 0, "m00": 0}
            sums += [moments["m10"], moments["m01"], moments["m00"]]
        return _extent(*sums.tolist())

    def moved(self, start: Extent, stop: Extent) -> Polygons:
        scale = _scale(start, stop)
        shift = [stop.x - scale * start.x, stop.y - scale * start.y]
        return Polygons(tuple(polygon * scale + shift for polygon in self.points))


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """A mask of pixels."""

    mask: Mask

    def draw(self, canvas: Canvas, value: int) -> None:
        canvas[self.mask != 0] = value

    def extent(self) -> Extent:
        moments = cv2.moments(np.ascontiguousarray(self.mask), binaryImage=True)
        return _extent(moments["m10"], moments["m01"], moments["m00"])

    def moved(self, start: Extent, stop: Extent) -> Raster:
        scale = _scale(start, stop)
        matrix = np.array([[scale, 0, stop.x - scale * start.x], [0, scale, stop.y - scale * start.y]])
        height, width = self.mask.shape
        return Raster(cv2.warpAffine(self.mask, matrix, (width, height), flags=cv2.INTER_NEAREST).astype(np.uint8))


def _extent(x: float, y: float, area: float) -> Extent:
    return Extent(x / area, y / area, math.sqrt(area)) if area > 0 else Extent(0.0, 0.0, 0.0)


def _scale(start: Extent, stop: Extent) -> float:
    return stop.side / start.side if start.side else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """One object in one picture. class_id : in the data set's numbers. held : a hand is in contact with it."""

    name: str
    class_id: int
    shape: Shape
    held: bool = False


Regions = tuple[Region, ...]


@dataclass(frozen=True, slots=True, eq=False)
class VideoMasks:
    """The masks of one video.

    times : float64 [N], ascending, seconds from the start of the file. period_s : between its frames, as the
        masks count them.
    height, width : of the pictures that regions are drawn on.
    regions : gives those of the mask picture of a number, in the order they are drawn.
    file : where they were read. sha256 : gives the hash of what the mask pictures of some numbers were read from.
    """

    times: NDArray[np.float64]
    period_s: float
    height: int
    width: int
    regions: Callable[[int], Regions]
    file: str
    sha256: Callable[[Sequence[int]], str]


class MaskSource(Protocol):
    """Whatever masks can be read from."""

    def find(self, names: Sequence[str], info: VideoInfo) -> VideoMasks | None:
        """Return the masks of the video that goes by one of these names; None if there are none. Raises SourceError."""


class Moment(NamedTuple):
    """Which mask pictures make the mask of a time: `near`, moved towards `far` by `share` of the way (0: as it is)."""

    near: int
    far: int
    share: float


def moment(masks: VideoMasks, time: float, rule: str, max_gap_s: float) -> Moment | None:
    """Return what makes the mask of `time` by a rule (`exact`, `hold`, `interpolate`); None if there is none."""
    if not len(masks.times):
        return None
    after = int(np.searchsorted(masks.times, time))
    neighbours = [number for number in (after - 1, after) if 0 <= number < len(masks.times)]
    near = min(neighbours, key=lambda number: abs(masks.times[number] - time))
    gap = abs(float(masks.times[near]) - time)
    exact = gap <= masks.period_s / 2 + 1e-6
    if exact or rule == "exact":
        return Moment(near, near, 0.0) if exact else None
    if gap > max_gap_s:
        return None
    far = next((number for number in neighbours if number != near), near)
    apart = abs(float(masks.times[far] - masks.times[near]))
    if rule == "hold" or far == near or apart > 2 * max_gap_s + 1e-6:  # of neighbours alone: no jump between them
        return Moment(near, near, 0.0)
    return Moment(near, far, gap / apart)


def regions_of(masks: VideoMasks, when: Moment) -> Regions:
    """Return the regions of a moment: those of the near picture, each moved towards its like in the far one.

    Regions are alike that have one name and class, counted in order. One without its like stays where it is.
    """
    near = masks.regions(when.near)
    if not when.share:
        return near
    theirs = dict(zip(_keys(far := masks.regions(when.far)), far, strict=True))
    out = []
    for key, region in zip(_keys(near), near, strict=True):
        if key in theirs:
            start, goal = region.shape.extent(), theirs[key].shape.extent()
            if start.side and goal.side:
                stop = Extent(*(a + when.share * (b - a) for a, b in zip(start, goal, strict=True)))
                region = replace(region, shape=region.shape.moved(start, stop))
        out.append(region)
    return tuple(out)


def _keys(regions: Regions) -> list[tuple[str, int, int]]:
    seen: dict[tuple[str, int], int] = {}
    keys = []
    for region in regions:
        number = seen[region.name, region.class_id] = seen.get((region.name, region.class_id), -1) + 1
        keys.append((region.name, region.class_id, number))
    return keys
