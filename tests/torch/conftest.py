"""Torch in tests: one thread, and Triton's interpreter where there is no GPU."""

import os
from pathlib import Path

import pytest

from vidsynth import TubeletPairs, build, source

torch = pytest.importorskip("torch")
torch.set_num_threads(1)
if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # read when a kernel is defined


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("gpu") and not torch.cuda.is_available():
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture(scope="session")
def many(twelve: Path, small: dict[str, object]) -> TubeletPairs:
    """Forty-eight pairs in four shards, with boxes."""
    return TubeletPairs(source(twelve), changes=small | {"pairs.per_video": 4, "truth": ["boxes"]})


@pytest.fixture(scope="session")
def built(many: TubeletPairs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their raw shards."""
    out = tmp_path_factory.mktemp("built") / "raw"
    build(TubeletPairs(many.manifest, many.recipe, {"payload.kind": "raw"}), out, workers=0, progress=False)
    return out
