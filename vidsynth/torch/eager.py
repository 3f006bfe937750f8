"""The overlay of a batch in plain torch operations: any device, same bytes, slow."""

from __future__ import annotations

import torch

from vidsynth.compositing.spec import div255
from vidsynth.torch.plans import PackedTubelets


def draw(source: torch.Tensor, target: torch.Tensor, tubelets: PackedTubelets) -> None:
    """Write source, uint8 [B, K, T, H, W, 3], with its tubelets into target, which may be source."""
    patches = _patches(source, tubelets)
    if target is not source:
        target.copy_(source)
    offsets, samples, cuts = tubelets.offsets.tolist(), tubelets.sample.tolist(), tubelets.cut.tolist()
    drawn = tubelets.bounds[..., 2] > 0
    for n, b in enumerate(samples):
        frames = drawn[n].nonzero().ravel()
        if len(frames):
            x0, y0 = tubelets.bounds[n, frames, :2].amin(dim=0).tolist()
            x1, y1 = tubelets.bounds[n, frames, 2:].amax(dim=0).tolist()
            patch = patches[offsets[n] : offsets[n + 1]]
            inverse, opacity = tubelets.inverse[n, frames], tubelets.opacity[n, frames]
            layer = _layer(patch, cuts[n][3], cuts[n][4], inverse, opacity, (x0, y0, x1, y1))
            color, keep = layer[..., :3], 255 - layer[..., 3:]
            for clip in target[b]:
                window = clip[frames, y0:y1, x0:x1].to(torch.int32)
                clip[frames, y0:y1, x0:x1] = (color + div255(window * keep)).clamp(max=255).to(torch.uint8)


def _patches(source: torch.Tensor, tubelets: PackedTubelets) -> torch.Tensor:
    """Cut all patches: int32 [P, 4], premultiplied RGBA, packed as the masks are."""
    sizes = tubelets.offsets.diff()
    numbers = torch.repeat_interleave(torch.arange(len(sizes), device=source.device), sizes)
    places = torch.arange(len(tubelets.masks), device=source.device) - tubelets.offsets[numbers]
    frame, x, y, w, h = tubelets.cut[numbers].long().unbind(1)
    # The border's pixels are taken from anywhere near: its masks are 0.
    i = x + (places % (w + 2) - 1).clamp(min=0).minimum(w - 1)
    j = y + (places // (w + 2) - 1).clamp(min=0).minimum(h - 1)
    alpha = tubelets.masks.to(torch.int32)[:, None]
    color = source[tubelets.sample[numbers].long(), 0, frame, j, i].to(torch.int32)
    return torch.cat([div255(color * alpha), alpha], dim=1)


def _layer(
    patch: torch.Tensor, w: int, h: int, inverse: torch.Tensor, opacity: torch.Tensor, window: tuple[int, int, int, int]
) -> torch.Tensor:
    """Warp a patch, int32 [(h + 2) (w + 2), 4], as `compositing.spec` says: int32 [T, y1 - y0, x1 - x0, 4]."""
    x0, y0, x1, y1 = window
    x = torch.arange(x0, x1, device=patch.device)
    y = torch.arange(y0, y1, device=patch.device)[:, None]
    a, b, c, d, e, f = inverse[:, :, None, None].unbind(1)
    u, v = (a * x + b * y + c) >> 11, (d * x + e * y + f) >> 11
    i, j = u >> 5, v >> 5
    inside = (i >= -1) & (i < w) & (j >= -1) & (j < h)
    corner = torch.where(inside, (j + 1) * (w + 2) + i + 1, 0)
    p, q = (u & 31).to(torch.int32)[..., None], (v & 31).to(torch.int32)[..., None]
    pitch = w + 2
    sampled = (
        patch[corner] * (32 - p) * (32 - q)
        + patch[corner + 1] * p * (32 - q)
        + patch[corner + pitch] * (32 - p) * q
        + patch[corner + pitch + 1] * p * q
        + 512
    ) >> 10
    layer: torch.Tensor = div255(torch.where(inside[..., None], sampled, 0) * opacity[:, None, None, None])
    return layer
