"""Videos that change, or go, while a build is at work or between its runs: no build mixes old pixels with new."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from vidsynth import TubeletPairs, build, load
from vidsynth.generators.lowlight import LowLight
from vidsynth.jobs.task import Task, build_shard
from vidsynth.shards.folder import BuildFolder
from vidsynth.shards.seen import Seen, contents, from_text, to_text
from vidsynth.sources import source
from vidsynth.video.index import VideoIndex

MakeVideo = Callable[..., Path]
SAID = "changed since the build began: put it back as it was, or build anew into another folder"


@pytest.fixture
def root(twelve: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(twelve, tmp_path / "videos"))


@pytest.fixture
def segments(root: Path, tmp_path: Path) -> Path:
    """A manifest of three segments of each of four videos, so that several shards share a video."""
    file = tmp_path / "segments.csv"
    rows = [
        f"{part}-v{video:02d},walking/v{video:02d}.mp4,{part / 10},{part / 10 + 0.2}"
        for part in range(3)
        for video in (1, 3, 5, 7)
    ]
    file.write_text("\n".join(["video_id,path,start_s,end_s", *rows]) + "\n")
    return file


def clips(segments: Path, root: Path) -> LowLight:
    changes = {"clip.frames": 2, "clip.size": [32, 32], "videos_per_shard": 3}
    return LowLight(source(segments, root=root), changes=changes)


def unfinish(out: Path, *shards: int) -> None:
    """Leave a build as a kill leaves it before these shards were finished."""
    folder = BuildFolder(out)
    folder.summary.unlink()
    for shard in shards:
        folder.unmark({shard})


def failures(out: Path) -> list[dict[str, object]]:
    return pq.read_table(out / "failures.parquet").to_pylist()


def test_a_video_that_changed_between_runs_is_left_out_of_what_is_built_later(
    segments: Path, root: Path, make_video: MakeVideo, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    whole = build(clips(segments, root), out, workers=0, progress=False)
    before = {file.name: file.read_bytes() for file in (out / "data").iterdir()}
    used = [
        {source["path"] for sample in whole if 3 * n <= sample["index"] < 3 * n + 3 for source in sample["sources"]}
        for n in range(4)
    ]
    (shared, *_) = sorted(used[0] & used[3])
    original = (root / shared).read_bytes()
    make_video(root / shared, frames=25, full_range=True)
    unfinish(out, 3)
    again = build(clips(segments, root), out, workers=0, progress=False)
    assert {(row["video"], row["stage"], row["reason"]) for row in failures(out)} == {(shared, "probe", SAID)}
    assert len(again) == 12 - len(failures(out)) and all(9 <= row["index"] < 12 for row in failures(out))
    assert all((out / "data" / name).read_bytes() == data for name, data in before.items() if "00003" not in name)
    # Put back as it was, though with another time of change, it is taken in.
    (root / shared).write_bytes(original)
    os.utime(root / shared, (1, 1))
    build(clips(segments, root), out, workers=0, progress=False, retry_failed=True)
    assert {file.name: file.read_bytes() for file in (out / "data").iterdir()} == before


def test_a_video_that_changes_before_it_was_read_is_nobodys_loss(
    root: Path, make_pairs: Callable[..., TubeletPairs], make_video: MakeVideo, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    build(make_pairs(root), out, workers=0, progress=False)
    (path, *_) = make_pairs(root).paths(make_pairs(root).shards()[2])
    unfinish(out, 2)
    make_video(root / path, frames=18, full_range=True)
    assert len(build(make_pairs(root), out, workers=0, progress=False)) == 12


def test_a_removed_video_costs_the_rows_that_need_it(segments: Path, root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    build(clips(segments, root), out, workers=0, progress=False)
    unfinish(out, 2, 3)
    (root / "walking/v03.mp4").unlink()
    shards = build(clips(segments, root), out, workers=2, progress=False)
    rows = failures(out)
    assert {(row["video"], row["reason"]) for row in rows} == {("walking/v03.mp4", "no such file")}
    assert len(shards) == 12 - len(rows) and all(row["index"] >= 6 for row in rows)


@pytest.mark.parametrize("becomes", ["another", "missing"])
def test_a_video_that_changes_while_its_shard_is_made_is_left_out(
    pairs: TubeletPairs, root: Path, make_pairs: Callable[..., TubeletPairs], make_video: MakeVideo, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, becomes: str,
) -> None:  # fmt: skip
    out = tmp_path / "out"
    build(make_pairs(root), out, workers=0, progress=False)
    unfinish(out, 1)
    victim = make_pairs(root).paths(make_pairs(root).shards()[1])[0]
    info = VideoIndex.info

    def replaced_when_planned(self: VideoIndex, path: str) -> object:
        found = info(self, path)
        if path == victim and becomes == "another":
            make_video(root / victim, frames=30, full_range=True)
        elif path == victim:
            (root / victim).unlink(missing_ok=True)
        return found

    monkeypatch.setattr(VideoIndex, "info", replaced_when_planned)
    build_shard(Task(out, make_pairs(root).recipe.hash(), 1, (), {}))
    monkeypatch.undo()
    done = BuildFolder(out).markers()[1]
    assert {(row.video, row.reason) for row in done.failures} == {
        (victim, SAID if becomes == "another" else "no such file")
    }
    assert done.rows == 3 - len(done.failures) and len(from_text(done.videos)) == 2


def test_a_pipe_among_the_videos_is_not_opened(root: Path, make_pairs: Callable[..., TubeletPairs]) -> None:
    (root / "walking/v01.mp4").unlink()
    os.mkfifo(root / "walking/v01.mp4")
    assert contents(root, ["walking/v01.mp4", "nowhere.mp4"], lambda path: None) == {}


def test_what_was_seen_first_counts() -> None:
    seen = Seen([to_text({"a": 1, "b": 2}), "", "damaged"])
    assert seen.of(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert seen.add(to_text({"c": 3, "a": 1})) and not seen.add(to_text({"c": 4}))
    assert seen.of(["c", "a"]) == {"c": 3, "a": 1}
    many = {f"videos/{number}.mp4": number for number in range(120_000)}
    assert seen.add(to_text(many)) and seen.add(to_text({"videos/7.mp4": 7}))
    assert seen.of(["videos/119999.mp4", "b", "none"]) == {"videos/119999.mp4": 119_999, "b": 2}


def test_a_marker_with_a_flipped_bit_in_its_record_is_known() -> None:
    text = to_text({"a": 1, "b": 2})
    for at in range(len(text)):
        with pytest.raises(ValueError, match=r"."):
            from_text(text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :])


def test_loading_again_needs_no_video(root: Path, make_pairs: Callable[..., TubeletPairs], tmp_path: Path) -> None:
    build(make_pairs(root), tmp_path / "out", workers=0, progress=False)
    shutil.rmtree(root)
    assert len(load(tmp_path / "out")) == 12
