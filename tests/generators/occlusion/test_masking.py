"""From masks of a video to those of a clip: time rules, places, sizes, growth, and what covers them."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.clip import Box, ClipRef
from vidsynth.generators.occlusion.fill import filled
from vidsynth.generators.occlusion.masking import chooser, clip_masks, dilated
from vidsynth.generators.occlusion.occluders import draw_occluders
from vidsynth.generators.occlusion.recipe import FillParams, MaskParams, OccluderParams
from vidsynth.generators.occlusion.regions import Moment, Raster, Region, VideoMasks, moment
from vidsynth.rng import raw16, stream
from vidsynth.video.probe import VideoInfo

ALL = chooser(MaskParams(), None)


def video_masks(times: list[float], pictures: list[np.ndarray]) -> VideoMasks:
    """Masks of one video; each picture holds the numbers of its objects."""

    def regions(number: int) -> tuple[Region, ...]:
        found = [n for n in np.unique(pictures[number]).tolist() if n]
        return tuple(Region(str(n), n, Raster((pictures[number] == n).astype(np.uint8))) for n in found)

    return VideoMasks(np.array(times), 1 / 60, *pictures[0].shape, regions, "masks", lambda numbers: str(numbers))


def pixels(x: int, y: int, side: int, value: int = 1) -> np.ndarray:
    picture = np.zeros((54, 96), np.uint8)
    picture[y : y + side, x : x + side] = value
    return picture


@pytest.mark.parametrize(
    ("rule", "time", "expected"),
    [
        ("exact", 0.1, Moment(0, 0, 0)),
        ("exact", 0.108, Moment(0, 0, 0)),
        ("exact", 0.11, None),
        ("hold", 0.4, Moment(0, 0, 0)),
        ("hold", 0.65, Moment(1, 1, 0)),
        ("hold", 0.0, Moment(0, 0, 0)),
        ("hold", 1.65, None),
        ("hold", 2.5, Moment(2, 2, 0)),
        ("hold", 3.6, None),
        ("interpolate", 0.35, Moment(0, 1, 0.25)),
        ("interpolate", 0.85, Moment(1, 0, 0.25)),
        ("interpolate", 0.13, Moment(0, 1, 0.03)),
        ("interpolate", 1.5, Moment(1, 1, 0)),  # its neighbours are too far apart
        ("interpolate", 1.101, Moment(1, 1, 0)),
        ("interpolate", 1.7, None),
    ],
)
def test_time_rules(rule: str, time: float, expected: Moment | None) -> None:
    masks = video_masks([0.1, 1.1, 3.0], [pixels(0, 0, 3)] * 3)
    found = moment(masks, time, rule, 0.5)
    assert (found is None) == (expected is None)
    if found and expected:
        assert found[:2] == expected[:2] and found.share == pytest.approx(expected.share)


def test_no_masks_at_all_make_no_moment() -> None:
    assert moment(video_masks([], [pixels(0, 0, 1)]), 0.0, "hold", 1) is None


def test_masks_move_and_grow_between_their_neighbours(info: VideoInfo) -> None:
    far = pixels(60, 30, 20) + pixels(0, 0, 5, 2)  # 2 has no like in the first picture
    masks = video_masks([0, 20 / 60], [pixels(10, 10, 10) + pixels(80, 0, 4, 3), far])
    made = clip_masks(masks, info.whole(), info, MaskParams(kind="png", time="interpolate"), ALL)
    assert (made.mask[0] == (masks_of(masks, 0) > 0)).all() and (made.mask[20] == (far > 0)).all()
    for t in range(9):  # as far as the first is the nearer one
        rows, columns = np.nonzero(made.mask[t][:, :78])
        share = t / 20
        assert abs(columns.mean() - (14.5 + share * 55)) < 1 and abs(rows.mean() - (14.5 + share * 25)) < 1
        assert abs(np.sqrt(len(rows)) - (10 + share * 10)) < 1
        assert (made.mask[t][:4, 80:84] == 1).all()
    assert made.names == ("1", "3", "2") and made.sha256 == "[0, 1]"


def masks_of(masks: VideoMasks, number: int) -> np.ndarray:
    canvas = np.zeros((masks.height, masks.width), np.int32)
    for region in masks.regions(number):
        region.shape.draw(canvas, region.class_id)
    return canvas


@settings(deadline=None)  # it draws whole pictures
@given(st.data(), st.integers(2, 27), st.booleans(), st.sampled_from([1, 2]))
def test_masks_lie_where_the_clips_pixels_lie(data: st.DataObject, half: int, flip: bool, factor: int) -> None:
    """At the mask's own resolution, and at a half of it, a cut is a slice."""
    x, y = data.draw(st.integers(0, 96 - 2 * half)), data.draw(st.integers(0, 54 - 2 * half))
    whole = raw16(stream(1, "test"), 54 * 96).reshape(54, 96) % 2
    box = Box(x, y, 2 * half, 2 * half)
    ref = ClipRef("a", "a", (0.0,), box, (2 * half // factor, 2 * half // factor), flip)
    masks = video_masks([0], [whole.astype(np.uint8)])
    made = clip_masks(masks, ref, INFO, MaskParams(kind="png"), ALL).mask[0]
    cut = whole[y + factor // 2 : y + 2 * half : factor, x + factor // 2 : x + 2 * half : factor]
    assert (made == (cut[:, ::-1] if flip else cut)).all()


class _Info:
    """A video of one frame, 96 x 54."""

    width, height, frames, fps = 96, 54, 1, 60.0

    def frame_ticks(self, times: tuple[float, ...]) -> np.ndarray:
        return np.zeros(len(times), np.int64)

    def seconds(self, ticks: np.ndarray) -> np.ndarray:
        return ticks / 60


INFO: Any = _Info()


def test_area_scales_with_the_resolution_squared(
    tmp_path: Path, info: VideoInfo, write_visor: Any, entity: Any
) -> None:
    from vidsynth.generators.occlusion.visor import Visor

    blob = [[960 + 400 * np.cos(a), 540 + 300 * np.sin(a)] for a in np.linspace(0, 6.2, 50)]
    write_visor(tmp_path, "P01_01", {1: [entity("blob", 5, blob)]})
    masks = Visor(tmp_path, dense=False).find(["P01_01"], info)
    assert masks is not None
    shares = []
    for height, width in ((1080, 1920), (540, 960), (270, 480), (224, 398), (135, 240)):
        ref = ClipRef("a", "a", (0.0,), None, (height, width))
        shares.append(clip_masks(masks, ref, info, MaskParams(kind="visor-sparse"), ALL).mask.mean())
    assert 0.15 < shares[0] < 0.2 and np.abs(np.array(shares) / shares[0] - 1).max() < 0.01


def test_the_union_of_objects_is_what_hiding_all_hides(info: VideoInfo) -> None:
    picture = pixels(5, 5, 20)
    picture[15:40, 15:40] = 2
    picture[20:25, 10:60] = 3
    masks = video_masks([0], [picture])

    def hidden(*classes: str) -> np.ndarray:
        params = MaskParams(kind="png", objects="classes", classes=classes)
        return clip_masks(masks, info.whole(), info, params, chooser(params, None)).mask

    assert (hidden("1", "2", "3") == (hidden("1") | hidden("2") | hidden("3"))).all()
    assert (hidden("1", "3") == (hidden("1") | hidden("3"))).all() and not (hidden("1") & hidden("2")).any()


def test_names_are_of_what_is_seen_in_the_clip(info: VideoInfo) -> None:
    masks = video_masks([0], [pixels(5, 5, 10) + pixels(60, 30, 10, 2)])
    ref = ClipRef("a", "a", (0.0,), Box(0, 0, 40, 40), (40, 40))
    assert clip_masks(masks, ref, info, MaskParams(kind="png"), ALL).names == ("1",)
    nothing = ClipRef("a", "a", (0.0,), Box(0, 20, 20, 20), (20, 20))
    made = clip_masks(masks, nothing, info, MaskParams(kind="png"), ALL)
    assert not made.mask.any() and made.names == ()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 6), st.integers(0, 1000))
def test_growth_is_by_a_disc(radius: int, seed: int) -> None:
    mask = (raw16(stream(seed, "test"), 2 * 15 * 20).reshape(2, 15, 20) % 50 == 0).astype(np.uint8)
    y, x = np.mgrid[:15, :20]
    slow = np.zeros_like(mask)
    for t, row, column in np.argwhere(mask):
        slow[t] |= (y - row) ** 2 + (x - column) ** 2 <= radius**2
    assert (dilated(mask, radius) == slow).all()


# --- what covers them ---


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return (raw16(stream(0, "test"), 3 * 20 * 24 * 3) >> 8).astype(np.uint8).reshape(3, 20, 24, 3)


FILLS = [FillParams(kind=kind) for kind in ("zero", "mean", "noise", "blur")] + [FillParams(dark_factor=0.2)]


@pytest.mark.parametrize("params", FILLS, ids=str)
def test_outside_the_mask_every_byte_stays(params: FillParams, frames: np.ndarray) -> None:
    mask = (raw16(stream(2, "test"), 3 * 20 * 24) % 3 == 0).astype(np.uint8).reshape(3, 20, 24)
    before = frames.copy()
    out = filled(frames, mask, params, 1)
    assert (out[mask == 0] == frames[mask == 0]).all() and (out[mask == 1] != frames[mask == 1]).mean() > 0.9
    assert (frames == before).all() and not np.shares_memory(out, frames)
    assert (filled(frames, np.zeros_like(mask), params, 1) == frames).all()


def test_fills(frames: np.ndarray) -> None:
    mask = np.zeros((3, 20, 24), np.uint8)
    mask[:, 4:15, 5:20] = 1

    def inside(**params: Any) -> np.ndarray:
        return filled(frames, mask, FillParams(**params), 7)[:, 4:15, 5:20]

    here = frames[:, 4:15, 5:20].astype(float)
    assert (inside() == 0).all()
    assert (inside(dark_factor=1) == here).all() and np.abs(inside(dark_factor=0.2) - 0.2 * here).max() <= 1
    assert np.abs(inside(kind="mean").reshape(-1, 3) - frames.mean((0, 1, 2))).max() <= 0.5
    noise = inside(kind="noise")
    assert 118 < noise.mean() < 137 and (noise[0] != noise[1]).mean() > 0.9
    blurred = inside(kind="blur", blur_px=2)
    assert blurred.std() < here.std() / 3 and abs(blurred.mean() - here.mean()) < 3
    padded = np.pad(frames[0].astype(int), ((2, 2), (2, 2), (0, 0)), "edge")
    once = sum(padded[a : a + 20, b : b + 24] for a in range(5) for b in range(5))
    padded = np.pad((once + 12) // 25, ((2, 2), (2, 2), (0, 0)), "edge")
    twice = (sum(padded[a : a + 20, b : b + 24] for a in range(5) for b in range(5)) + 12) // 25
    assert (blurred[0] == twice[4:15, 5:20]).all()


def test_fill_bytes_do_not_change(frames: np.ndarray) -> None:
    mask = (raw16(stream(2, "test"), 3 * 20 * 24) % 3 == 0).astype(np.uint8).reshape(3, 20, 24)
    made = b"".join(filled(frames, mask, params, 1).tobytes() for params in FILLS)
    assert hashlib.sha256(made).hexdigest()[:16] == "78cd7f2be42f5cce"


# --- occluders ---


@pytest.mark.parametrize("motion", ["none", "linear", "nonlinear"])
def test_occluders_are_of_the_size_asked_for_and_move(motion: Any) -> None:
    params = OccluderParams(side=(0.3, 0.3), motion=motion, shapes=(1, 0, 0))
    for index in range(20):
        mask = draw_occluders(stream(0, "test", index), params, 16, 40, 60)
        assert mask.shape == (16, 40, 60) and set(np.unique(mask)) == {0, 1}
        sizes = mask.sum((1, 2))
        assert sizes.max() == 12 * 12 and (motion == "nonlinear" or sizes.min() == 12 * 12)
        assert (mask[0] != mask[15]).any() == (motion != "none")


@pytest.mark.parametrize("size", [(8, 8), (8, 200)])
def test_occluders_as_large_as_the_picture(size: tuple[int, int]) -> None:
    for index in range(10):
        params = OccluderParams(side=(1, 1), count=5, amplitude=(0, 1), motion="nonlinear")
        assert draw_occluders(stream(0, "test", index), params, 4, *size).any()


def test_occluders_do_not_change() -> None:
    masks = [
        draw_occluders(stream(3, "test", index), OccluderParams(count=3, motion=motion), 8, 40, 60).tobytes()
        for index, motion in enumerate(("none", "linear", "nonlinear"))
    ]
    assert hashlib.sha256(b"".join(masks)).hexdigest()[:16] == "a4dfbee0016495e3"
