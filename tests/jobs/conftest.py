"""A folder of small videos with a generator over it, and builds of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import TubeletPairs, source

SMALL = {
    "clip.frames": 4,
    "clip.size": [32, 32],
    "tubelets.box_scales": [8, 12],
    "tubelets.amplitude": [6, 24],
    "pairs.videos_per_shard": 3,
}


@pytest.fixture(scope="session")
def twelve(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    """Twelve good videos in two class folders."""
    root = tmp_path_factory.mktemp("twelve")
    for number in range(12):
        folder = root / ("walking" if number % 2 else "running")
        folder.mkdir(exist_ok=True)
        make_video(folder / f"v{number:02d}.mp4", frames=12 + number)
    return root


@pytest.fixture
def pairs(twelve: Path) -> TubeletPairs:
    """Twelve pairs in four shards."""
    return TubeletPairs(source(twelve), changes=SMALL)


@pytest.fixture(scope="session")
def small() -> dict[str, object]:
    """Changes that make a recipe small."""
    return SMALL


@pytest.fixture
def make_pairs() -> Callable[..., TubeletPairs]:
    """`make_pairs(root, {"payload.kind": "raw"})`: pairs of small clips over any folder."""
    return lambda root, changes=None: TubeletPairs(source(root), changes=SMALL | (changes or {}))
