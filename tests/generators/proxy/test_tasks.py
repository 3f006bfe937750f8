"""Proxy tasks over videos whose frames show their own numbers: every label is read back from the pixels."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.clip import Box
from vidsynth.errors import DecodeError, RecipeError
from vidsynth.generators.proxy import (
    TASKS,
    ArrowOfTime,
    ClipOrder,
    InstancePairs,
    MaskedClips,
    Pace,
    Proxy,
    Rotation,
)
from vidsynth.generators.proxy.proxy import black_border, stride_of
from vidsynth.generators.proxy.rotation import inner_square
from vidsynth.manifest import Manifest
from vidsynth.rng import stream
from vidsynth.video.index import VideoIndex

# The whole picture, so that the numbers in its first rows can be read.
WHOLE = {"clip.size": [48, 64], "clip.scales": [[64, 48]], "clip.flip": 0, "payload.kind": "raw"}
FRAMES = (60, 75, 90, 110)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Manifest:
    root = tmp_path_factory.mktemp("videos")
    for number, frames in enumerate(FRAMES):
        make_video(root / f"v{number}.mp4", frames=frames)
    rows = range(len(FRAMES))
    return Manifest.from_columns({"path": [f"v{n}.mp4" for n in rows], "labels": [[f"class {n}"] for n in rows]}, root)


@pytest.fixture
def read_numbers(numbers: Callable[[Any], list[int]]) -> Callable[[Any], list[int]]:
    return numbers


def samples(task: Proxy) -> Iterator[dict[str, Any]]:
    return (task[index] for index in range(len(task)))


def even_steps(shown: list[int]) -> int:
    (step,) = set(np.diff(shown).tolist())
    return step


def test_the_arrow_of_time(folder: Manifest, read_numbers: Callable[[Any], list[int]]) -> None:
    task = ArrowOfTime(folder, changes=WHOLE | {"clip.frames": 8, "clip.strides": [1, 2, 3], "per_video": 6})
    seen: Counter[int] = Counter()
    for sample in samples(task):
        step = even_steps(read_numbers(sample["clip"]))
        assert abs(step) in (1, 2, 3) and (step < 0) == bool(sample["direction"])
        assert sample["caption"] == f"played {'backward' if step < 0 else 'forward'}"
        assert sample["black_border"] == 0
        seen[sample["direction"]] += 1
    assert seen == {0: 12, 1: 12}


def test_pace(folder: Manifest, read_numbers: Callable[[Any], list[int]]) -> None:
    task = Pace(
        folder, changes=WHOLE | {"clip.frames": 6, "pace.paces": [1, 2, 5], "clip.strides": [2], "per_video": 6}
    )
    middles: dict[int, list[float]] = {}
    for sample in samples(task):
        shown = read_numbers(sample["clip"])
        assert even_steps(shown) == 2 * sample["pace"] == 2 * (1, 2, 5)[sample["pace_class"]]
        middles.setdefault(sample["pace"], []).append((shown[0] + shown[-1]) / 2)
    assert [len(middles[pace]) for pace in (1, 2, 5)] == [8, 8, 8]
    assert all(25 <= middle <= 110 - 26 for some in middles.values() for middle in some)  # of the fastest's stretch


def test_where_a_clip_lies_does_not_tell_its_pace(folder: Manifest) -> None:
    task = Pace(folder, changes=WHOLE | {"clip.frames": 6, "pace.paces": [1, 8], "clip.strides": [1], "per_video": 400})
    middles: dict[int, list[float]] = {0: [], 1: []}
    for index in range(len(task)):
        plan = task.plan(index)
        middles[plan.answer[0]].append((plan.clips[0].times[0] + plan.clips[0].times[-1]) / 2)
    one, other = (np.sort(middles[number]) for number in (0, 1))
    assert len(one) == len(other) == 800
    assert np.abs(one - other).max() < 0.2  # seconds, of up to 4.4


def test_clip_order(folder: Manifest, read_numbers: Callable[[Any], list[int]]) -> None:
    task = ClipOrder(folder, changes=WHOLE | {"clip.frames": 5, "order.gap": [3, 7], "per_video": 6})
    seen: Counter[tuple[int, ...]] = Counter()
    gaps = set()
    for sample in samples(task):
        shown = [read_numbers(sample[f"clip{number}"]) for number in (1, 2, 3)]
        assert {even_steps(clip) for clip in shown} == {1}
        assert np.argsort(np.argsort([clip[0] for clip in shown])).tolist() == sample["order"]
        assert list(itertools.permutations(range(3)))[sample["order_class"]] == tuple(sample["order"])
        in_time = sorted(shown)
        gaps |= {after[0] - before[-1] - 1 for before, after in itertools.pairwise(in_time)}
        seen[tuple(sample["order"])] += 1
    assert set(seen.values()) == {4} and len(seen) == 6
    assert gaps == {3, 4, 5, 6, 7}


def test_rotation(folder: Manifest, read_numbers: Callable[[Any], list[int]]) -> None:
    task = Rotation(folder, changes=WHOLE | {"clip.frames": 4, "clip.size": [48, 48], "per_video": 4})
    seen: Counter[int] = Counter()
    for sample, plan in zip(samples(task), map(task.plan, range(16)), strict=True):
        (upright,) = task.read(plan.clips)
        clip, height = sample["clip"], 48
        y, x = 10, 30  # what stood there stands, a quarter clockwise on, where the formula says
        for _ in range(sample["quarters"]):
            y, x = x, height - 1 - y
        assert (clip[:, y, x] == upright.frames[:, 10, 30]).all()
        assert sample["degrees"] == 90 * sample["quarters"]
        crop = plan.clips[0].crop
        assert crop is not None and crop.width == crop.height
        seen[sample["quarters"]] += 1
    assert seen == {0: 4, 1: 4, 2: 4, 3: 4}


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 90), st.integers(1, 90))
def test_a_square_lies_in_the_middle_of_its_crop(x: int, y: int, width: int, height: int) -> None:
    square = inner_square(Box(2 * x, 2 * y, 2 * width, 2 * height))
    assert square.width == square.height == 2 * min(width, height)
    assert square.x % 2 == square.y % 2 == 0
    for start, side, outer_start, outer in (
        (square.x, square.width, 2 * x, 2 * width), (square.y, square.height, 2 * y, 2 * height)
    ):  # fmt: skip
        before, after = start - outer_start, outer_start + outer - start - side
        assert before >= 0 and after - before in (0, 2)


def test_instance_pairs(folder: Manifest, read_numbers: Callable[[Any], list[int]]) -> None:
    task = InstancePairs(
        folder,
        changes=WHOLE | {"clip.frames": 4, "instance.distance_s": [0.5, 1.0], "per_video": 10, "clip.strides": [2]},
    )
    first = 0
    for sample in samples(task):
        one, other = read_numbers(sample["clip1"]), read_numbers(sample["clip2"])
        assert {even_steps(one), even_steps(other)} == {2}
        assert math.isclose(sample["distance_s"], (other[0] - one[0]) / 25, abs_tol=1e-9)
        assert 0.5 - 0.02 <= abs(sample["distance_s"]) <= 1.0 + 0.02
        assert (
            folder[sample["instance"]].video_id == sample["sources"][0]["video_id"] == sample["sources"][1]["video_id"]
        )
        first += sample["distance_s"] > 0
    assert first == 20


@pytest.mark.parametrize(("law", "mean"), [("uniform", 1.0), ("decreasing", 2 / 3)])
def test_distances_follow_their_law(folder: Manifest, law: str, mean: float) -> None:
    changes = {
        "clip.frames": 4,
        "instance.law": law,
        "instance.distance_s": [0, 2],
        "per_video": 500,
        "clip.strides": [1],
    }
    task = InstancePairs(folder, changes=changes)
    pairs = [task.plan(index).clips for index in range(len(task))]
    distances = [abs(one.times[0] - other.times[0]) for one, other in pairs]
    assert abs(np.mean(distances) - mean) < 0.04 and max(distances) <= 2.02
    assert np.mean([one.crop != other.crop for one, other in pairs]) > 0.8


@pytest.mark.parametrize("kind", ["tube", "random", "cuboid"])
def test_masked_clips(folder: Manifest, kind: str) -> None:
    changes = {"clip.frames": 4, "clip.size": [32, 48], "mask.patch": 8, "mask.kind": kind, "mask.ratio": 0.6}
    task = MaskedClips(folder, changes=changes)
    masks = []
    for sample in samples(task):
        mask = sample["token_mask"]
        assert mask.shape == (2, 4, 6) == task.columns["token_mask"].shape and mask.dtype == np.uint8
        assert mask.sum() == (2 * int(0.6 * 24) if kind == "tube" else int(0.6 * 48))
        assert f"{kind}: {mask.sum()} of 48 tokens hidden" == sample["caption"]
        assert (task.token_mask(sample["plan"]["noise"]) == mask).all()
        masks.append(mask.tobytes())
    assert len(set(masks)) == len(masks)


@pytest.mark.parametrize(
    ("task", "changes", "why"),
    [
        (ArrowOfTime, {"clip.frames": 61, "clip.strides": [1]}, "a clip takes 61 frames"),
        (Pace, {"clip.frames": 16, "pace.paces": [1, 4], "clip.strides": [1]}, "pace 4 takes 61 frames"),
        (ClipOrder, {"clip.frames": 16, "order.gap": [8, 20], "clip.strides": [1]}, "a run of 3 clips takes 64 frames"),
        (InstancePairs, {"clip.frames": 4, "instance.distance_s": [2.3, 4]}, "two starts must be 2.3 s apart"),
    ],
)
def test_too_short_videos_give_no_sample_rather_than_a_padded_one(
    task: type[Proxy], changes: dict[str, Any], why: str, folder: Manifest
) -> None:
    made = task(folder, None, changes | {"per_video": 3})
    short = [index for index in range(12) if folder[made._order[index // 3]].path == "v0.mp4"]
    for index in short:
        with pytest.raises(DecodeError) as failed:
            made.plan(index)
        assert (failed.value.path, failed.value.reason) == ("v0.mp4", f"too short: {why}")
    for index in set(range(12)) - set(short):
        assert all(len(set(ref.times)) == len(ref.times) for ref in made.plan(index).clips)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 20), st.integers(1, 200), st.integers(0, 99))
def test_a_stride_fits(strides: list[int], per_stride: int, frames: int, seed: int) -> None:
    fitting = [stride for stride in strides if 1 + stride * per_stride <= frames]
    if fitting:
        assert stride_of(stream(seed, "stride"), tuple(strides), frames, per_stride) in fitting


@pytest.mark.parametrize("count", [2, 3, 6])
def test_answers_are_even_in_every_run_and_not_in_step(count: int, folder: Manifest) -> None:
    task = ArrowOfTime(folder, changes={"per_video": 300})
    answers = [task._answer(index, count) for index in range(1200)]
    for start in range(0, 1200, count):
        assert sorted(answers[start : start + count]) == list(range(count))
    assert Counter(answers[::count]).most_common()[-1][1] > 1200 / count / count / 2  # each place has each answer


def test_borders_are_measured() -> None:
    clip = np.full((3, 40, 60, 3), 200, np.uint8)
    assert black_border(clip) == 0
    clip[:, :4], clip[:, -6:], clip[:, :, :3] = 16, 16, 0
    assert black_border(clip) == 6 / 40
    clip[1, 38, 5] = 90  # lit once is no border
    assert black_border(clip) == 4 / 40
    assert black_border(np.zeros((2, 8, 8, 3), np.uint8)) == 1


@pytest.mark.parametrize(
    ("task", "changes", "message"),
    [
        ("arrow-of-time", {"clip.jitter": True}, "clip: jitter: must be false|clip.jitter: must be false"),
        ("arrow-of-time", {"clip.frames": 1}, "clip.frames: one frame does not move"),
        ("pace", {"pace.paces": [2, 1]}, "paces: must ascend"),
        ("clip-order", {"order.gap": [9, 3]}, "gap: 9 to 3 is empty"),
        ("rotation", {"clip.size": [32, 48]}, "clip.size: must be square to be turned by a quarter, not 32x48"),
        ("instance-pairs", {"instance.distance_s": [3, 1]}, "distance_s: 3.0 to 1.0 is empty"),
        ("masked-clips", {"mask.patch": 15}, "mask.patch: 15 pixels do not divide clips of 224x224"),
        ("masked-clips", {"mask.tubelet": 3}, "mask.tubelet: 3 frames do not divide clips of 16"),
        ("masked-clips", {"mask.ratio": 1}, "mask.ratio: input should be less than 1"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(task: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        TASKS[task](Manifest.from_columns({"path": ["a.mp4"]}, "nowhere"), None, changes)


def test_clips_can_be_left_out(folder: Manifest) -> None:
    for name, task in TASKS.items():
        made = task(folder, None, {"keep_clip": False, "clip.frames": 4})
        held = made[0]
        assert set(made.columns) == set(held) - {"index", "key", "plan", "sources"}, name
        assert not any(key.startswith("clip") for key in held), name


def test_facts_of_a_plan_need_no_pixels(folder: Manifest) -> None:
    task = ArrowOfTime(folder, videos=VideoIndex(folder.root))
    plan = task.plan(3)
    assert plan.labels == folder[task._order[3]].labels and plan.key == "00000003"
