"""Stitched clips of real videos: which frames, both orders, each video decoded once; shards and what they refuse."""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.clip import Box, Clip, ClipRef
from vidsynth.errors import DecodeError, RecipeError, SourceError
from vidsynth.evaluate import Failure, evaluate
from vidsynth.generator import make, recipe_type
from vidsynth.generators.stitched import StitchedClips, StitchedRecipe
from vidsynth.generators.stitched.frames import event_times, middle
from vidsynth.generators.stitched.recipe import EventParams
from vidsynth.jobs.run import build
from vidsynth.jobs.verify import verify
from vidsynth.manifest import Manifest
from vidsynth.shards.reader import load
from vidsynth.splits.before_after import PairRules, from_manifest, pair_up
from vidsynth.video.probe import VideoInfo, probe

SMALL = {"clip.frames": 4, "clip.size": [48, 64]}
# Seconds at 25 frames a second: events of 10, 10, 3 frames, and one that begins after the video's end.
EVENTS = {"running": (0.0, 0.4), "sitting": (0.6, 1.0), "waving": (1.2, 9.0), "gone": (20.0, 21.0)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    root = tmp_path_factory.mktemp("videos")
    for name in ("a.mp4", "b.mp4"):
        make_video(root / name, frames=33, options={"g": "8"})
    (root / "broken.mp4").write_text("not a video")
    return root


def pairs_of(
    folder: Path, *files: str, events: Sequence[str] = ("running", "sitting", "waving"), **rules: Any
) -> Manifest:
    segments = [(file, name, *EVENTS[name]) for file in files for name in events]
    paths, names, starts, ends = zip(*segments, strict=True)
    manifest = Manifest.from_columns(
        {
            "video_id": [f"{path}/{name}" for path, name in zip(paths, names, strict=True)],
            "path": list(paths), "text": list(names), "start_s": list(starts), "end_s": list(ends),
        },
        folder,
    )  # fmt: skip
    return pair_up(from_manifest(manifest), PairRules.from_dict(rules)).manifest(folder)


@pytest.fixture
def clips(folder: Path) -> StitchedClips:
    return StitchedClips(pairs_of(folder, "a.mp4", "b.mp4"), changes=SMALL)


def test_a_clip_shows_one_event_and_then_the_other(clips: StitchedClips, numbers: Callable[..., list[int]]) -> None:
    by_caption = {sample["caption"]: sample for sample in clips if sample["pair_id"].startswith("a/")}
    assert set(by_caption) == {
        "running before sitting", "sitting after running", "running before waving", "waving after running",
        "sitting before waving", "waving after sitting",
    }  # fmt: skip
    # The middles of four equal parts: of frames 0 to 9, of 15 to 24, and of 30 to 32.
    running, sitting, waving = [1, 3, 6, 8], [16, 18, 21, 23], [30, 31, 31, 32]
    shown = {"running": running, "sitting": sitting, "waving": waving}
    for caption, sample in by_caption.items():
        one, relation, other = caption.split()
        first, second = (one, other) if relation == "before" else (other, one)
        assert sample["relation"] == relation
        assert numbers(sample["clip"]) == shown[first] + shown[second]
        assert numbers(sample["reversed_clip"]) == shown[second] + shown[first]
        assert (sample["clip"][sample["reversed_order"]] == sample["reversed_clip"]).all()
        assert (sample["reversed_clip"][sample["reversed_order"]] == sample["clip"]).all()
        assert sample["reversed_caption"] == f"{other} {relation} {one}"
        assert sample["distinct"] == [len(set(shown[first])), len(set(shown[second]))]
        assert sample["first"] == list(EVENTS[first]) and sample["second"] == list(EVENTS[second])
        assert sample["twin_id"] == sample["key"] + "/reversed"


def test_samples_hold_what_the_columns_announce(clips: StitchedClips) -> None:
    sample = clips[0]
    assert set(sample) == {"index", "key", "plan", "sources", *clips.columns}
    assert sample["clip"].shape == clips.columns["clip"].shape == (8, 48, 64, 3)
    alone = StitchedClips(clips.manifest, clips.recipe.with_changes({"reversed_clip": False}))
    assert "reversed_clip" not in alone.columns and "reversed_clip" not in alone[0]
    assert (alone[0]["clip"] == sample["clip"]).all()


def test_each_video_is_decoded_once(clips: StitchedClips, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: Counter[str] = Counter()
    asked: list[ClipRef] = []
    read = clips.read

    def counted(refs: Sequence[ClipRef]) -> Sequence[Clip]:
        reads[refs[0].path] += 1
        asked.extend(refs)
        return read(refs)

    monkeypatch.setattr(clips, "read", counted)
    assert len(list(evaluate(clips, range(len(clips))))) == 12
    assert reads == {"a.mp4": 1, "b.mp4": 1}
    assert len(asked) == len(set(asked)) == 6  # an event is decoded once, for all pairs, relations and both orders


def test_a_plan_goes_into_a_row_and_back(clips: StitchedClips) -> None:
    plan = clips.plan(3)
    assert clips.plan_from_row({"index": 3, "plan": plan.to_row()}) == plan
    with pytest.raises(IndexError):
        clips.plan(12)


def test_an_event_that_shows_no_frame_fails_alone(folder: Path) -> None:
    manifest = pairs_of(folder, "a.mp4", "broken.mp4", events=("running", "sitting", "gone"), relations=["before"])
    found = list(evaluate(StitchedClips(manifest, changes=SMALL), range(6)))
    reasons = [each.reason if isinstance(each, Failure) else each["caption"] for each in found]
    assert reasons[:3] == [
        "running before sitting",
        *["no frame lies in the event from 20 s to 21 s"] * 2,
    ]
    assert all("not a video" in reason for reason in reasons[3:])
    with pytest.raises(DecodeError, match=r"a\.mp4: no frame lies"):
        StitchedClips(manifest, changes=SMALL)[1]


def test_builds_are_verified_resumed_and_equal_to_the_generator(clips: StitchedClips, tmp_path: Path) -> None:
    recipe = clips.recipe.with_changes({"rows_per_shard": 6, "payload.kind": "raw"})
    generator = make(recipe, clips.manifest)
    shards = build(generator, tmp_path / "out", workers=0, progress=False)
    assert [shard["rows"] for shard in shards.summary["shards"]] == [6, 6]
    for position, sample in enumerate(clips):
        stored = shards[position]
        assert (stored["reversed_clip"] == sample["reversed_clip"]).all()
        assert {k: v for k, v in stored.items() if "clip" not in k} == {
            k: v for k, v in sample.items() if "clip" not in k
        }
    assert verify(tmp_path / "out", rerender=12) == []
    before = (tmp_path / "out/data/train-00001-of-00002.arrow").read_bytes()
    (tmp_path / "out/data/train-00001-of-00002.arrow").unlink()
    (tmp_path / "out/vidsynth.json").unlink()
    build(generator, tmp_path / "out", workers=0, progress=False)
    assert (tmp_path / "out/data/train-00001-of-00002.arrow").read_bytes() == before
    assert len(load(tmp_path / "out")) == 12 and (tmp_path / "out/preview.png").exists()


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(1, 12), st.integers(1, 60))
def test_shards_cover_all_rows_and_keep_videos_together(sizes: list[int], rows: int, limit: int) -> None:
    """`sizes` : how many events each video has, each after the other: n (n - 1) / 2 pairs."""
    segments = [(f"v{video}.mp4", event) for video, size in enumerate(sizes) for event in range(size + 1)]
    manifest = Manifest.from_columns(
        {
            "video_id": [f"{path}{event}" for path, event in segments], "path": [path for path, _ in segments],
            "text": [f"e{event}" for _, event in segments],
            "start_s": [2.0 * event for _, event in segments], "end_s": [2.0 * event + 1 for _, event in segments],
        },
        ".",
    )  # fmt: skip
    built = pair_up(from_manifest(manifest), PairRules()).manifest(".")
    clips = StitchedClips(built, changes={"rows_per_shard": rows, "limit": limit})
    shards = clips.shards()
    assert [index for shard in shards for index in shard] == list(range(min(limit, len(built))))
    paths = built.table["path"].to_pylist()
    for one, other in itertools.pairwise(shards):
        assert len(one) <= rows
        whole = paths[one.stop - 1] != paths[other.start]
        # A video is cut only if the shard holds nothing else.
        assert whole or len(set(paths[one.start : one.stop])) == 1
    assert all(clips.paths(shard) == list(dict.fromkeys(paths[shard.start : shard.stop])) for shard in shards)


def info_of(times: Sequence[float]) -> VideoInfo:
    class Info:
        path = "v.mp4"

        def frames_between(self, start_s: float, end_s: float) -> tuple[int, int]:
            return int(np.searchsorted(times, start_s)), int(np.searchsorted(times, end_s))

        def ticks_of(self, numbers: Any) -> Any:
            return numbers

        def seconds(self, ticks: Any) -> Any:
            return np.asarray(times)[ticks]

    return Info()  # type: ignore[return-value]


@settings(max_examples=200)
@given(st.integers(1, 200), st.integers(1, 40), st.one_of(st.none(), st.floats(0.05, 3)))
def test_frames_are_spread_over_the_event_and_never_cut_off(frames: int, wanted: int, stride: float | None) -> None:
    times = [number / 25 for number in range(frames)]
    found = event_times(info_of(times), 0.0, 99.0, EventParams(frames=wanted, stride_s=stride))
    assert len(found) == wanted and list(found) == sorted(found) and set(found) <= set(times)
    if stride is not None and stride * wanted > times[-1]:  # they reach the event's end, one stride after the other
        for number, time in enumerate(found):
            assert time == max(each for each in times if each <= min(stride * number, times[-1]) + 1e-6)
    else:
        part = frames / wanted
        for number, time in enumerate(found):
            assert part * number <= times.index(time) + 1 and times.index(time) < max(part * (number + 1), 1)


@settings(max_examples=200)
@given(st.integers(2, 700), st.integers(2, 700), st.integers(8, 300), st.integers(8, 300))
def test_the_middle_is_inside_even_and_of_the_right_shape(width: int, height: int, across: int, down: int) -> None:
    info: Any = type("Info", (), {"width": width, "height": height})
    box = middle(EventParams(size=(down, across)), info)
    assert min(box.x, box.y) >= 0 and box.x + box.width <= width and box.y + box.height <= height
    assert not any(side % 2 for side in box)
    scale = min(width / across, height / down)
    assert abs(box.width - across * scale) <= 2 and abs(box.height - down * scale) <= 2
    assert abs(2 * box.x + box.width - width) <= 4 and abs(2 * box.y + box.height - height) <= 4
    assert box.width >= width - 2 or box.height >= height - 2


def test_the_middle_of_a_wide_picture() -> None:
    info: Any = type("Info", (), {"width": 340, "height": 256})
    assert middle(EventParams(), info) == Box(42, 0, 256, 256)


def test_the_whole_picture_is_scaled_if_nothing_is_cropped(folder: Path) -> None:
    whole = StitchedClips(pairs_of(folder, "a.mp4"), changes=SMALL | {"clip.size": [32, 32], "clip.crop": "none"})
    assert whole.plan(0).clips[0].crop is None and whole[0]["clip"].shape == (8, 32, 32, 3)
    assert StitchedClips(whole.manifest, changes={"clip.size": [32, 32]}).plan(0).clips[0].crop == Box(8, 0, 48, 48)


def test_it_is_known_by_name_and_refuses_what_is_no_pair(folder: Path, clips: StitchedClips) -> None:
    assert recipe_type("stitched") is StitchedRecipe
    videos = Manifest.from_columns({"path": ["a.mp4"]}, folder)
    with pytest.raises(SourceError, match=r"row 1 \(a\) is no pair: it has no first_start_s, .*vidsynth before-after"):
        StitchedClips(videos)
    with pytest.raises(RecipeError, match="the recipe was made for other videos"):
        StitchedClips(pairs_of(folder, "a.mp4"), clips.recipe)
    with pytest.raises(RecipeError, match="h264 stores even sizes only, not clips of 33x64"):
        StitchedClips(clips.manifest, changes={"clip.size": [33, 64], "payload.kind": "h264"})
    assert probe(folder / "a.mp4").frames == 33
