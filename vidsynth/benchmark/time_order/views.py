"""What models without a sense of order see of a video, and whether a video and its twin look alike to them.

Two descriptions of the same frames: as they were planned, exactly, and as they are stored, decoded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Frames
from vidsynth.generators.time_order import scene
from vidsynth.generators.time_order.plan import ScenePlan

_LEAST = 0.9


def planned_states(plan: ScenePlan) -> list[Any]:
    """Return a value for each frame; equal values are equal pictures: the background, and how each object looks."""
    looks = []
    for thing in plan.objects:
        opacity = scene.opacities(thing, thing.progress).tolist()
        shift = scene.shifts(thing, thing.progress).tolist()
        drawn = (thing.rgb, thing.shape, thing.size, thing.center)
        looks.append([(drawn, o, *xy) if o else None for o, xy in zip(opacity, shift, strict=True)])
    return list(zip(plan.ground.tolist(), *looks, strict=True))


def planned_presence(plan: ScenePlan, number: int) -> NDArray[np.bool_]:
    """Return in which frames an object is fully there, bool [T]."""
    return np.asarray(_shown(plan, number) == 255)


def stored_presence(
    plan: ScenePlan, frames: Frames, numbers: tuple[int, int], edges: str
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the same, found in decoded frames, uint8 [T, H, W, 3], of two objects.

    Looked at are the pixels that the object covers once it is there, and neither before nor another object
    ever: how far their colour has come, from what is behind it before it comes, to the object's.
    The object is there from half way between the last step of its coming and the last but one, and no sooner than
    `_LEAST`: that leaves a codec room for its errors, and a moving background room for colours like the object's.
    """
    height, width = frames.shape[1:3]
    covers = [scene.coverage(thing, edges, height, width) for thing in plan.objects]
    found = []
    for number in numbers:
        thing = plan.objects[number]
        looked_at = (covers[number] == 255) & (scene.coverage(thing, edges, height, width, 0) == 0)
        for other in {*range(len(covers))} - {number}:
            looked_at &= covers[other] == 0
        pixels = frames[:, looked_at].astype(np.float32)  # [T, P, 3]
        rgb = np.array(thing.rgb, np.float32)
        shown = _shown(plan, number)
        behind = np.median(pixels[shown == shown.min()], axis=(0, 1))
        way = rgb - behind
        come = (pixels - behind) @ way / max(float(way @ way), 1.0)  # [T, P], 1 where it is the object's colour
        # A fade colours all pixels alike, and the median passes over those that the codec smeared at the edge.
        share = np.median(come, axis=1) if thing.kind in ("fade", "pop") else come.mean(1)
        halfway = np.unique(shown)[-2:].mean() / 255
        found.append(share >= max(halfway, _LEAST))
    return found[0], found[1]


def _shown(plan: ScenePlan, number: int) -> NDArray[np.uint8]:
    """Return how far an object has come in each frame, as far as one sees: uint8 [T]."""
    thing = plan.objects[number]
    return scene.opacities(thing, thing.progress) if thing.kind in ("fade", "pop") else thing.progress
