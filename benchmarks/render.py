"""Plan and render one pair (2 tubelets, rotation, both clips) against a straightforward per-frame loop."""

from __future__ import annotations

import math

import cv2
import numpy as np
from timing import best_s

from vidsynth import Clip, TubeletPairs, source
from vidsynth.generators.tubelets.plan import PairPlan
from vidsynth.jobs.task import prepare_process
from vidsynth.motion.masks import alpha
from vidsynth.video.decode import read_clips

PAIRS = 24


def measure() -> dict[str, float]:
    """Return milliseconds a pair, ours and the loop's, and their ratio, at 112 and 224 pixels."""
    prepare_process()
    out = {}
    for size in (112, 224):
        pairs, plans, clips = decoded_pairs(size)
        count = len(plans)

        def ours(pairs: TubeletPairs = pairs, clips: list[list[Clip]] = clips) -> None:
            pairs._recent.clear()  # a clip is planned once for its two pairs, as in a build
            for index, both in enumerate(clips):
                pairs.render(pairs.plan(index), both)

        def loop(plans: list[PairPlan] = plans, clips: list[list[Clip]] = clips) -> None:
            for plan, both in zip(plans, clips, strict=True):
                naive(plan, both)

        fast, slow = best_s(ours, 15) / count, best_s(loop, 3) / count
        out |= {f"ours_{size}_ms": 1e3 * fast, f"loop_{size}_ms": 1e3 * slow, f"ratio_{size}": slow / fast}
    return out


def decoded_pairs(size: int) -> tuple[TubeletPairs, list[PairPlan], list[list[Clip]]]:
    """Return pairs of the demo's videos, their plans, and their clips as decoded."""
    pairs = TubeletPairs(source("demo"), f"tubelets-{size}")
    plans = [pairs.plan(index) for index in range(min(PAIRS, len(pairs)))]
    return pairs, plans, [[_clip(pairs, ref) for ref in plan.clips] for plan in plans]


def naive(plan: PairPlan, clips: list[Clip]) -> list[np.ndarray]:
    """Warp patch and mask with OpenCV and blend in float over the whole frame, frame by frame."""
    out = [clip.frames.copy() for clip in clips]
    height, width = out[0].shape[1:3]
    for tubelet in plan.tubelets:
        x, y, w, h = tubelet.box
        patch = clips[0].frames[tubelet.frame, y : y + h, x : x + w]
        mask = alpha(tubelet.shape, w, h, tubelet.soft_from).astype(np.float32) / 255
        for frames in out:
            for t in range(len(frames)):
                warped = cv2.warpAffine(patch, tubelet.affine[t], (width, height))
                a = cv2.warpAffine(mask, tubelet.affine[t], (width, height))[..., None] * (tubelet.opacity[t] / 255)
                frames[t] = (frames[t] * (1 - a) + warped * a).astype(np.uint8)
    return out


def _clip(pairs: TubeletPairs, ref: object) -> Clip:
    path = ref.path  # type: ignore[attr-defined]
    return read_clips(pairs.manifest.root / path, pairs.videos.info(path), [ref])[0]  # type: ignore[list-item]


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<16}{value:.3g}" if math.isfinite(value) else name)
