"""Darkness of videos: as rows of a build, of segments, and one at a time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vidsynth import Clip, Manifest, build, darkness, load, read_clip, source, verify
from vidsynth.errors import DecodeError, RecipeError
from vidsynth.generators.darkness import DarknessRecipe, DarknessStatistics
from vidsynth.generators.darkness.recipe import VerdictParams
from vidsynth.generators.darkness.record import Darkness
from vidsynth.recipe import load_values, shipped
from vidsynth.video import decode, luma
from vidsynth.video.index import VideoIndex
from vidsynth.video.luma import measure

MakeVideo = Callable[..., Path]
ALL = ("y_mean", "y_std", "y_min", "y_max", "y_p10", "y_p50", "y_p90", "dark_share", "frames")


def gray(levels: list[float], size: tuple[int, int] = (48, 64)) -> np.ndarray:
    return np.stack([np.full((*size, 3), level, np.uint8) for level in levels])


@pytest.fixture(scope="module")
def lights(tmp_path_factory: pytest.TempPathFactory, make_video: MakeVideo) -> Path:
    """Twelve videos, each of one grey: 5, 15, 25, …; the fifth is broken."""
    root = tmp_path_factory.mktemp("lights")
    for number in range(12):
        make_video(root / f"v{number:02d}.mp4", gray([5 + 10 * number] * 12), options={"crf": "5"})
    (root / "v04.mp4").write_bytes(b"")
    return root


@pytest.fixture(scope="module")
def segmented(tmp_path_factory: pytest.TempPathFactory, make_video: MakeVideo) -> Manifest:
    """One video that grows brighter, 100 frames at 25 a second, in rows of a second; and one row beyond its end."""
    root = tmp_path_factory.mktemp("segmented")
    make_video(root / "a.mp4", gray([20 + 2 * number for number in range(100)]), options={"g": "30", "crf": "5"})
    make_video(root / "b.avi", gray([60] * 30), codec="mpeg4")
    return Manifest.from_columns(
        {
            "video_id": ["a0", "a1", "a2", "a3", "a9", "b0", "b1"],
            "path": ["a.mp4"] * 5 + ["b.avi"] * 2,
            "start_s": [0.0, 1.0, 2.0, 3.0, 9.0, 0.0, 0.4],
            "end_s": [1.0, 2.0, 3.0, None, 10.0, 0.4, 0.8],
            "labels": [["x"], ["y"], ["x"], [], [], ["z"], ["z"]],
        },
        root,
    )


def test_the_statistics_are_those_of_the_frames() -> None:
    y = np.array([3.0, 0.5, 100.0, 40.0, 41.0, 77.0])
    stream = {"seconds": 1.0, "matrix": "bt601", "matrix_assumed": True, "full_range": False, "range_assumed": True}
    found = Darkness.of(y, VerdictParams(), **stream)
    assert found.y_mean == pytest.approx(y.mean()) and found.y_std == pytest.approx(y.std())
    assert (found.y_min, found.y_max) == (0.5, 100.0)
    assert (found.y_p10, found.y_p50, found.y_p90) == pytest.approx(np.quantile(y, [0.1, 0.5, 0.9]))
    assert (found.dark, found.dark_share, found.black_frames, found.frames) == (False, 0.5, 1, 6)
    assert found.y_frames == y.tolist()
    assert Darkness.of(y, VerdictParams(aggregate="share"), **stream).dark
    assert not Darkness.of(y, VerdictParams(aggregate="median"), **stream).dark
    assert Darkness.of(np.full(3, 40.0), VerdictParams(), **stream).dark  # at the threshold, too


def test_a_row_a_video_with_its_verdict(lights: Path, tmp_path: Path) -> None:
    statistics = DarknessStatistics(source(lights), changes={"rows_per_shard": 3})
    shards = build(statistics, tmp_path / "out", workers=0, progress=False)
    rows = {row["key"]: row for row in shards}
    assert sorted(rows) == [f"v{number:02d}" for number in range(12) if number != 4]
    for name, row in rows.items():
        assert row["y_mean"] == pytest.approx(5 + 10 * int(name[1:]), abs=0.6)
        assert row["dark"] == (int(name[1:]) <= 3) and row["frames"] == 12
        assert row["seconds"] == pytest.approx(12 / 25) and len(row["sources"][0]["times"]) == 12
        assert (row["matrix"], row["matrix_assumed"], row["full_range"]) == ("bt601", True, False)
    assert shards.summary["absent"] == 1 and shards.summary["failures"] == {"empty file (0 bytes)": 1}
    assert verify(tmp_path / "out", rerender=5) == []


def test_any_number_of_workers_and_a_resume_leave_the_same_bytes(lights: Path, tmp_path: Path) -> None:
    statistics = DarknessStatistics(source(lights), changes={"rows_per_shard": 2})

    def data(name: str) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (tmp_path / name / "data").iterdir()}

    for workers in (0, 1, 2):
        build(statistics, tmp_path / str(workers), workers=workers, progress=False)
    assert data("0") == data("1") == data("2")
    (tmp_path / "2/data/train-00001-of-00006.arrow").unlink()
    (tmp_path / "2/vidsynth.json").unlink()
    build(statistics, tmp_path / "2", workers=0, progress=False)
    assert data("0") == data("2")


def test_a_whole_video_is_opened_once_and_decoded_once(lights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = luma.open_video
    for module in (luma, decode):
        monkeypatch.setattr(module, "open_video", lambda path: (opened.append(str(path)), real(path))[1])
    monkeypatch.setattr("vidsynth.video.index.probe", lambda *_: pytest.fail("probed"))
    statistics = DarknessStatistics(source(lights))
    assert statistics[1]["frames"] == 12
    assert opened == [str(lights / "v01.mp4")]
    # Its facts were learned in passing: nothing asks the file for them again.
    assert [info.path for info in statistics.videos.fresh] == ["v01.mp4"]
    assert statistics.videos.info("v01.mp4").frames == 12


def test_segments_of_a_file_are_measured_in_one_pass(
    segmented: Manifest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    passes: list[int] = []
    real = luma.measure_at
    monkeypatch.setattr(luma, "measure_at", lambda *a, **k: (passes.append(1), real(*a, **k))[1])
    statistics = DarknessStatistics(segmented)
    shards = build(statistics, tmp_path / "out", workers=0, progress=False)
    assert len(passes) == 2
    rows = {row["key"]: row for row in shards}
    assert sorted(rows) == ["a0", "a1", "a2", "a3", "b0", "b1"]  # a9 alone has no frames
    assert shards.summary["failures"] == {"no frame lies in its segment": 1}
    whole = measure(segmented.root / "a.mp4").y
    parts = [rows[f"a{number}"] for number in range(4)]
    assert [value for part in parts for value in part["y_frames"]] == pytest.approx(whole.tolist(), abs=1e-9)
    assert sum(part["y_mean"] * part["frames"] for part in parts) / 100 == pytest.approx(whole.mean(), abs=1e-9)
    assert [part["seconds"] for part in parts] == pytest.approx([1, 1, 1, 1])
    assert rows["b0"]["frames"] == rows["b1"]["frames"] == 10


def test_files_with_several_rows_stay_in_one_shard(segmented: Manifest) -> None:
    statistics = DarknessStatistics(segmented, changes={"rows_per_shard": 1})
    assert statistics.shards() == [range(5), range(5, 7)]
    assert [statistics.paths(indices) for indices in statistics.shards()] == [["a.mp4"], ["b.avi"]]


def test_per_video_measures_each_file_once_and_whole(segmented: Manifest) -> None:
    statistics = DarknessStatistics(segmented, changes={"measure.per": "video"})
    assert [statistics[index]["frames"] for index in range(len(statistics))] == [100, 30]
    assert [row.labels for row in (statistics.manifest[0], statistics.manifest[1])] == [("x", "y"), ("z",)]
    again = DarknessStatistics(statistics.manifest, statistics.recipe)  # as a worker opens it
    assert again.recipe.hash() == statistics.recipe.hash()


@pytest.mark.parametrize(
    ("frames", "row", "numbers"),
    [
        ("uniform:4", "a.mp4", [12, 37, 62, 87]),
        ("uniform:1", "a.mp4", [50]),
        ("uniform:500", "a.mp4", list(range(100))),
        ("key", "a.mp4", [0, 30, 60, 90]),
        ("key", "a1", [30]),
        ("key", "a0", [0]),
        ("key", "a3", [90]),
        ("uniform:2", "a1", [31, 43]),
    ],
)
def test_fewer_frames(segmented: Manifest, frames: str, row: str, numbers: list[int]) -> None:
    per = "video" if row == "a.mp4" else "segment"
    statistics = DarknessStatistics(segmented, changes={"measure.frames": frames, "measure.per": per})
    index = statistics.manifest.table["video_id"].to_pylist().index("a" if per == "video" else row)
    times = statistics[index]["sources"][0]["times"]
    assert [round(time * 25) for time in times] == numbers


def test_a_segment_without_key_frames_gives_its_middle(make_video: MakeVideo, tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", frames=50, options={"g": "50", "x264-params": "scenecut=0"})
    rows = Manifest.from_columns({"path": ["a.mp4"], "start_s": [1.0], "end_s": [1.4]}, tmp_path)
    sample = DarknessStatistics(rows, changes={"measure.frames": "key"})[0]
    assert [round(time * 25) for time in sample["sources"][0]["times"]] == [30]


def test_a_fraction_and_a_limit_take_some_rows(lights: Path) -> None:
    statistics = DarknessStatistics(source(lights), changes={"source.fraction": 0.5})
    assert len(statistics) == 6 and (np.diff(statistics.rows) > 0).all()
    assert len(DarknessStatistics(source(lights), changes={"limit": 4})) == 4


def test_the_darkness_of_one_video(lights: Path, segmented: Manifest) -> None:
    found = darkness(lights / "v02.mp4")
    assert found.dark and found.y_mean == pytest.approx(25, abs=0.6)
    assert repr(found).startswith("Darkness(dark, y_mean=2")
    assert not darkness(str(lights / "v02.mp4"), threshold=20).dark
    slide = darkness(lights / "v02.mp4", weights="day2dark-slide")
    assert slide.y_mean == pytest.approx(1.03 * found.y_mean, abs=0.01)
    part = darkness(segmented.root / "a.mp4", start_s=1, end_s=2)
    assert part.frames == 25 and part.seconds == pytest.approx(1)
    clip = read_clip(lights / "v02.mp4")
    for held in (clip, clip.frames):
        assert darkness(held).y_mean == pytest.approx(found.y_mean, abs=0.5)
    assert isinstance(clip, Clip) and darkness(clip).seconds == pytest.approx(12 / 25)


def test_what_cannot_be_measured_is_said(lights: Path, segmented: Manifest) -> None:
    with pytest.raises(DecodeError, match="empty file"):
        darkness(lights / "v04.mp4")
    with pytest.raises(DecodeError, match="no frame lies in its segment"):
        darkness(segmented.root / "a.mp4", start_s=50)
    with pytest.raises(RecipeError, match="'some' is not all, key or uniform:N"):
        darkness(lights / "v02.mp4", frames="some")
    with pytest.raises(RecipeError, match="did you mean 'bt601'"):
        darkness(lights / "v02.mp4", weights="bt602")
    with pytest.raises(ValueError, match="frames must be uint8"):
        darkness(np.zeros((2, 4, 4), np.uint8))
    with pytest.raises(RecipeError, match="has no videos"):
        DarknessStatistics(source("none"))
    for wrong in ("uniform", "uniform:0", "uniform:x", "key:3", ""):
        with pytest.raises(RecipeError, match=r"measure\.frames"):
            DarknessRecipe().with_changes({"measure.frames": wrong})


def test_refused_videos_are_not_opened(lights: Path) -> None:
    statistics = DarknessStatistics(source(lights))
    statistics.videos = VideoIndex(lights, refused={"v01.mp4": "killed a worker"})
    with pytest.raises(DecodeError, match="killed a worker"):
        statistics[1]


def test_every_shipped_recipe_is_one() -> None:
    names = [name for name in shipped() if name.startswith("darkness")]
    assert len(names) == 7
    for name in names:
        DarknessRecipe.from_dict(load_values(name), name)


def test_stored_samples_rebuild_their_plans(segmented: Manifest, tmp_path: Path) -> None:
    statistics = DarknessStatistics(segmented)
    build(statistics, tmp_path / "out", workers=0, progress=False)
    for row in load(tmp_path / "out"):
        assert statistics.plan_from_row(row) == statistics.plan(row["index"])
