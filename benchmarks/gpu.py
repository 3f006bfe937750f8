"""Tubelets drawn on the GPU, and raw shards brought there, against copies of the same bytes.

`python benchmarks/gpu.py` needs a CUDA device and Triton; `pip install kornia` adds a peer. With `--device cpu` it
runs everything at a small size on the CPU, to see that it works: those figures mean nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
import time
from collections.abc import Callable

import numpy as np
import torch
from torch.nn.functional import affine_grid, grid_sample

from vidsynth import TubeletPairs, build, source
from vidsynth.clip import Box
from vidsynth.compositing import CutTubelet
from vidsynth.motion import masks
from vidsynth.torch import Loader, PackedTubelets, ShardDataset, TubeletOverlay, on_device

PAIRS, SIZE, FRAMES, TUBELETS = 128, 224, 16, 2
REPEATS = 20


def unavailable() -> str | None:
    """Return why nothing can be measured here."""
    if not torch.cuda.is_available():
        return "needs a CUDA device"
    return None if importlib.util.find_spec("triton") else "needs Triton"


def measure(device: str = "cuda", pairs: int = PAIRS, size: int = SIZE) -> dict[str, float]:
    """Return milliseconds, and ratios to a copy on the device; the pipeline's clips/s, and its ratio to PCIe's.

    256 clips of 16x224x224 in 128 pairs, both clips of which carry 2 tubelets with rotation.
    """
    cuts = drawn_at_random(pairs, size)
    packed = PackedTubelets.pack(cuts, (FRAMES, size, size)).to(device)
    clips = torch.randint(0, 256, (pairs, 2, FRAMES, size, size, 3), dtype=torch.uint8, device=device)
    other = torch.empty_like(clips)
    overlay = TubeletOverlay(device)
    copy_s = seconds(lambda: other.copy_(clips), device)
    ways: dict[str, Callable[[], object]] = {
        "out_of_place": lambda: overlay(clips, packed),
        "in_place": lambda: overlay(clips, packed, inplace=True),
    }
    layers = Layers(cuts, clips)
    ways["grid_sample"] = lambda: layers.draw(clips, by_grid_sample)
    if importlib.util.find_spec("kornia"):
        ways["kornia"] = lambda: layers.draw(clips, by_kornia)
    drawn = overlay(clips, packed)
    for name in ways.keys() - {"out_of_place", "in_place"}:  # floats round elsewhere, but it is the same picture
        far = (ways[name]().float() - drawn.float()).abs()  # type: ignore[attr-defined]
        assert far.mean() < 0.5, (name, float(far.mean()))
    out = {"clips": float(2 * pairs), "copy_ms": 1e3 * copy_s}
    for name, way in ways.items():
        took = seconds(way, device)
        out |= {f"{name}_ms": 1e3 * took, f"{name}_per_copy": took / copy_s}
    for name in ways.keys() - {"out_of_place", "in_place"}:
        out[f"{name}_per_ours"] = out[f"{name}_ms"] / out["out_of_place_ms"]
    return out | pipeline(device)


def drawn_at_random(pairs: int, size: int) -> list[list[CutTubelet]]:
    """Return tubelets as the recipe tubelets-224 draws them: its boxes, masks, rotation, and paths as wide."""
    rng = np.random.default_rng(0)
    out = []
    for _ in range(pairs):
        tubelets = []
        for _ in range(TUBELETS):
            scale, ratio = rng.choice([32, 48, 56, 64, 96, 128]) * size / 224, rng.uniform(0.5, 2)
            w, h = (int(np.clip(side, 1, size - 1)) for side in (scale * ratio**0.5, scale * ratio**-0.5))
            box = Box(int(rng.integers(0, size - w)), int(rng.integers(0, size - h)), w, h)
            mask = masks.alpha(int(rng.choice(3, p=(0.5, 0.35, 0.15))), w, h, float(rng.uniform(0.3, 0.45)))
            angle = np.deg2rad(rng.uniform(-6, 6)) * np.arange(FRAMES)
            way = np.sort(rng.uniform(0, rng.uniform(40, 180) / 224 * size, (FRAMES, 2)), axis=0)
            center = np.array([box.x + w / 2, box.y + h / 2]) + way - way.mean(0)
            affine = np.empty((FRAMES, 2, 3))
            affine[:, 0, 0], affine[:, 0, 1] = np.cos(angle), -np.sin(angle)
            affine[:, 1, 0], affine[:, 1, 1] = np.sin(angle), np.cos(angle)
            affine[:, :, 2] = center - affine[:, :, :2] @ [(w - 1) / 2, (h - 1) / 2]
            opacity = rng.integers(204, 256, FRAMES).astype(np.uint8)
            tubelets.append(CutTubelet(int(rng.integers(0, FRAMES)), box, mask, affine, opacity))
        out.append(tubelets)
    return out


class Layers:
    """The same tubelets as peers take them: patches padded to one size, float, and matrices that fit."""

    def __init__(self, cuts: list[list[CutTubelet]], clips: torch.Tensor) -> None:
        device = clips.device
        side = max(max(cut.box.width, cut.box.height) for tubelets in cuts for cut in tubelets) + 2
        self.alpha = torch.zeros((TUBELETS, len(cuts), 1, side, side), device=device)
        self.color = torch.zeros((TUBELETS, len(cuts), 3, side, side), device=device)
        matrices = np.zeros((TUBELETS, len(cuts), FRAMES, 3, 3))
        opacity = np.zeros((TUBELETS, len(cuts), FRAMES))
        for b, tubelets in enumerate(cuts):
            for n, cut in enumerate(tubelets):
                x, y, w, h = cut.box
                self.alpha[n, b, 0, 1 : h + 1, 1 : w + 1] = torch.from_numpy(cut.mask).to(device) / 255
                patch = clips[b, 0, cut.frame, y : y + h, x : x + w].permute(2, 0, 1).float()
                self.color[n, b, :, 1 : h + 1, 1 : w + 1] = patch * self.alpha[n, b, :, 1 : h + 1, 1 : w + 1]
                inward = np.array([[1, 0, -1], [0, 1, -1], [0, 0, 1.0]])  # the border of one pixel
                matrices[n, b] = np.concatenate([cut.affine, np.tile([[[0, 0, 1.0]]], (FRAMES, 1, 1))], 1) @ inward
                opacity[n, b] = cut.opacity / 255
        self.matrices = torch.from_numpy(matrices).float().to(device)
        self.opacity = torch.from_numpy(opacity).float().to(device)

    def draw(
        self, clips: torch.Tensor, warp: Callable[[torch.Tensor, torch.Tensor, int, int], torch.Tensor]
    ) -> torch.Tensor:
        """Return the clips with the tubelets, a tubelet of all clips at a time, in float."""
        pairs, _, frames, height, width, _ = clips.shape
        out = clips.permute(0, 1, 2, 5, 3, 4).float()
        for color, alpha, matrix, opacity in zip(self.color, self.alpha, self.matrices, self.opacity, strict=True):
            patch = torch.cat([color, alpha], 1).repeat_interleave(frames, 0)
            layer = warp(patch, matrix.flatten(0, 1), height, width) * opacity.flatten()[:, None, None, None]
            layer = layer.view(pairs, 1, frames, 4, height, width)
            out = out * (1 - layer[:, :, :, 3:]) + layer[:, :, :, :3]
        return out.round().to(torch.uint8).permute(0, 1, 2, 4, 5, 3)


def by_grid_sample(patch: torch.Tensor, matrix: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Warp patches [N, 4, S, S] by pixel matrices [N, 3, 3] into [N, 4, height, width], with torch alone."""
    side = patch.shape[-1]
    device = patch.device
    # From -1 to 1 over pixel centres, in and out.
    from_patch = torch.tensor([[2 / (side - 1), 0, -1], [0, 2 / (side - 1), -1], [0, 0, 1.0]], device=device)
    to_frame = torch.tensor(
        [[(width - 1) / 2, 0, (width - 1) / 2], [0, (height - 1) / 2, (height - 1) / 2], [0, 0, 1.0]], device=device
    )
    theta = (from_patch @ torch.linalg.inv(matrix) @ to_frame)[:, :2]
    grid = affine_grid(theta, [len(patch), 4, height, width], align_corners=True)
    return grid_sample(patch, grid, mode="bilinear", padding_mode="zeros", align_corners=True)


def by_kornia(patch: torch.Tensor, matrix: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The same with kornia."""
    from kornia.geometry import warp_affine

    return warp_affine(patch, matrix[:, :2], (height, width), align_corners=True)  # type: ignore[no-any-return]


def pipeline(device: str) -> dict[str, float]:
    """Return how many raw clips of 16x112x112 a second reach the device from shards, and through PCIe alone."""
    with tempfile.TemporaryDirectory() as folder:
        many = {"payload.kind": "raw", "pairs.per_video": 64}
        build(TubeletPairs(source("demo"), "tubelets-112", many), folder, workers=2, progress=False)
        data = ShardDataset(folder, ("clip1", "clip2"))
        pinned = device == "cuda"
        loader = Loader(data, 64, num_workers=2, pin_memory=pinned, persistent_workers=True, drop_last=True)
        for _ in on_device(loader, device):  # start the workers, and map the files
            pass
        started, count = time.perf_counter(), 0
        for batch in on_device(loader, device):
            count += 2 * len(batch["clip1"])
        wait(device)
        took = (time.perf_counter() - started) / count
    host = torch.empty((64, 2, 16, 112, 112, 3), dtype=torch.uint8, pin_memory=pinned)
    there = host.to(device)
    copied = seconds(lambda: there.copy_(host, non_blocking=True), device) / 128
    return {"pipeline_clips_s": 1 / took, "pcie_clips_s": 1 / copied, "pipeline_per_pcie": copied / took}


def seconds(work: Callable[[], object], device: str) -> float:
    """Return the median wall time of `work` on the device, in seconds, after two runs to warm up."""
    times = []
    for _ in range(REPEATS + 2):
        wait(device)
        started = time.perf_counter()
        work()
        wait(device)
        times.append(time.perf_counter() - started)
    return float(np.median(times[2:]))


def wait(device: str) -> None:
    """Wait for the device to be done."""
    if device == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    arguments = parser.parse_args()
    if arguments.device == "cuda" and (why := unavailable()):
        raise SystemExit(f"gpu: {why}")
    if arguments.device == "cuda":
        print(torch.cuda.get_device_name(), "torch", torch.__version__)
    sizes = {} if arguments.device == "cuda" else {"pairs": 2, "size": 64}
    for name, value in measure(arguments.device, **sizes).items():
        print(f"{name:<24}{value:.4g}")
