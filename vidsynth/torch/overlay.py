"""Tubelets onto a batch of clips, where the batch lies."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Literal

import torch

from vidsynth.torch.plans import PackedTubelets

Backend = Literal["numba", "triton", "torch"]


class TubeletOverlay:
    """Draws the tubelets of a batch: the same bytes on every device, those of `vidsynth.overlay`.

        overlay = TubeletOverlay("cuda")
        for batch in on_device(Loader(LiveDataset(pairs, render=False), 256), "cuda"):
            clips = overlay(batch["clips"], batch["tubelets"])  # uint8 [256, 2, T, H, W, 3]

    device : where the batches lie.
    backend : `numba` for the CPU, `triton` (one fused kernel) for CUDA, `torch` for anything else: slow,
        and it says so once. Default: the best that the device has.
    """

    def __init__(self, device: torch.device | str, backend: Backend | None = None) -> None:
        self.device = torch.device(device)
        self.backend: Backend = backend or _best(self.device)
        if self.backend not in ("numba", "triton", "torch"):
            raise ValueError(f"backend must be numba, triton or torch, not {self.backend!r}")
        if self.backend == "numba" and self.device.type != "cpu":
            raise ValueError(f"backend numba draws on the CPU, not on {self.device}")

    def __call__(self, clips: torch.Tensor, tubelets: PackedTubelets, *, inplace: bool = False) -> torch.Tensor:
        """Return the clips with their tubelets.

        clips : uint8 [B, T, H, W, 3], or [B, K, T, H, W, 3] for K clips a sample, which all carry its
            tubelets. Patches are cut from the first of them, as it is given.
        tubelets : on the same device.
        inplace : draw into `clips` itself, which must be contiguous.

        Raises ValueError where shapes or devices do not fit.
        """
        self._check(clips, tubelets, inplace)
        each = clips.shape[1] if clips.ndim == 6 else 1
        source = clips.contiguous().view(len(clips), each, *clips.shape[-4:])
        if self.backend == "numba":
            from vidsynth.torch.host import draw
        elif self.backend == "triton":
            from vidsynth.torch.fused import draw
        else:
            from vidsynth.torch.eager import draw
        target = source if inplace else torch.empty_like(source)
        draw(source, target, tubelets)
        return clips if inplace else target.view(clips.shape)

    def __repr__(self) -> str:
        return f"TubeletOverlay({str(self.device)!r}, backend={self.backend!r})"

    def _check(self, clips: torch.Tensor, tubelets: PackedTubelets, inplace: bool) -> None:
        if clips.dtype != torch.uint8 or clips.ndim not in (5, 6) or clips.shape[-1] != 3:
            raise ValueError(
                f"clips must be uint8 [B, T, H, W, 3] or [B, K, T, H, W, 3], not {clips.dtype} {list(clips.shape)}"
            )
        for name, device in (("clips", clips.device), ("tubelets", tubelets.device)):
            if device.type != self.device.type or self.device.index not in (None, device.index):
                raise ValueError(f"{name} lie on {device}, this overlay draws on {self.device}: move them with .to()")
        if clips.device != tubelets.device:
            raise ValueError(f"clips lie on {clips.device}, tubelets on {tubelets.device}: move them with .to()")
        if len(clips) != len(tubelets):
            raise ValueError(f"clips of {len(clips)} samples, tubelets of {len(tubelets)}")
        if tuple(clips.shape[-4:-1]) != tubelets.shape:
            raise ValueError(
                f"clips are T, H, W = {list(clips.shape[-4:-1])}, tubelets were packed for {list(tubelets.shape)}"
            )
        if inplace and not clips.is_contiguous():
            raise ValueError("inplace needs contiguous clips: [B, T, H, W, 3] in memory, too")


def _best(device: torch.device) -> Backend:
    if device.type == "cpu":
        return "numba"
    if device.type == "cuda" and importlib.util.find_spec("triton"):
        return "triton"
    warnings.warn(
        f"no fused overlay for {device.type}"
        + (" without Triton" if device.type == "cuda" else "")
        + ": tubelets are drawn by plain torch operations, many times slower",
        RuntimeWarning,
        stacklevel=3,
    )
    return "torch"
