"""The plan of a pair: two clips, and the tubelets that both carry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsynth.clip import Box, ClipRef
from vidsynth.generators.clips import CLIP_TYPE
from vidsynth.generators.tubelets.recipe import TubeletParams
from vidsynth.motion import affine, paths
from vidsynth.motion.keyframes import UNIFORM, below, choose, interpolate, random_walk, sample_keys, sample_laws

TUBELET_TYPE = pa.struct(
    {
        "frame": pa.int32(),
        "box": pa.list_(pa.int32()),
        "shape": pa.int8(),
        "soft_from": pa.float64(),
        "affine": pa.list_(pa.float64()),
        "opacity": pa.list_(pa.uint8()),
    }
)
PLAN_TYPE = pa.struct({"clips": pa.list_(CLIP_TYPE), "tubelets": pa.list_(TUBELET_TYPE)})


@dataclass(frozen=True, slots=True, eq=False)
class TubeletPlan:
    """One tubelet: where its patch is cut from clip 1, its mask, and where it goes.

    frame, box : the frame of clip 1, and the part of it, that become the patch.
    shape : index into `masks.SHAPES`. soft_from : see `masks.alpha`.
    affine : float64 [T, 2, 3]. opacity : uint8 [T].
    """

    frame: int
    box: Box
    shape: int
    soft_from: float | None
    affine: NDArray[np.float64]
    opacity: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PairPlan:
    """Sample `index`: two clips and their tubelets, in the order they are drawn (larger first)."""

    index: int
    clips: tuple[ClipRef, ClipRef]
    tubelets: tuple[TubeletPlan, ...]

    @property
    def key(self) -> str:
        return f"{self.index:08d}"

    def to_row(self) -> dict[str, Any]:
        """Return plain values that fit PLAN_TYPE."""
        return {
            "clips": [ref.to_row() for ref in self.clips],
            "tubelets": [
                {
                    "frame": tubelet.frame,
                    "box": list(tubelet.box),
                    "shape": tubelet.shape,
                    "soft_from": tubelet.soft_from,
                    "affine": tubelet.affine.ravel(),
                    "opacity": tubelet.opacity,
                }
                for tubelet in self.tubelets
            ],
        }

    @classmethod
    def from_row(cls, index: int, row: Mapping[str, Any]) -> PairPlan:
        """Rebuild the plan that `to_row` described."""
        first, second = (ClipRef.from_row(clip) for clip in row["clips"])
        return cls(
            index,
            (first, second),
            tuple(
                TubeletPlan(
                    frame=values["frame"],
                    box=Box(*values["box"]),
                    shape=values["shape"],
                    soft_from=values["soft_from"],
                    affine=np.asarray(values["affine"], np.float64).reshape(-1, 2, 3),
                    opacity=np.asarray(values["opacity"], np.uint8),
                )
                for values in row["tubelets"]
            ),
        )


def plan_tubelets(
    rng: np.random.Generator, params: TubeletParams, frames: int, height: int, width: int
) -> tuple[TubeletPlan, ...]:
    """Draw a pair's tubelets for clips of `frames` x `height` x `width`.

    As in the authors' code, the key frames and laws of one quantity (place, scale, rotation, either
    shear) are shared by all tubelets of a pair, their values are not; opacity has key frames of its
    own for each tubelet and always runs uniformly between them.
    """
    count = params.count
    if not count:
        return ()
    sides = _sample_sides(rng, params, height, width)
    centers = _sample_centers(rng, params, sides, frames, height, width)
    scale = _sample_scale(rng, params, frames) if "scale" in params.transforms else None
    shear, axes = None, affine.SHEAR_XY
    if "shear" in params.transforms:
        shear = np.stack([_sample_turn(rng, params, frames, params.shear_speed) for _ in "xy"], axis=-1)
        axes = below(rng, 3)
    angle = _sample_turn(rng, params, frames, params.rotation_speed) if "rotation" in params.transforms else None
    cut_at = [below(rng, frames) for _ in range(count)]

    boxes = sides[:, None] if scale is None else sides[:, None] * scale
    area = (boxes[..., 0] * boxes[..., 1]).sum(axis=1).tolist()  # summed over equally many frames each
    if params.arithmetic == "exact":
        rois = _whole_boxes(centers, boxes, height, width)
        cuts = [_box(*rois[n, at].tolist()) for n, at in enumerate(cut_at)]
        patch = np.array([cut[2:] for cut in cuts], np.float64)
        matrices = affine.exact(patch, rois, shear=shear, shear_axes=axes, angle=angle)
    else:
        rois = None
        cuts = [
            _cut_inside(centers[n, at], boxes[n, at if scale is not None else 0], width, height)
            for n, at in enumerate(cut_at)
        ]
        patch = np.array([cut[2:] for cut in cuts], np.float64)
        if scale is not None:  # relative to the patch as it is cut, so that there it is not resampled
            scale = scale / scale[range(count), cut_at][:, None]
        matrices = affine.smooth(patch, centers, scale=scale, shear=shear, shear_axes=axes, angle=angle)

    planned = []
    for n in sorted(range(count), key=lambda n: -area[n]):
        opacity = _sample_opacity(rng, params, frames, cut_at[n])
        if rois is not None:  # a box outside the frame has no size, and shows nothing
            opacity[(rois[n, :, 2:] <= rois[n, :, :2]).any(1)] = 0
        shape, soft = choose(rng, params.mask_shapes), rng.random() < params.soft_edges
        soft_from = params.soft_from[0] + rng.random() * (params.soft_from[1] - params.soft_from[0])
        planned.append(
            TubeletPlan(cut_at[n], cuts[n], shape, round(soft_from, 6) if soft else None, matrices[n], opacity)
        )
    return tuple(planned)


def _sample_sides(rng: np.random.Generator, params: TubeletParams, height: int, width: int) -> NDArray[np.float64]:
    """Return (width, height) of each tubelet's box, [N, 2]: s sqrt(r) and s / sqrt(r), with s and r one
    of all combinations, each times exp(u), u uniform on +-jitter, clipped to 1..side - 1 of the frame."""
    if params.box_scales is None:
        raise ValueError("the recipe is not resolved")
    sides = []
    for _ in range(params.count):
        scale = params.box_scales[below(rng, len(params.box_scales))]
        root = math.sqrt(params.box_ratios[below(rng, len(params.box_ratios))])
        across = scale * root * math.exp((2 * rng.random() - 1) * params.box_jitter)
        down = scale / root * math.exp((2 * rng.random() - 1) * params.box_jitter)
        sides.append((min(max(across, 1.0), width - 1.0), min(max(down, 1.0), height - 1.0)))
    return np.array(sides)


def _sample_centers(
    rng: np.random.Generator, params: TubeletParams, sides: NDArray[np.float64], frames: int, height: int, width: int
) -> NDArray[np.float64]:
    """Return the paths of the box centres, float64 [N, T, 2]."""
    if params.motion == "none":
        return paths.still(rng, frames, sides, width, height)
    if params.motion == "linear":
        keys = sample_keys(rng, frames, params.key_counts)
        laws = sample_laws(rng, keys, params.key_laws)
        return paths.linear(rng, keys, laws, sides, width, height, params.linear_speed)
    if params.amplitude is None:
        raise ValueError("the recipe is not resolved")
    whole = params.arithmetic == "exact"
    return paths.nonlinear(rng, frames, sides, width, height, params.amplitude, whole_pixels=whole)


def _sample_scale(rng: np.random.Generator, params: TubeletParams, frames: int) -> NDArray[np.float64]:
    """Return factors [N, T, 2]: 1 at the first frame, then each key's drawn from the range."""
    keys = sample_keys(rng, frames, params.key_counts)
    laws = sample_laws(rng, keys, params.key_laws)
    low, high = params.scale_range
    factors = low + rng.random((params.count, 2, len(keys))) * (high - low)
    factors[..., 0] = 1
    scales = [[interpolate(side, keys, laws) for side in sides] for sides in factors.tolist()]
    return np.array(scales).transpose(0, 2, 1)


def _sample_turn(rng: np.random.Generator, params: TubeletParams, frames: int, speed: float) -> NDArray[np.float64]:
    """Return a quantity [N, T] that starts at 0 and walks at up to `speed` a frame from key to key."""
    keys = sample_keys(rng, frames, params.key_counts)
    laws = sample_laws(rng, keys, params.key_laws)
    return np.array([interpolate(random_walk(rng, keys, speed), keys, laws) for _ in range(params.count)])


def _sample_opacity(rng: np.random.Generator, params: TubeletParams, frames: int, cut_at: int) -> NDArray[np.uint8]:
    """Return opacity uint8 [T]; 0 on frames without the tubelet, never on the first or on `cut_at`."""
    keys = sample_keys(rng, frames, params.key_counts)
    low, high = params.opacity
    values = [255 * (low + rng.random() * (high - low)) for _ in keys]
    opacity = np.rint(interpolate(values, keys, [UNIFORM] * (len(keys) - 1))).astype(np.uint8)
    if params.presence < 1:
        absent = rng.random(frames) > params.presence
        absent[[0, cut_at]] = False
        opacity[absent] = 0
    return opacity


def _whole_boxes(
    centers: NDArray[np.float64], boxes: NDArray[np.float64], height: int, width: int
) -> NDArray[np.int64]:
    """Return boxes in whole pixels, int64 [N, T, 4] as x1 y1 x2 y2, rounded, then clipped to the frame."""
    corners = np.rint(np.concatenate([centers - boxes / 2, centers + boxes / 2], axis=-1))
    clipped: NDArray[np.int64] = np.clip(corners, 0, [width, height, width, height]).astype(np.int64)
    return clipped


def _box(x1: int, y1: int, x2: int, y2: int) -> Box:
    return Box(x1, y1, max(x2 - x1, 1), max(y2 - y1, 1))


def _cut_inside(center: NDArray[np.float64], box: NDArray[np.float64], width: int, height: int) -> Box:
    """Return a box in whole pixels, moved inside the frame: the patch must come from there."""
    (x, y), (across, down) = center.tolist(), box.tolist()
    w, h = min(max(round(across), 1), width), min(max(round(down), 1), height)
    return Box(min(max(round(x - w / 2), 0), width - w), min(max(round(y - h / 2), 0), height - h), w, h)
