"""A build with everything that a card tells of: labels, failures, arrays, a name that must be escaped."""

from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import TubeletPairs, build, source


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> tuple[TubeletPairs, Path]:
    root = tmp_path_factory.mktemp("card")
    for name in ("a|b*c*/v0.mp4", "a|b*c*/v1.mp4", "a|b*c*/v2.mp4", "walking/v3.mp4"):
        (root / "videos" / name).parent.mkdir(parents=True, exist_ok=True)
        make_video(root / "videos" / name, frames=6)
    (root / "videos/walking/broken.mp4").write_bytes(b"")
    changes = {"clip.frames": 4, "clip.size": [32, 32], "payload.kind": "raw", "truth": ["boxes"]}
    pairs = TubeletPairs(source(root / "videos"), changes=changes)
    build(pairs, root / "my-pairs", workers=0, progress=False)
    return pairs, root / "my-pairs"
