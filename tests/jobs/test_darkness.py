"""Darkness statistics of a source: what is written, and what another verdict costs."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from vidsynth import Manifest, load, source
from vidsynth.errors import DecodeError, ShardError
from vidsynth.generators.darkness import DarknessStatistics
from vidsynth.jobs.darkness import darkness_statistics, open_statistics, usual_folder
from vidsynth.video import luma

QUIET = {"workers": 0, "progress": False}


@pytest.fixture(scope="module")
def lights(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    """Videos of two classes that grow from one grey to another; one is broken."""
    root = tmp_path_factory.mktemp("lights")
    for number in range(10):
        folder = root / ("train" if number % 2 else "val") / ("walking" if number < 5 else "running")
        folder.mkdir(parents=True, exist_ok=True)
        levels = np.linspace(12 * number, 12 * number + 20, 20)
        frames = np.stack([np.full((48, 64, 3), level, np.uint8) for level in levels])
        make_video(folder / f"v{number}.mp4", frames, options={"crf": "5", "g": "7"})
    (root / "val/walking/broken.mp4").write_bytes(b"")
    return root


def measured(root: Path, out: Path, **changes: object) -> dict[str, object]:
    statistics = DarknessStatistics(source(root), changes={key.replace("__", "."): changes[key] for key in changes})
    return darkness_statistics(statistics, out, **QUIET)[0]


def test_what_is_written(lights: Path, tmp_path: Path) -> None:
    summary = measured(lights, tmp_path)
    assert summary["videos"] == 10 and summary["dark"] == 3 and summary["failed"] == {"empty file (0 bytes)": 1}
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    table = pq.read_table(tmp_path / "darkness.parquet")
    assert table.column_names[:6] == ["video_id", "path", "split", "start_s", "end_s", "labels"]
    assert table.num_rows == 10 and "y_frames" not in table.column_names
    dark, day = (Manifest.read(tmp_path / f"{kind}.parquet", lights) for kind in ("dark", "day"))
    assert sorted(name[-2:] for name in dark.table["video_id"].to_pylist()) == ["v0", "v1", "v2"]
    assert len(day) == 7 and {*day[0].labels} == {"running"}
    assert dark.extras()[0]["y_mean"] == pytest.approx(table["y_mean"][table["dark"].to_pylist().index(True)].as_py())
    for picture in ("histogram.png", "contact-sheet.png"):
        assert np.asarray(Image.open(tmp_path / picture)).std() > 5


def test_another_verdict_measures_nothing_again(lights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured(lights, tmp_path)
    for name in ("measure", "measure_at"):
        monkeypatch.setattr(luma, name, lambda *_, **__: pytest.fail("measured again"))
    y = [row["y_frames"] for row in load(tmp_path)]
    for threshold, aggregate in ((63, "mean"), (63, "share"), (40, "median")):
        summary = measured(lights, tmp_path, verdict__threshold=threshold, verdict__aggregate=aggregate)
        dark = {
            "mean": [np.mean(v) <= threshold for v in y],
            "median": [np.median(v) <= threshold for v in y],
            "share": [np.mean(np.asarray(v) <= threshold) >= 0.5 for v in y],
        }[aggregate]
        assert summary["dark"] == sum(dark)
        shares = pq.read_table(tmp_path / "darkness.parquet")["dark_share"].to_pylist()
        assert shares == pytest.approx([np.mean(np.asarray(v) <= threshold) for v in y])


def test_without_dark_videos_their_list_is_empty(lights: Path, tmp_path: Path) -> None:
    assert measured(lights, tmp_path, verdict__threshold=3.0)["dark"] == 0
    assert len(Manifest.read(tmp_path / "dark.parquet", lights)) == 0


def test_the_usual_folder_is_one_for_all_verdicts(lights: Path) -> None:
    manifest = source(lights)
    folders = {
        usual_folder(DarknessStatistics(manifest, changes=changes))
        for changes in ({}, {"verdict.threshold": 3}, {"verdict.aggregate": "median"})
    }
    assert len(folders) == 1
    assert usual_folder(DarknessStatistics(manifest, changes={"measure.frames": "key"})) not in folders


def test_fewer_frames_are_compared_with_all(lights: Path, tmp_path: Path) -> None:
    summary = measured(lights, tmp_path, measure__frames="uniform:1")
    compared = summary["against_all_frames"]
    exact = measured(lights, tmp_path / "exact")
    assert compared["videos"] == 10 and "against_all_frames" not in exact
    ours, theirs = (
        pq.read_table(out / "darkness.parquet")["y_mean"].to_numpy() for out in (tmp_path, tmp_path / "exact")
    )
    assert compared["mean_difference"] == pytest.approx((ours - theirs).mean())
    assert compared["largest_absolute_difference"] == pytest.approx(abs(ours - theirs).max())
    assert compared["other_verdicts"] == int(((ours <= 40) != (theirs <= 40)).sum())


def test_videos_that_are_gone_leave_the_statistics(lights: Path, tmp_path: Path) -> None:
    root = tmp_path / "videos"
    shutil.copytree(lights, root)
    manifest = source(root)
    darkness_statistics(DarknessStatistics(manifest), tmp_path / "out", **QUIET)
    shutil.rmtree(root)
    statistics = DarknessStatistics(manifest, changes={"verdict.threshold": 60.0})
    assert darkness_statistics(statistics, tmp_path / "out", **QUIET)[0]["dark"] == 5
    with pytest.raises(DecodeError):
        statistics[0]


def test_statistics_are_found_where_they_were_written(lights: Path, tmp_path: Path) -> None:
    measured(lights, tmp_path / "out")
    manifest, y = open_statistics(tmp_path / "out")
    assert len(manifest) == 11 and len(y) == 10 and manifest.root == lights
    with pytest.raises(ShardError, match="no darkness statistics here"):
        open_statistics(tmp_path)
