"""The compiled overlay equals the oracle, byte for byte."""

import hashlib
import math
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.clip import Box
from vidsynth.compositing import Tubelet, overlay
from vidsynth.compositing.cpu import _rows, cut
from vidsynth.compositing.spec import div255, overlay_reference
from vidsynth.compositing.tubelet import MAX_SIDE, quantized_inverse
from vidsynth.motion import masks

LINEAR = ("identity", "quarter", "rotation", "similar", "shear", "mirror", "tiny", "huge", "thin", "singular", "nearly")


def linear_part(kind: str, rng: np.random.Generator) -> np.ndarray:
    turn = rng.uniform(-np.pi, np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    match kind:
        case "identity":
            return np.eye(2)
        case "quarter":
            return np.rint(rotation * 1.4) * 2.0 ** rng.integers(-3, 4)
        case "rotation":
            return rotation
        case "similar":
            return rotation * rng.uniform(0.3, 3)
        case "shear":
            return np.array([[1, rng.uniform(-2, 2)], [rng.uniform(-2, 2), 1]])
        case "mirror":
            return rotation @ np.diag([-1.0, rng.uniform(0.5, 2)])
        case "tiny":
            return rotation * 10.0 ** rng.uniform(-5, -0.5)
        case "huge":
            return rotation * 10.0 ** rng.uniform(0.5, 5)
        case "thin":
            return rotation @ np.diag([10.0 ** rng.uniform(-4, 0), 10.0 ** rng.uniform(0, 3)])
        case "singular":
            return np.outer(rng.normal(size=2), rng.normal(size=2))
    return np.outer([1.0, 2.0], [3.0, 1.0]) + rng.normal(size=(2, 2)) * 10.0 ** rng.uniform(-12, -3)


def random_patch(rng: np.random.Generator, height: int, width: int, kind: str) -> np.ndarray:
    patch = rng.integers(0, 256, (height, width, 4)).astype(np.uint8)
    if kind == "clear":
        return np.zeros_like(patch)
    if kind == "premultiplied":
        patch[..., :3] = div255(patch[..., :3].astype(int) * patch[..., 3:])
    elif kind in ("ellipse", "rhombus", "rectangle"):
        shape = masks.SHAPES.index(kind)
        soft = rng.uniform(0.3, 0.45) if rng.random() < 0.5 else None
        patch[..., 3] = masks.alpha(shape, width, height, soft)
        patch[..., :3] = div255(patch[..., :3].astype(int) * patch[..., 3:])
    elif kind == "dots":
        patch *= rng.random((height, width, 1)) < 0.05
    return patch


def random_tubelet(rng: np.random.Generator, frames: int, height: int, width: int) -> Tubelet:
    kinds = ("any", "premultiplied", "ellipse", "rhombus", "rectangle", "dots", "clear")
    side = (1, 2, 3, 9, 24, 60)
    patch = random_patch(rng, int(rng.choice(side)), int(rng.choice(side)), str(rng.choice(kinds)))
    affine = np.empty((frames, 2, 3))
    for t in range(frames):
        affine[t, :, :2] = linear_part(str(rng.choice(LINEAR)), rng)
        place = rng.uniform(-20, [width + 20, height + 20])
        match rng.integers(0, 5):
            case 0:
                place = np.rint(place)
            case 1:
                place = rng.normal(size=2) * 10.0 ** rng.uniform(2, 7)
        middle = (np.array([patch.shape[1], patch.shape[0]]) - 1) / 2
        affine[t, :, 2] = place - affine[t, :, :2] @ middle * rng.integers(0, 2)
    opacity = np.where(rng.random(frames) < 0.6, rng.integers(0, 256, frames), rng.choice([0, 1, 254, 255], frames))
    return Tubelet(patch, affine, opacity.astype(np.uint8))


def check(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames, height, width = (int(n) for n in rng.integers(1, (4, 41, 61)))
    clip = rng.integers(0, 256, (frames, height, width, 3)).astype(np.uint8)
    tubelets = [random_tubelet(rng, frames, height, width) for _ in range(rng.integers(0, 4))]
    before = clip.copy()
    assert (overlay(clip, tubelets) == overlay_reference(clip, tubelets)).all(), seed
    assert (clip == before).all()


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**63))
def test_overlay_equals_the_oracle(seed: int) -> None:
    check(seed)


def test_two_clips_get_what_each_would_get_alone() -> None:
    rng = np.random.default_rng(1)
    clips = [rng.integers(0, 256, (3, 30, 40, 3)).astype(np.uint8) for _ in range(2)]
    tubelets = [random_tubelet(rng, 3, 30, 40) for _ in range(3)]
    both = overlay(clips, tubelets)
    assert all((out == overlay_reference(clip, tubelets)).all() for out, clip in zip(both, clips, strict=True))
    assert not any(np.shares_memory(out, clip) for out, clip in zip(both, clips, strict=True))


def test_in_place_writes_into_the_clips_given() -> None:
    rng = np.random.default_rng(2)
    clip = rng.integers(0, 256, (2, 20, 20, 3)).astype(np.uint8)
    tubelets = [random_tubelet(rng, 2, 20, 20)]
    want = overlay_reference(clip, tubelets)
    assert overlay(clip, tubelets, inplace=True) is clip
    assert (clip == want).all()
    with pytest.raises(ValueError, match="C-contiguous"):
        overlay(clip[:, ::2], tubelets, inplace=True)


def test_arrays_that_are_not_contiguous_or_not_writable_are_read_right() -> None:
    rng = np.random.default_rng(3)
    clip = rng.integers(0, 256, (2, 20, 40, 3)).astype(np.uint8)[:, :, ::2]
    patch = rng.integers(0, 256, (9, 12, 4)).astype(np.uint8)[::-1, ::2]
    affine, opacity = np.tile(np.eye(2, 3), (4, 1, 1))[::2] + 0.3, np.full(4, 200, np.uint8)[::2]
    for array in (clip, patch, affine, opacity):
        array.flags.writeable = False
    tubelets = [Tubelet(patch, affine, opacity)]
    assert (overlay(clip, tubelets) == overlay_reference(clip, tubelets)).all()
    with pytest.raises(ValueError, match="writable"):
        overlay(np.frombuffer(bytes(36), np.uint8).reshape(1, 3, 4, 3), [], inplace=True)


@pytest.mark.parametrize("shape", [(1, 3, 20_000, 3), (3, 300, 200, 3), (0, 4, 4, 3), (1, 0, 4, 3), (1, 4, 0, 3)])
def test_clips_of_any_size_are_drawn_on(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(7)
    clip = rng.integers(0, 256, shape).astype(np.uint8)
    patch = random_patch(rng, 60, 80, "any")
    affine = np.tile(np.array([[shape[2] / 80, 0.2, -3], [0.1, shape[1] / 60, 0.4]]), (shape[0], 1, 1))
    tubelets = [Tubelet(patch, affine, np.full(shape[0], 255, np.uint8))]
    assert (overlay(clip, tubelets) == overlay_reference(clip, tubelets)).all()


@pytest.mark.parametrize("side", [MAX_SIDE, 40_000])
def test_patches_may_be_as_long_as_coordinates_reach(side: int) -> None:
    rng = np.random.default_rng(8)
    clip = rng.integers(0, 256, (1, 20, 30, 3)).astype(np.uint8)
    for height, width in ((2, side), (side, 2)):
        patch = random_patch(rng, height, width, "premultiplied")
        affine = np.array([[[1, 0, 14.5 - width], [0, 1, 9.5 - height]]])
        tubelets = [Tubelet(patch, affine, np.full(1, 255, np.uint8))]
        assert (overlay(clip, tubelets) == overlay_reference(clip, tubelets)).all()


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**63))
def test_rows_hold_every_pixel_even_where_the_map_is_nearly_singular(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Whole numbers up to 2^28 with m0 m4 - m1 m3 as small as wished (Bezout).
    m0, m3 = (int(n) for n in rng.integers(1, 1 << rng.integers(20, 29), 2))
    common = math.gcd(m0, m3)
    m0, m3 = m0 // common, m3 // common
    determinant = int(rng.integers(1, 1 << rng.integers(1, 24)))
    m4 = pow(m0, -1, m3) * determinant % m3 if m3 > 1 else determinant
    m1 = (m0 * m4 - determinant) // m3
    assert m0 * m4 - m1 * m3 == determinant
    # A corner of the patch, with the pixel of nothing around it, lies on a pixel of the frame.
    height, x, y = (int(n) for n in rng.integers(1, 4000, 3))
    u_limit, v_limit = (int(n) << 16 for n in rng.integers(2, 60, 2))
    u, v = int(rng.choice([0, u_limit])), int(rng.choice([0, v_limit]))
    m2, m5 = u - m0 * x - m1 * y, v - m3 * x - m4 * y
    top, bottom = _rows(np.array([m0, m1, m2, m3, m4, m5]), u_limit, v_limit, height)
    corners = [Fraction(m0 * (v - m5) - m3 * (u - m2), determinant) for u in (0, u_limit) for v in (0, v_limit)]
    first, last = max(math.ceil(min(corners)), 0), min(math.floor(max(corners)), height - 1)
    assert top >= 0 and bottom <= height
    assert first > last or (top <= first and last < bottom)


def test_affines_too_large_for_floats_are_the_same_to_both() -> None:
    clip = np.full((4, 8, 8, 3), 7, np.uint8)
    affine = np.tile(np.eye(2, 3), (4, 1, 1))
    affine[0] *= 1e200
    affine[1, :, 2] = 1e300
    affine[2] *= 1e-320
    affine[3, 0] = [1e300, -1e300, 1e300]
    tubelets = [Tubelet(np.full((3, 3, 4), 255, np.uint8), affine, np.full(4, 255, np.uint8))]
    assert (overlay(clip, tubelets) == overlay_reference(clip, tubelets)).all()


def test_a_patch_a_million_frames_away_is_not_drawn() -> None:
    # The exact inverse of a map at its bounds; the patch lies 2^66 rows below the frame.
    n, far = 2.0**26, 2.0**40
    inverse = np.array([[n, n - 1, far], [n + 1, n, 0.0]])
    affine = np.array([[[n, 1 - n, -n * far], [-n - 1, n, (n + 1) * far]]]) * [[[2.0**16, 2.0**16, 1]]]
    quantized, drawn = quantized_inverse(affine)
    assert drawn.all() and (quantized[0] == inverse.reshape(-1)).all()
    assert _rows(quantized[0], 6 << 16, 6 << 16, 40) == (0, 40)
    clip = np.zeros((1, 40, 40, 3), np.uint8)
    assert not overlay(clip, [Tubelet(np.full((5, 5, 4), 255, np.uint8), affine, np.full(1, 255, np.uint8))]).any()


def test_what_does_not_fit_is_refused() -> None:
    clip = np.zeros((2, 8, 8, 3), np.uint8)
    one = Tubelet(np.zeros((2, 2, 4), np.uint8), np.zeros((3, 2, 3)), np.zeros(3, np.uint8))
    with pytest.raises(ValueError, match="tubelet 0 has 3 frames, the clips have 2"):
        overlay(clip, [one])
    with pytest.raises(ValueError, match="one shape"):
        overlay([clip, clip[:1]], [])
    with pytest.raises(ValueError, match="uint8"):
        overlay(clip.astype(float), [])
    for patch, affine, opacity in (
        (np.zeros((2, 2, 3), np.uint8), one.affine, one.opacity),
        (one.patch, np.full((3, 2, 3), np.nan), one.opacity),
        (one.patch, one.affine, np.zeros(2, np.uint8)),
        (np.zeros((1, MAX_SIDE + 1, 4), np.uint8), one.affine, one.opacity),
        (np.zeros((0, 2, 4), np.uint8), one.affine, one.opacity),
    ):
        with pytest.raises(ValueError, match=r"must be|sides of up to 65535"):
            Tubelet(patch, affine, opacity)


def test_whole_pixel_steps_copy_the_patch() -> None:
    rng = np.random.default_rng(4)
    patch = rng.integers(0, 256, (5, 7, 4)).astype(np.uint8)
    patch[..., 3] = 255
    affine = np.tile(np.eye(2, 3), (1, 1, 1))
    affine[0, :, 2] = [3, 2]
    out = overlay(np.zeros((1, 12, 12, 3), np.uint8), [Tubelet(patch, affine, np.full(1, 255, np.uint8))])
    assert (out[0, 2:7, 3:10] == patch[..., :3]).all()
    assert not out[0, :2].any() and not out[0, :, 10:].any()


def test_the_sampling_is_that_of_opencvs_fixed_point_remap() -> None:
    rng = np.random.default_rng(5)
    patch = rng.integers(0, 256, (20, 24, 4)).astype(np.uint8)
    patch[..., 3] = 255
    turn = 0.4
    affine = np.array([[[np.cos(turn), -np.sin(turn), 9.3], [np.sin(turn), np.cos(turn), 2.6]]])
    inverse, _ = quantized_inverse(affine)
    a, b, c, d, e, f = inverse[0].tolist()
    y, x = np.mgrid[:30, :30]
    u, v = (a * x + b * y + c) >> 11, (d * x + e * y + f) >> 11
    whole = np.stack([u >> 5, v >> 5], axis=-1).astype(np.int16)
    table = ((u & 31) + (v & 31) * 32).astype(np.uint16)
    theirs = cv2.remap(patch, whole, table, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    ours = overlay(np.zeros((1, 30, 30, 3), np.uint8), [Tubelet(patch, affine, np.full(1, 255, np.uint8))])[0]
    assert (ours == theirs[..., :3]).all()


@settings(deadline=None, max_examples=100)
@given(
    st.integers(1, 40), st.integers(1, 40), st.integers(0, 2), st.booleans(), st.integers(0, 2**32),
    st.none() | st.floats(0.0, 0.49),
)  # fmt: skip
def test_cut_is_the_mask_times_the_picture(
    width: int, height: int, shape: int, whole: bool, seed: int, soft: float | None
) -> None:
    frame = np.random.default_rng(seed).integers(0, 256, (50, 60, 3)).astype(np.uint8)
    patch = cut(frame, Box(7, 5, width, height), shape, soft, whole_center=whole)
    alpha = masks.alpha(shape, width, height, soft, whole_center=whole)
    assert (patch[..., 3] == alpha).all()
    color = frame[5 : 5 + height, 7 : 7 + width].astype(int)
    assert (patch[..., :3] == div255(color * alpha[..., None].astype(int))).all()


def test_div255_rounds_to_the_nearest() -> None:
    values = np.arange(255 * 255 + 1)
    assert (div255(values) == np.floor(values / 255 + 0.5)).all()


def test_bytes_do_not_change() -> None:
    digest = hashlib.sha256()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        clip = rng.integers(0, 256, (3, 40, 50, 3)).astype(np.uint8)
        patch = random_patch(rng, 13, 17, "ellipse")
        affine = np.rint(rng.normal(size=(3, 2, 3)) * 64) / 64
        digest.update(overlay(clip, [Tubelet(patch, affine, np.full(3, 230, np.uint8))]).tobytes())
    assert digest.hexdigest()[:16] == "cf4ef59d5e0f5dbf"
