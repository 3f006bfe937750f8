"""Into the training loop: datasets, a sampler that resumes, and tubelets drawn on the GPU.

    from vidsynth.torch import Loader, ShardDataset, on_device

    loader = Loader(ShardDataset("shards/"), batch_size=32, num_workers=4)
    for batch in on_device(loader, "cuda"):
        ...  # batch["clip1"]: uint8 [32, T, H, W, 3] on the GPU

The only part of vidsynth that imports PyTorch: `pip install 'vidsynth[torch]'`.
"""

from __future__ import annotations

from vidsynth.errors import MissingDependency

try:
    import torch  # noqa: F401
except ModuleNotFoundError:
    raise MissingDependency("vidsynth.torch needs PyTorch: pip install 'vidsynth[torch]'") from None

from vidsynth.torch.collate import Layout, Samples, collate
from vidsynth.torch.datasets import LiveDataset, ShardDataset
from vidsynth.torch.loader import Loader
from vidsynth.torch.modalities import ModalityCollate
from vidsynth.torch.overlay import TubeletOverlay
from vidsynth.torch.plans import PackedTubelets
from vidsynth.torch.prefetch import on_device
from vidsynth.torch.sampler import ResumableSampler

__all__ = [
    "Layout",
    "LiveDataset",
    "Loader",
    "ModalityCollate",
    "PackedTubelets",
    "ResumableSampler",
    "Samples",
    "ShardDataset",
    "TubeletOverlay",
    "collate",
    "on_device",
]
