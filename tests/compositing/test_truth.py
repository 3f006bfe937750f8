"""Ground truth against what can be seen in the pictures themselves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.compositing import Tubelet, overlay, truth
from vidsynth.motion.affine import smooth

H, W = 40, 56


def tubelet(seed: int, frames: int = 4, opaque: bool = True) -> Tubelet:
    rng = np.random.default_rng(seed)
    width, height = rng.integers(6, 20, 2)
    patch = np.zeros((height, width, 4), np.uint8)
    patch[..., 3] = 255
    patch[..., :3] = rng.integers(1, 256, 3)
    centers = rng.uniform(-4, 44, (1, frames, 2))
    angle = rng.uniform(-60, 60, (1, frames))
    scale = rng.uniform(0.7, 1.5, (1, frames, 2))
    affine = smooth(np.array([[width, height]], float), centers, scale=scale, angle=angle)[0]
    return Tubelet(patch, affine, np.full(frames, 255 if opaque else 200, np.uint8))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_boxes_hold_every_pixel_that_changed_and_no_more(seed: int) -> None:
    one = tubelet(seed)
    changed = overlay(np.zeros((4, H, W, 3), np.uint8), [one]).any(axis=3)
    for t, (x1, y1, x2, y2) in enumerate(truth.boxes([one], H, W)[0]):
        ys, xs = np.nonzero(changed[t])
        if len(xs) < 20:  # a sliver at the frame's edge may be too thin to show
            continue
        # Bilinear edges reach half a patch pixel further than the patch itself: here up to 1.1 pixels.
        assert np.abs(np.array([xs.min() - x1, ys.min() - y1, xs.max() + 1 - x2, ys.max() + 1 - y2])).max() < 2


def test_tubelets_that_do_not_show_have_empty_boxes() -> None:
    patch = np.full((4, 6, 4), 255, np.uint8)
    affine = np.tile(np.eye(2, 3), (3, 1, 1))
    affine[1, :, 2] = [500, 0]
    one = Tubelet(patch, affine, np.array([255, 255, 0], np.uint8))
    assert truth.boxes([one], H, W)[0].tolist() == [[0, 0, 6, 4], [0, 0, 0, 0], [0, 0, 0, 0]]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.booleans())
def test_masks_say_what_part_of_each_pixel_is_whose(seed: int, opaque: bool) -> None:
    tubelets = [tubelet(seed + k, opaque=opaque) for k in range(3)]
    masks = truth.masks(tubelets, H, W).astype(int)
    # A picture of flat colours is the sum of its parts.
    background = np.full((4, H, W, 3), 90, np.uint8)
    seen = overlay(background, tubelets).astype(int)
    free = 255 - masks.sum(axis=0)
    assert free.min() >= -3
    parts = sum(masks[n][..., None] * tubelets[n].patch[0, 0, :3].astype(int) for n in range(3))
    assert np.abs(seen - (parts + free[..., None] * 90) / 255).max() <= 4


def test_the_layer_is_the_tubelet_on_top() -> None:
    affine = np.tile(np.eye(2, 3), (2, 1, 1))
    solid, shown = np.full((6, 6, 4), 255, np.uint8), np.full(2, 255, np.uint8)
    shifted = affine.copy()
    shifted[:, :, 2] = [3, 0]
    layer = truth.layer(truth.masks([Tubelet(solid, affine, shown), Tubelet(solid, shifted, shown)], 8, 12))
    assert layer[0, 2].tolist() == [1, 1, 1, 2, 2, 2, 2, 2, 2, 0, 0, 0]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6))
def test_flow_carries_pixels_to_where_the_affine_takes_them(seed: int) -> None:
    tubelets = [tubelet(seed), tubelet(seed + 1)]
    layers = truth.layer(truth.masks(tubelets, H, W))
    flow = truth.flow(tubelets, layers)
    assert flow.shape == (3, H, W, 2) and flow.dtype == np.float32
    assert not flow[layers[:-1] == 0].any()
    for t, y, x in np.argwhere(layers[:-1] > 0)[::17]:
        affine = tubelets[layers[t, y, x] - 1].affine
        on_patch = np.linalg.solve(affine[t, :, :2], np.array([x, y]) - affine[t, :, 2])
        then = affine[t + 1, :, :2] @ on_patch + affine[t + 1, :, 2]
        assert np.allclose(flow[t, y, x], then - [x, y], atol=1e-3)


def test_flow_moves_the_pictures_own_content() -> None:
    patch = np.random.default_rng(0).integers(0, 256, (12, 16, 4)).astype(np.uint8)
    patch[..., 3] = 255
    affine = np.tile(np.eye(2, 3), (2, 1, 1))
    affine[0, :, 2], affine[1, :, 2] = [5, 6], [12, 3]
    one = Tubelet(patch, affine, np.full(2, 255, np.uint8))
    frames = overlay(np.zeros((2, H, W, 3), np.uint8), [one])
    layers = truth.layer(truth.masks([one], H, W))
    flow = truth.flow([one], layers)[0]
    for y, x in np.argwhere(layers[0] == 1):
        dx, dy = flow[y, x].astype(int)
        assert (frames[1, y + dy, x + dx] == frames[0, y, x]).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 30))
def test_tracks_stay_on_their_patch_and_follow_the_flow(seed: int, points: int) -> None:
    tubelets = [tubelet(seed), tubelet(seed + 1)]
    layers = truth.layer(truth.masks(tubelets, H, W))
    places, visible = truth.tracks(tubelets, layers, points)
    assert places.shape == (2, points, 4, 2) and visible.shape == (2, points, 4)
    for n, one in enumerate(tubelets):
        h, w, _ = one.patch.shape
        for t in range(4):
            on_patch = np.linalg.solve(one.affine[t, :, :2], (places[n, :, t] - 0.5 - one.affine[t, :, 2]).T).T + 0.5
            assert (on_patch > -1e-3).all() and (on_patch < np.array([w, h]) + 1e-3).all()
            for (x, y), seen in zip(places[n, :, t], visible[n, :, t], strict=True):
                inside = 0 <= x < W and 0 <= y < H
                assert bool(seen) == (inside and layers[t, int(y), int(x)] == n + 1)


def test_tracked_points_lie_on_the_mask_and_apart() -> None:
    patch = np.zeros((20, 20, 4), np.uint8)
    patch[:, 10:] = 255
    affine = np.tile(np.eye(2, 3), (1, 1, 1))
    one = Tubelet(patch, affine, np.full(1, 255, np.uint8))
    places, visible = truth.tracks([one], truth.layer(truth.masks([one], 30, 30)), 12)
    assert places[0, :, 0, 0].min() >= 10 and visible.all()
    distances = np.linalg.norm(places[0, :, None, 0] - places[0, None, :, 0], axis=-1)
    assert distances[~np.eye(12, dtype=bool)].min() > 1


@pytest.mark.parametrize("function", [truth.boxes, truth.masks])
def test_no_tubelets_have_no_truth(function: object) -> None:
    assert function([], H, W).shape[0] == 0  # type: ignore[operator]
