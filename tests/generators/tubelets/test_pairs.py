"""Tubelet pairs of real videos: partners, blocks, rendering, the exact preset against the authors' loop."""

import hashlib
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.clip import Clip
from vidsynth.errors import DecodeError
from vidsynth.evaluate import Failure, evaluate
from vidsynth.generator import make, recipe_type
from vidsynth.generators.tubelets import TubeletPairs, TubeletRecipe
from vidsynth.generators.tubelets.plan import PairPlan
from vidsynth.manifest import Manifest
from vidsynth.motion.masks import alpha
from vidsynth.video.decode import read_clips

SMALL = {"clip.frames": 8, "clip.size": [32, 48], "tubelets.box_scales": [8, 12], "tubelets.amplitude": [6, 24]}


def names_only(videos: int, **changes: object) -> TubeletPairs:
    """Return pairs of files that are not there: enough for what needs no pixels."""
    manifest = Manifest.from_columns({"path": [f"{n:05d}.mp4" for n in range(videos)]}, "nowhere")
    return TubeletPairs(manifest, changes={f"pairs.{key}": value for key, value in changes.items()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    root = tmp_path_factory.mktemp("videos")
    for number in range(7):
        make_video(root / f"v{number}.mp4", frames=20 + 5 * number, size=(48 + 8 * (number % 2), 64))
    return root


@pytest.fixture
def pairs(folder: Path) -> TubeletPairs:
    return TubeletPairs(Manifest.from_columns({"path": [f.name for f in folder.iterdir()]}, folder), changes=SMALL)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 300), st.integers(1, 5), st.integers(2, 40), st.integers(0, 2**40))
def test_shards_cover_all_samples_and_hold_their_partners(videos: int, per_video: int, block: int, seed: int) -> None:
    manifest = Manifest.from_columns({"path": [f"{n:05d}.mp4" for n in range(videos)]}, "nowhere")
    pairs = TubeletPairs(
        manifest, changes={"pairs.per_video": per_video, "pairs.videos_per_shard": block, "seed": seed}
    )
    shards = pairs.shards()
    assert [index for shard in shards for index in shard] == list(range(videos * per_video)) == list(range(len(pairs)))
    seen: list[str] = []
    for shard in shards:
        paths = pairs.paths(shard)
        assert len(set(paths)) == len(paths) == len(shard) // per_video >= 2
        seen += paths
    assert sorted(seen) == [f"{n:05d}.mp4" for n in range(videos)]


def test_partners_are_never_the_same_video_and_as_often_any_other(pairs: TubeletPairs) -> None:
    met: Counter[tuple[str, str]] = Counter()
    for seed in range(60):
        again = TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"seed": seed}), videos=pairs.videos)
        for index in range(len(again)):
            first, second = (ref.video_id for ref in again.plan(index).clips)
            assert first != second
            met[first, second] += 1
    assert len(met) == 7 * 6
    assert max(met.values()) < 4 * 60 / 6 / 1.5


def test_each_clip_serves_two_pairs(pairs: TubeletPairs) -> None:
    used = Counter(ref for index in range(len(pairs)) for ref in pairs.plan(index).clips)
    assert set(used.values()) == {2}


def test_the_baseline_takes_two_clips_of_one_video(pairs: TubeletPairs) -> None:
    baseline = TubeletPairs(pairs.manifest, changes=SMALL | {"pairs.partner": "same", "tubelets.count": 0})
    sample = baseline[3]
    first, second = baseline.plan(3).clips
    assert first.video_id == second.video_id and first != second
    clips = read(baseline, baseline.plan(3))
    assert (sample["clip1"] == clips[0].frames).all() and (sample["clip2"] == clips[1].frames).all()


def test_smaller_fractions_lie_within_larger_ones() -> None:
    manifest = Manifest.from_columns({"path": [f"{n:05d}.mp4" for n in range(400)]}, "nowhere")
    taken = []
    for fraction in (0.05, 0.25, 1.0):
        pairs = TubeletPairs(manifest, changes={"source.fraction": fraction})
        taken.append({path for shard in pairs.shards() for path in pairs.paths(shard)})
    assert [len(paths) for paths in taken] == [20, 100, 400]
    assert taken[0] < taken[1] < taken[2]


def test_a_limit_cuts_the_sequence_and_changes_no_sample(pairs: TubeletPairs) -> None:
    some = TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"limit": 3}))
    assert len(some) == 3 and [len(shard) for shard in some.shards()] == [3]
    assert (some[2]["clip2"] == pairs[2]["clip2"]).all()


def test_a_million_pairs_are_planned_without_a_million_of_anything() -> None:
    pairs = names_only(200_000, per_video=5)
    assert len(pairs) == 1_000_000
    assert sum(len(shard) for shard in pairs.shards()) == 1_000_000
    assert len(pairs.paths(pairs.shards()[-1])) >= 2


def test_samples_hold_what_the_columns_announce(pairs: TubeletPairs) -> None:
    every = TubeletPairs(
        pairs.manifest, pairs.recipe.with_changes({"truth": ["boxes", "masks", "flow", "tracks"], "track_points": 5})
    )
    sample = every[1]
    for name, column in every.columns.items():
        assert sample[name].shape == column.shape, name
        assert sample[name].dtype == getattr(column, "dtype", "uint8"), name
    assert set(sample) == {"index", "key", "plan", "sources", *every.columns}
    for source, ref in zip(sample["sources"], every.plan(1).clips, strict=True):
        assert source["video_id"] == ref.video_id and len(source["times"]) == 8
    assert (sample["clip1"] == pairs[1]["clip1"]).all()  # truth costs no pixel


def test_samples_are_the_same_in_any_order_and_process_of_thought(pairs: TubeletPairs) -> None:
    forward = [digest(pairs[index]) for index in range(len(pairs))]
    again = TubeletPairs(pairs.manifest, pairs.recipe)
    assert [digest(again[index]) for index in reversed(range(len(pairs)))][::-1] == forward
    assert [digest(sample) for sample in evaluate(again, range(len(again)))] == forward  # type: ignore[arg-type]
    assert len(set(forward)) == len(forward)


def test_another_seed_gives_other_samples(pairs: TubeletPairs) -> None:
    other = TubeletPairs(pairs.manifest, pairs.recipe.with_changes({"seed": 1}))
    assert digest(other[0]) != digest(pairs[0])


def test_indices_outside_are_refused(pairs: TubeletPairs) -> None:
    for index in (-1, len(pairs)):
        with pytest.raises(IndexError, match="outside 0 to 6"):
            pairs[index]


def test_a_plan_from_its_row_renders_the_same(pairs: TubeletPairs) -> None:
    sample = pairs[4]
    plan = pairs.plan_from_row(sample)
    again = pairs.render(plan, read(pairs, plan))
    assert (again["clip1"] == sample["clip1"]).all() and (again["clip2"] == sample["clip2"]).all()


def test_generators_are_found_by_name(pairs: TubeletPairs) -> None:
    assert recipe_type("tubelets") is TubeletRecipe
    assert digest(make(pairs.recipe, pairs.manifest)[0]) == digest(pairs[0])


def test_a_broken_video_costs_its_own_rows_alone(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "broken.mp4").write_bytes(b"not a video at all" * 20)
    manifest = Manifest.from_columns({"path": [f.name for f in tmp_path.iterdir()]}, tmp_path)
    pairs = TubeletPairs(manifest, changes=SMALL)
    results = list(evaluate(pairs, range(len(pairs))))
    failures = [result for result in results if isinstance(result, Failure)]
    assert len(results) == 8 and len(failures) == 2
    assert {failure.video for failure in failures} == {"broken.mp4"}
    assert {failure.stage for failure in failures} == {"probe"}
    with pytest.raises(DecodeError, match=r"broken\.mp4"):
        pairs[failures[0].index]


def test_the_exact_preset_is_the_authors_loop_inside_the_frame(pairs: TubeletPairs) -> None:
    exact = TubeletPairs(pairs.manifest, changes=SMALL | {"tubelets.arithmetic": "exact", "tubelets.opacity": [1, 1]})
    inside = crossing = 0
    for index in range(len(exact)):
        plan = exact.plan(index)
        clips = read(exact, plan)
        for tubelet in plan.tubelets:
            one = PairPlan(index, plan.clips, (tubelet,))
            ours = exact.render(one, clips)["clip2"].astype(int)
            source = clips[0].frames[tubelet.frame]
            for t in range(8):
                if not tubelet.opacity[t]:
                    continue
                theirs, mask = authors_frame(clips[1].frames[t], source, tubelet, t)
                if mask is None:
                    crossing += 1
                    continue
                inside += 1
                # The authors resample twice (resize, then rotate), we once: pixels differ by a little.
                covered, free = mask > 0.95, mask == 0
                close = cv2.erode(covered.astype(np.uint8), np.ones((3, 3))) > 0
                assert np.abs(theirs - ours[t])[close].mean() < 6 if close.any() else True
                far = cv2.erode(free.astype(np.uint8), np.ones((3, 3))) > 0
                assert (ours[t] == clips[1].frames[t])[far].all()
    assert inside > 20 and crossing > 5


def authors_frame(
    frame: np.ndarray, source: np.ndarray, tubelet: object, t: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Paste one tubelet as the authors' loop does: resize to the box, turn into a grown canvas, paste.

    Returns the frame and the mask [H, W] as pasted; None where the canvas crosses the border (there their loop
    pastes the canvas's top left part into what is visible).
    """
    x, y, width, height = tubelet.box
    matrix = tubelet.affine[t]
    angle = round(math.degrees(math.atan2(matrix[1, 0], matrix[0, 0])))
    sides = np.sqrt((matrix[:, :2] ** 2).sum(axis=0)) * [width, height]
    box_width, box_height = (round(side) for side in sides)
    patch = cv2.resize(source[y : y + height, x : x + width], (box_width, box_height), interpolation=cv2.INTER_LINEAR)
    mask = alpha(tubelet.shape, width, height, tubelet.soft_from, whole_center=True)
    mask = cv2.resize(mask.astype(np.float32) / 255, (box_width, box_height), interpolation=cv2.INTER_LINEAR)
    turn = cv2.getRotationMatrix2D((box_width / 2, box_height / 2), -angle, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    grown = int(box_height * sin + box_width * cos + 1e-9), int(box_height * cos + box_width * sin + 1e-9)
    turn[:, 2] += [grown[0] / 2 - box_width / 2, grown[1] / 2 - box_height / 2]
    patch, mask = cv2.warpAffine(patch, turn, grown), cv2.warpAffine(mask, turn, grown)
    # The box's own middle, from where our affine carries the patch's middle.
    center = matrix[:, :2] @ [(width - 1) / 2, (height - 1) / 2] + matrix[:, 2] + 0.5
    left, top = (round(center[axis] - grown[axis] / 2) for axis in (0, 1))
    if left < 0 or top < 0 or left + grown[0] > frame.shape[1] or top + grown[1] > frame.shape[0]:
        return frame, None
    out, covered = frame.astype(float), np.zeros(frame.shape[:2])
    part = out[top : top + grown[1], left : left + grown[0]]
    part[...] = part * (1 - mask[..., None]) + patch * mask[..., None]
    covered[top : top + grown[1], left : left + grown[0]] = mask
    return np.rint(out).astype(int), covered


def test_a_patch_that_crosses_the_border_is_cut_there_not_shifted(pairs: TubeletPairs) -> None:
    """The one difference from the authors' code: theirs shows the patch's top left part instead."""
    plan = pairs.plan(0)
    tubelet = plan.tubelets[0]
    x, y, width, height = tubelet.box
    affine = np.tile(np.eye(2, 3), (8, 1, 1))
    affine[:, :, 2] = [-width // 2, 5]  # the left half is outside
    moved = type(tubelet)(tubelet.frame, tubelet.box, 0, None, affine, np.full(8, 255, np.uint8))
    clips = read(pairs, plan)
    shown = pairs.render(PairPlan(0, plan.clips, (moved,)), clips)["clip2"]
    patch = clips[0].frames[tubelet.frame, y : y + height, x : x + width]
    visible = width - (width + 1) // 2
    right, left = patch[:, width - visible :], patch[:, :visible]
    got = shown[0, 5 : 5 + height, :visible]
    assert (got == right[: len(got)]).all()
    assert not (got == left[: len(got)]).all()


def test_bytes_do_not_change(folder: Path) -> None:
    """Rendering is integer: given decoded frames, every machine makes these bytes."""
    manifest = Manifest.from_columns({"path": ["v0.mp4", "v1.mp4"]}, folder)
    pairs = TubeletPairs(manifest, changes=SMALL | {"tubelets.count": 3, "tubelets.transforms": ["scale", "rotation"]})
    plan = pairs.plan(0)
    y, x = np.mgrid[:32, :48]
    made = [
        np.stack([np.stack([x * 5, y * 7, x * y + 9 * t + 60 * k], -1) for t in range(8)]).astype(np.uint8)
        for k in (0, 1)
    ]
    clips = [Clip(frames, np.zeros(8), ref) for frames, ref in zip(made, plan.clips, strict=True)]
    assert digest(pairs.render(plan, clips)) == "a35f3eef8033f122"


def read(pairs: TubeletPairs, plan: PairPlan) -> list[Clip]:
    root = pairs.manifest.root
    return [read_clips(root / ref.path, pairs.videos.info(ref.path), [ref])[0] for ref in plan.clips]


def digest(sample: dict[str, np.ndarray]) -> str:
    both = hashlib.sha256(sample["clip1"].tobytes() + sample["clip2"].tobytes())
    return both.hexdigest()[:16]
