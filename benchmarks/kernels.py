"""Why the overlay is compiled by numba: the same bytes by OpenCV's fixed-point remap and numpy, timed.

Both composite the same tubelets over both clips of a pair; the results are compared byte for byte.
"""

from __future__ import annotations

import cv2
import numpy as np
from render import decoded_pairs
from timing import best_s

from vidsynth import Clip, Tubelet, overlay
from vidsynth.compositing.cpu import cut
from vidsynth.compositing.spec import div255
from vidsynth.compositing.tubelet import quantized_inverse
from vidsynth.generators.tubelets.plan import PairPlan
from vidsynth.jobs.task import prepare_process


def measure() -> dict[str, float]:
    """Return milliseconds a pair of both ways, and their ratio, at 112 and 224 pixels."""
    prepare_process()
    out = {}
    for size in (112, 224):
        _, plans, clips = decoded_pairs(size)
        work = [
            (_tubelets(plan, both), [clip.frames for clip in both]) for plan, both in zip(plans, clips, strict=True)
        ]
        for tubelets, frames in work:
            assert all(
                (a == b).all() for a, b in zip(overlay(frames, tubelets), by_opencv(frames, tubelets), strict=True)
            )
        numba = best_s(lambda work=work: [overlay(frames, tubelets) for tubelets, frames in work], 15) / len(work)
        opencv = best_s(lambda work=work: [by_opencv(frames, tubelets) for tubelets, frames in work]) / len(work)
        out |= {f"numba_{size}_ms": 1e3 * numba, f"opencv_{size}_ms": 1e3 * opencv, f"ratio_{size}": opencv / numba}
    return out


def _tubelets(plan: PairPlan, clips: list[Clip]) -> list[Tubelet]:
    return [
        Tubelet(cut(clips[0].frames[t.frame], t.box, t.shape, t.soft_from), t.affine, t.opacity) for t in plan.tubelets
    ]


def by_opencv(clips: list[np.ndarray], tubelets: list[Tubelet]) -> list[np.ndarray]:
    """Warp each patch once a frame inside its bounding box with cv2.remap, blend in numpy."""
    out = [clip.copy() for clip in clips]
    _, height, width, _ = out[0].shape
    for tubelet in tubelets:
        h, w, _ = tubelet.patch.shape
        inverse, drawn = quantized_inverse(tubelet.affine)
        corners = np.array([(-1, -1), (w, -1), (w, h), (-1, h)], float)
        for t in np.flatnonzero(drawn & (tubelet.opacity > 0)):
            place = corners @ tubelet.affine[t, :, :2].T + tubelet.affine[t, :, 2]
            x1, y1 = np.maximum(np.floor(place.min(axis=0)).astype(int), 0)
            x2, y2 = np.minimum(np.ceil(place.max(axis=0)).astype(int) + 1, [width, height])
            if x2 <= x1 or y2 <= y1:
                continue
            a, b, c, d, e, f = inverse[t].tolist()
            x, y = np.arange(x1, x2), np.arange(y1, y2)[:, None]
            u, v = (a * x + b * y + c) >> 11, (d * x + e * y + f) >> 11
            whole = np.stack([u >> 5, v >> 5], axis=-1).astype(np.int16)
            table = ((u & 31) + (v & 31) * 32).astype(np.uint16)
            layer = cv2.remap(tubelet.patch, whole, table, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            layer = div255(layer.astype(np.uint32) * int(tubelet.opacity[t]))
            for clip in out:
                part = clip[t, y1:y2, x1:x2]
                part[...] = np.minimum(255, layer[..., :3] + div255(part.astype(np.uint32) * (255 - layer[..., 3:])))
    return out


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<16}{value:.3g}")
