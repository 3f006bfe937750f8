"""Small builds of several generators, and a real browser to look at their pages with."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vidsynth import TubeletPairs, build, source
from vidsynth.generators.darkness import DarknessStatistics
from vidsynth.generators.lowlight import LowLight
from vidsynth.generators.time_order import TimeOrder
from vidsynth.manifest import Manifest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
CLIP = {"clip.frames": 6, "clip.size": [48, 64]}
# What a hostile caption, label or file name may hold.
HOSTILE = (
    "<img src=x onerror=pwned=1>",
    "</script><script>pwned=1</script>",
    "<!--<script>pwned=1",
    "\"'><svg onload=pwned=1>",
    "{{script}} \u2028 & &lt;b&gt;",
)


@pytest.fixture(scope="session")
def tubelets(twelve: Path, small: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pairs with boxes, masks and tracks, in four shards."""
    out = tmp_path_factory.mktemp("previewed") / "tubelets"
    changes = {**small, **CLIP, "truth": ["boxes", "masks", "tracks"], "tubelets.box_scales": [16, 20]}
    build(TubeletPairs(source(twelve), changes=changes), out, workers=0, progress=False)
    return out


@pytest.fixture(scope="session")
def plans(twelve: Path, small: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same pairs, as plans alone."""
    out = tmp_path_factory.mktemp("previewed") / "plans"
    changes = {**small, **CLIP, "payload.kind": "none", "tubelets.box_scales": [16, 20]}
    build(TubeletPairs(source(twelve), changes=changes), out, workers=0, progress=False)
    return out


@pytest.fixture(scope="session")
def nights(twelve: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve darkened clips, half walking and half running."""
    out = tmp_path_factory.mktemp("previewed") / "nights"
    changes = {**CLIP, "light.target_y": [5, 40]}
    build(LowLight(source(twelve), changes=changes), out, workers=0, progress=False)
    return out


@pytest.fixture(scope="session")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six time-order videos, which come from nobody's videos."""
    out = tmp_path_factory.mktemp("previewed") / "orders"
    build(TimeOrder(source("none"), "time-order", {"pairs": 3}), out, workers=0, progress=False)
    return out


@pytest.fixture(scope="session")
def darkness(twelve: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Statistics of twelve videos: values, and no clip."""
    out = tmp_path_factory.mktemp("previewed") / "darkness"
    build(DarknessStatistics(source(twelve)), out, workers=0, progress=False)
    return out


@pytest.fixture(scope="session")
def hostile_texts() -> tuple[str, ...]:
    """The labels of `hostile`."""
    return HOSTILE


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    """Clips whose labels, ids and paths are markup."""
    root = tmp_path_factory.mktemp("hostile")
    names = [f"<img src=x onerror=pwned=1> {number}.mp4" for number in range(len(HOSTILE))]
    for name in names:
        make_video(root / name, frames=8)
    columns = {"path": names, "video_id": list(HOSTILE), "labels": [[text] for text in HOSTILE]}
    manifest = Manifest.from_columns(columns, root)
    out = tmp_path_factory.mktemp("previewed") / "<b>hostile"
    build(LowLight(manifest, changes={**CLIP, "clip.frames": 2}), out, workers=0, progress=False)
    return out


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    api = pytest.importorskip("playwright.sync_api")
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip(f"no browser on PATH (looked for {', '.join(CHROMIUM)})")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program)
        yield found
        found.close()
