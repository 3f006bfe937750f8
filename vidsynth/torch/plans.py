"""The tubelets of a batch as a few tensors, ready to travel to a device in a few copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch

from vidsynth.compositing import CutTubelet
from vidsynth.compositing.cpu import bounds, quantized

MAX_SIDE = 4096  # of a frame, in pixels: patch coordinates then fit in 32 bits


@dataclass(frozen=True, slots=True, eq=False)
class PackedTubelets:
    """N tubelets of B samples, in the order of the samples and, within one, of drawing.

    shape : T, H, W of the clips they are for.
    largest : no patch takes more of `masks` than this.
    first : int32 [B + 1]; sample b has tubelets first[b] up to first[b + 1].
    sample : int32 [N], the sample of each.
    cut : int32 [N, 5], frame, x, y, width, height: where each patch is cut from its sample's first clip.
    masks : uint8 [P], the patches' alpha one after another, each (h + 2) x (w + 2) with a border of 0.
    offsets : int64 [N + 1], where each begins in `masks`.
    inverse : int64 [N, T, 6], Q16: frame pixels to patch pixels, see `compositing.spec`.
    opacity : uint8 [N, T]; 0 where a tubelet is not drawn.
    bounds : int32 [N, T, 4], x0 y0 x1 y1: outside of them a tubelet changes nothing.
    """

    shape: tuple[int, int, int]
    largest: int
    first: torch.Tensor
    sample: torch.Tensor
    cut: torch.Tensor
    masks: torch.Tensor
    offsets: torch.Tensor
    inverse: torch.Tensor
    opacity: torch.Tensor
    bounds: torch.Tensor

    @classmethod
    def pack(cls, samples: Sequence[Sequence[CutTubelet]], shape: tuple[int, int, int]) -> Self:
        """Pack the tubelets of each sample of a batch of clips of T x H x W = `shape`.

        Raises ValueError, naming sample and tubelet, for one that does not fit such clips.
        """
        frames, height, width = shape
        if max(height, width) > MAX_SIDE:
            raise ValueError(f"clips of {height}x{width} pixels: sides of up to {MAX_SIDE} can be drawn in batches")
        flat = [tubelet for tubelets in samples for tubelet in tubelets]
        counts = [len(tubelets) for tubelets in samples]
        for b, tubelets in enumerate(samples):
            for n, tubelet in enumerate(tubelets):
                _check(tubelet, shape, f"sample {b}, tubelet {n}")
        cut = np.array([(tubelet.frame, *tubelet.box) for tubelet in flat], np.int32).reshape(-1, 5)
        sizes = (cut[:, 3].astype(np.int64) + 2) * (cut[:, 4] + 2)
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        masks = np.zeros(offsets[-1], np.uint8)
        inverse = np.zeros((len(flat), frames, 6), np.int64)
        opacity = np.zeros((len(flat), frames), np.uint8)
        limits = np.zeros((len(flat), frames, 4), np.int32)
        for n, tubelet in enumerate(flat):
            w, h = tubelet.box.width, tubelet.box.height
            masks[offsets[n] : offsets[n + 1]].reshape(h + 2, w + 2)[1:-1, 1:-1] = tubelet.mask
            inverse[n], opacity[n] = quantized(np.ascontiguousarray(tubelet.affine), tubelet.opacity)
            limits[n] = bounds(inverse[n], opacity[n], w, h, height, width)
        return cls(
            shape,
            int(sizes.max(initial=0)),
            first=torch.from_numpy(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)),
            sample=torch.from_numpy(np.repeat(np.arange(len(samples), dtype=np.int32), counts)),
            cut=torch.from_numpy(cut),
            masks=torch.from_numpy(masks),
            offsets=torch.from_numpy(offsets),
            inverse=torch.from_numpy(inverse),
            opacity=torch.from_numpy(opacity),
            bounds=torch.from_numpy(limits),
        )

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.first) - 1

    def __getitem__(self, b: int) -> PackedTubelets:
        """Return the tubelets of sample b, as a batch of one."""
        if not 0 <= b < len(self):
            raise IndexError(b)
        begin, end = self.first[b : b + 2].tolist()
        start, stop = self.offsets[[begin, end]].tolist()
        return PackedTubelets(
            self.shape,
            self.largest,
            self.first[b : b + 2] - begin,
            self.sample[begin:end] - b,
            self.cut[begin:end],
            self.masks[start:stop],
            self.offsets[begin : end + 1] - start,
            self.inverse[begin:end],
            self.opacity[begin:end],
            self.bounds[begin:end],
        )

    def __repr__(self) -> str:
        return f"PackedTubelets({len(self.sample)} tubelets of {len(self)} samples, on {self.device})"

    @property
    def device(self) -> torch.device:
        return self.first.device

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> PackedTubelets:
        """Return the same on a device."""
        return self._changed(lambda tensor: tensor.to(device, non_blocking=non_blocking))

    def pin_memory(self, device: torch.device | str | None = None) -> PackedTubelets:
        """Return the same in pinned memory; DataLoader asks for it."""
        return self._changed(lambda tensor: tensor.pin_memory())

    def record_stream(self, stream: torch.Stream) -> None:
        """Keep the memory until the work that `stream` has now is done."""
        for name in _TENSORS:
            getattr(self, name).record_stream(stream)

    def _changed(self, change: Callable[[torch.Tensor], torch.Tensor]) -> PackedTubelets:
        return PackedTubelets(self.shape, self.largest, **{name: change(getattr(self, name)) for name in _TENSORS})


_TENSORS = [field.name for field in fields(PackedTubelets) if field.name not in ("shape", "largest")]


def _check(tubelet: CutTubelet, shape: tuple[int, int, int], where: str) -> None:
    frames, height, width = shape
    x, y, w, h = tubelet.box
    if tubelet.affine.shape != (frames, 2, 3) or tubelet.opacity.shape != (frames,):
        raise ValueError(
            f"{where}: affine {list(tubelet.affine.shape)} and opacity {list(tubelet.opacity.shape)} "
            f"do not fit clips of {frames} frames"
        )
    if not 0 <= tubelet.frame < frames:
        raise ValueError(f"{where}: frame {tubelet.frame} is outside clips of {frames} frames")
    if w < 1 or h < 1 or x < 0 or y < 0 or x + w > width or y + h > height:
        raise ValueError(f"{where}: box {tuple(tubelet.box)} is not inside clips of {height}x{width} pixels")
    if tubelet.mask.shape != (h, w):
        raise ValueError(f"{where}: mask {list(tubelet.mask.shape)} does not fit box {tuple(tubelet.box)}")
