"""Small builds of the benchmark."""

from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import build, source
from vidsynth.generators.time_order import TimeOrder

Make = Callable[..., Path]


@pytest.fixture(scope="session")
def make_bench(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """`make_bench("time-order", {"pairs": 12}) -> folder`: a finished build of small videos."""

    def make(recipe: str = "time-order", changes: dict[str, object] | None = None) -> Path:
        small = {} if "published" in recipe else {"clip.size": [64, 64], "pairs": 12}
        out = tmp_path_factory.mktemp("bench") / "bench"
        build(TimeOrder(source("none"), recipe, small | (changes or {})), out, workers=0, progress=False)
        return out

    return make


@pytest.fixture(scope="session")
def small(make_bench: Make) -> Path:
    """24 counterbalanced videos: before, after, then."""
    return make_bench()
