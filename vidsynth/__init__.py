"""vidsynth: the data side of video-learning research.

>>> from vidsynth import TubeletPairs, source  # doctest: +SKIP
>>> pairs = TubeletPairs(source("folder", root="videos/"))  # doctest: +SKIP
>>> pairs[0]["clip1"].shape  # doctest: +SKIP
(16, 112, 112, 3)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from vidsynth.clip import Box, Clip, ClipRef
    from vidsynth.compositing import Tubelet, overlay
    from vidsynth.errors import VidsynthError
    from vidsynth.generators.darkness import darkness
    from vidsynth.generators.tubelets import TubeletPairs, TubeletRecipe
    from vidsynth.jobs.run import build
    from vidsynth.jobs.verify import verify
    from vidsynth.manifest import Manifest
    from vidsynth.shards.reader import Shards, load
    from vidsynth.sources import source
    from vidsynth.video.decode import read_clip

# Each name, and the module it lives in: imported when first used, so that `import vidsynth` is quick.
_HOMES = {
    "Box": "clip",
    "Clip": "clip",
    "ClipRef": "clip",
    "Manifest": "manifest",
    "Shards": "shards.reader",
    "Tubelet": "compositing",
    "TubeletPairs": "generators.tubelets",
    "TubeletRecipe": "generators.tubelets",
    "VidsynthError": "errors",
    "build": "jobs.run",
    "darkness": "generators.darkness",
    "load": "shards.reader",
    "overlay": "compositing",
    "read_clip": "video.decode",
    "source": "sources",
    "verify": "jobs.verify",
}

__all__ = [
    "Box",
    "Clip",
    "ClipRef",
    "Manifest",
    "Shards",
    "Tubelet",
    "TubeletPairs",
    "TubeletRecipe",
    "VidsynthError",
    "__version__",
    "build",
    "darkness",
    "load",
    "overlay",
    "read_clip",
    "source",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vidsynth' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"vidsynth.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
