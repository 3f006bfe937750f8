"""The overlay of a batch on the CPU, by the kernels of `compositing.cpu`."""

from __future__ import annotations

import numpy as np
import torch

from vidsynth.compositing.cpu import blend, warp_quantized
from vidsynth.compositing.spec import div255
from vidsynth.torch.plans import PackedTubelets


def draw(source: torch.Tensor, target: torch.Tensor, tubelets: PackedTubelets) -> None:
    """Write source, uint8 [B, K, T, H, W, 3], with its tubelets into target, which may be source."""
    _, height, width = tubelets.shape
    clips, out = source.numpy(), target.numpy()
    masks, offsets = tubelets.masks.numpy(), tubelets.offsets.tolist()
    inverse, opacity = tubelets.inverse.numpy(), tubelets.opacity.numpy()
    cuts, first = tubelets.cut.tolist(), tubelets.first.tolist()
    for b in range(len(tubelets)):
        layers = []
        for n in range(first[b], first[b + 1]):
            frame, x, y, w, h = cuts[n]
            mask = masks[offsets[n] : offsets[n + 1]].reshape(h + 2, w + 2)[1:-1, 1:-1, None]
            color = div255(clips[b, 0, frame, y : y + h, x : x + w].astype(np.uint32) * mask)
            patch = np.concatenate([color.astype(np.uint8), mask], axis=-1)
            layers.append(warp_quantized(patch, inverse[n], opacity[n], height, width))
        if target is not source:
            out[b] = clips[b]
        for layer in layers:
            for clip in out[b]:
                blend(clip, layer)
