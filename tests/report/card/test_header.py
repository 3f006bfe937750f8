"""The card's header: what the Hub accepts, and `datasets` loads by."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from vidsynth import TubeletPairs, build, load, source
from vidsynth.generators.audio import AudioFeatures
from vidsynth.generators.darkness import DarknessStatistics
from vidsynth.generators.lowlight import LowLight
from vidsynth.generators.time_order import TimeOrder
from vidsynth.report.card.header import size_category
from vidsynth.report.card.licence import hub_licence
from vidsynth.report.papers import tasks
from vidsynth.sources import known, layout

# huggingface.co/docs/hub/repositories-licenses
_LICENCES = """
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5
cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0
cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0
cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl
lgpl-2.1 lgpl-3.0 isc lppl-1.3c ms-pl mpl-2.0 odc-by odbl openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib
pddl lgpl-lr deepfloyd-if-license llama2 gemma unknown other
"""
LICENCES = _LICENCES.split()
# Those of huggingface.js, packages/tasks/src/pipelines.ts, that data sets of videos may have.
TASKS = {"video-classification", "video-text-to-text", "audio-classification", "text-to-video", "image-to-video"}
# huggingface_hub.DatasetCardData
_SIZES = """
n<1K 1K<n<10K 10K<n<100K 100K<n<1M 1M<n<10M 10M<n<100M 100M<n<1B 1B<n<10B 10B<n<100B 100B<n<1T n>1T
"""
SIZES = _SIZES.split()

SMALL: dict[str, Any] = {"clip.frames": 4, "clip.size": [32, 32]}


def generators(videos: Path) -> dict[str, Callable[[], Any]]:
    """Builds whose columns are of every form there is."""
    return {
        "jpeg": lambda: TubeletPairs(source(videos), changes=SMALL | {"limit": 2, "truth": ["boxes", "masks"]}),
        "plans": lambda: TubeletPairs(source(videos), changes=SMALL | {"limit": 2, "payload.kind": "none"}),
        "h264": lambda: LowLight(source(videos), changes=SMALL | {"limit": 2, "payload.kind": "h264"}),
        "drawn": lambda: TimeOrder(source("none"), "time-order", {"pairs": 1, "payload.kind": "lossless"}),
        "statistics": lambda: DarknessStatistics(source(videos), changes={"limit": 2}),
    }


@pytest.fixture(params=["jpeg", "plans", "h264", "drawn", "statistics"])
def finished(request: pytest.FixtureRequest, twelve: Path, tmp_path: Path) -> Path:
    return build(generators(twelve)[request.param](), tmp_path / request.param, workers=0, progress=False).folder.path


def test_the_hub_and_datasets_take_it(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    card = hub.DatasetCard.load(finished / "README.md")
    data = card.data
    assert data.pretty_name == finished.name and data.size_categories == ["n<1K"]
    assert data.license is None or data.license in LICENCES
    assert set(data.task_categories or ()) <= TASKS and data.source_datasets in (["original"], ["extended"])
    # What the class does not know is kept, and written again as it was.
    again = hub.DatasetCardData(**yaml.safe_load(card.content.split("---\n")[1]))
    assert again.to_dict() == data.to_dict() and set(data.to_dict()) >= {"configs", "dataset_info", "tags"}

    rows = datasets.load_dataset(str(finished), split="train")
    shards = load(finished)
    info = data.to_dict()["dataset_info"]
    assert datasets.Features._from_yaml_list(info["features"]) == rows.features
    assert info["splits"] == [{"name": "train", "num_bytes": shards.summary["bytes"], "num_examples": len(rows)}]
    assert len(rows) == len(shards) and rows.with_format(None).select_columns("index")[0]["index"] == shards[0]["index"]
    assert rows.column_names == shards.schema.names


@pytest.mark.parametrize(
    ("count", "size"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (999_999, "100K<n<1M"), (10**12, "n>1T"), (10**14, "n>1T")],
)
def test_sizes(count: int, size: str) -> None:
    assert size_category(count) == size


def test_every_size_is_one_of_the_hubs() -> None:
    assert [size_category(10**power) for power in range(2, 13)] == SIZES


@pytest.mark.parametrize("name", known())
def test_every_source_has_a_licence_that_the_hub_knows(name: str) -> None:
    about = layout(name).about
    said = hub_licence(about)
    assert said["license"] in LICENCES
    assert (said["license"] == "other") == {"license_name", "license_link"}.issubset(said)
    assert name == "demo" or about["forbids"], "whoever passes samples on is told what is forbidden"


def test_licences_of_videos_of_ones_own() -> None:
    assert hub_licence({"name": "folder"}) == {"license": "unknown"}
    assert hub_licence({"name": "none"}) == {}
    assert hub_licence({"name": "hf://a/b", "licence": "cc-by-nc-4.0"}) == {"license": "cc-by-nc-4.0"}
    odd = hub_licence({"name": "My *Set*", "licence": "ask: me", "homepage": "https://x.org"})
    assert odd == {"license": "other", "license_name": "my-set-terms", "license_link": "https://x.org"}


def test_tasks_are_the_hubs() -> None:
    from importlib.metadata import entry_points

    for point in entry_points(group="vidsynth.generators"):
        assert set(tasks(point.name)) <= TASKS
    assert tasks("somebody's own") == ()


def test_sound_is_told_as_well(tmp_path: Path, make_video: Callable[..., Path]) -> None:
    datasets = pytest.importorskip("datasets")
    (tmp_path / "videos").mkdir()
    make_video(tmp_path / "videos" / "v.mp4", audio=True)
    out = build(AudioFeatures(source(tmp_path / "videos")), tmp_path / "out", workers=0, progress=False).folder.path
    header = yaml.safe_load((out / "README.md").read_text().split("---\n")[1])
    assert header["task_categories"] == ["audio-classification"]
    assert "features" in datasets.Features._from_yaml_list(header["dataset_info"]["features"])
