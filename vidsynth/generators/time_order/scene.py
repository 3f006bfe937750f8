"""Drawing: plans to frames, in integer arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Clip, Frames
from vidsynth.generators.time_order.plan import ObjectPlan, ScenePlan
from vidsynth.generators.time_order.shapes import Mask, hard, parse_shape, smooth
from vidsynth.rng import stream


def draw(plan: ScenePlan, grounds: Frames, edges: str, *, hidden: Sequence[int] = ()) -> Frames:
    """Return a video's frames, uint8 [T, H, W, 3] RGB.

    grounds : uint8 [G, H, W, 3], the background's frames, that `plan.ground` counts in.
    hidden : objects whose events do not take place: they stay at rest.
    Frames that look the same are drawn once.
    """
    progress = np.stack([thing.progress for thing in plan.objects])
    progress[list(hidden)] = 0
    shapes = [_Shape(thing, edges) for thing in plan.objects]
    frames = np.empty((len(plan.ground), *grounds.shape[1:]), np.uint8)
    drawn: dict[tuple[int, bytes], int] = {}
    for t, ground in enumerate(plan.ground.tolist()):
        state = ground, progress[:, t].tobytes()
        if state in drawn:
            frames[t] = frames[drawn[state]]
            continue
        drawn[state] = t
        frames[t] = grounds[ground]
        for shape, there in zip(shapes, progress[:, t].tolist(), strict=True):
            shape.draw(frames[t], there)
    return frames


def backgrounds(plan: ScenePlan, clips: Sequence[Clip], height: int, width: int) -> Frames:
    """Return the frames that lie behind, uint8 [G, H, W, 3]: a clip's, or views of one picture."""
    if clips:
        return clips[0].frames
    if plan.noise is None:
        picture = np.empty((height, width, 3), np.uint8)
        picture[:] = plan.plain
    else:
        words = stream(plan.noise, "time-order/noise").bit_generator.random_raw(-(-height * width * 3 // 8))
        picture = np.asarray(words, "<u8").view(np.uint8)[: height * width * 3].reshape(height, width, 3)
    return np.broadcast_to(picture, (int(plan.ground.max()) + 1, height, width, 3))


def opacities(thing: ObjectPlan, progress: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return how opaque an object is at each progress, uint8 [T]."""
    match thing.kind:
        case "fade":
            return progress
        case "pop":
            return np.where(progress >= 128, 255, 0).astype(np.uint8)
        case "slide":
            return np.where(progress, 255, 0).astype(np.uint8)
        case "move":
            return np.full_like(progress, 255)


def shifts(thing: ObjectPlan, progress: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how far an object is from its place at each progress, int64 [T, 2] as x, y in pixels."""
    share = {"slide": 255 - progress, "move": progress}.get(thing.kind, np.zeros_like(progress))
    moved: NDArray[np.int64] = share.astype(np.int64)[:, None] * np.array(thing.travel) // 255
    return moved


def boxes(thing: ObjectPlan, edges: str, height: int, width: int) -> NDArray[np.int16]:
    """Return an object's box in each frame, int16 [T, 4] as x1 y1 x2 y2 inside the frame; zeros where it is unseen."""
    mask, left, top = _placed(thing, edges)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    corners = np.array([left + columns[0], top + rows[0], left + columns[-1] + 1, top + rows[-1] + 1])
    found = np.clip(corners + np.tile(shifts(thing, thing.progress), 2), 0, [width, height, width, height])
    seen = (opacities(thing, thing.progress) > 0) & (found[:, 2] > found[:, 0]) & (found[:, 3] > found[:, 1])
    return np.where(seen[:, None], found, 0).astype(np.int16)


def coverage(thing: ObjectPlan, edges: str, height: int, width: int, progress: int = 255) -> Mask:
    """Return how much of each pixel an object covers at a progress, uint8 [H, W]; nothing where it is not opaque."""
    picture = np.zeros((height, width), np.uint8)
    mask, left, top = _placed(thing, edges)
    now = np.array([progress], np.uint8)
    right, down = shifts(thing, now)[0].tolist()
    inside = _overlap(mask.shape, left + right, top + down, height, width)
    if inside is not None and opacities(thing, now)[0] == 255:
        there, part = inside
        picture[there] = mask[part]
    return picture


class _Shape:
    """An object ready to be drawn: its mask once, and how opaque and how far from its place it is at each progress.

    Mask and colour are held as rows of samples, R G B R G B …, as frames lie in memory: NumPy is several times
    faster along one long axis than along pixels of three.
    """

    def __init__(self, thing: ObjectPlan, edges: str) -> None:
        mask, self._left, self._top = _placed(thing, edges)
        self._mask = np.repeat(mask, 3, axis=1).astype(np.uint16)
        self._color = np.tile(np.array(thing.rgb, np.uint16), mask.shape[1])
        every = np.arange(256, dtype=np.uint8)
        self._opacity, self._shift = opacities(thing, every).tolist(), shifts(thing, every).tolist()

    def draw(self, frame: NDArray[np.uint8], progress: int) -> None:
        """Composite the object onto a frame, uint8 [H, W, 3] and contiguous, in place."""
        opacity, (right, down) = self._opacity[progress], self._shift[progress]
        if not opacity:
            return
        samples = frame.reshape(len(frame), -1)
        inside = _overlap(self._mask.shape, 3 * (self._left + right), self._top + down, *samples.shape)
        if inside is None:
            return
        there, part = inside
        alpha = self._mask[part]
        if opacity < 255:
            alpha = _div255(alpha * np.uint16(opacity))
        samples[there] = _div255(alpha * self._color[part[1]] + (255 - alpha) * samples[there])


def _div255(values: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return values / 255 to the nearest whole number; exact up to 255 * 255, which 16 bits hold."""
    values = values + np.uint16(128)
    values += values >> np.uint16(8)
    values >>= np.uint16(8)
    return values


def _placed(thing: ObjectPlan, edges: str) -> tuple[Mask, int, int]:
    """Return an object's mask, and the column and row of its corner when it is at its place."""
    x, y = thing.center
    name, points = parse_shape(thing.shape)
    if edges == "hard":
        mask, first_row = hard(name, thing.size, y)
        return mask, x - mask.shape[1] // 2, y + first_row
    mask = smooth(points, thing.size)
    return mask, x - mask.shape[1] // 2, y - mask.shape[0] // 2


def _overlap(
    shape: tuple[int, ...], left: int, top: int, height: int, width: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """Return the part of the frame that a mask lies on, and the part of the mask that lies on it; None for none."""
    x1, x2 = max(left, 0), min(left + shape[1], width)
    y1, y2 = max(top, 0), min(top + shape[0], height)
    if x1 >= x2 or y1 >= y2:
        return None
    return (slice(y1, y2), slice(x1, x2)), (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
