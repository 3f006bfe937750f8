"""Plans of tubelets: the paper's statistics, both arithmetics, determinism, rows."""

import hashlib
import itertools
import math

import numpy as np
import pyarrow as pa
import pytest

from vidsynth.clip import Box, ClipRef
from vidsynth.generators.tubelets import TubeletRecipe
from vidsynth.generators.tubelets.plan import PLAN_TYPE, PairPlan, TubeletPlan, plan_tubelets
from vidsynth.generators.tubelets.recipe import TubeletParams
from vidsynth.manifest import Manifest
from vidsynth.rng import stream


def params(size: int = 112, **changes: object) -> TubeletParams:
    manifest = Manifest.from_columns({"path": ["a.mp4", "b.mp4"]}, "nowhere")
    asked = {f"tubelets.{key}": value for key, value in changes.items()} | {"clip.size": [size, size]}
    return TubeletRecipe().with_changes(asked).resolve(manifest).tubelets


def plans(pairs: int, frames: int = 16, size: int = 112, **changes: object) -> list[tuple[TubeletPlan, ...]]:
    asked = params(size, **changes)
    return [plan_tubelets(stream(n, "t"), asked, frames, size, size) for n in range(pairs)]


def centers(tubelet: TubeletPlan) -> np.ndarray:
    _, _, width, height = tubelet.box
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    return tubelet.affine[:, :, :2] @ middle + tubelet.affine[:, :, 2] + 0.5


def angles(tubelet: TubeletPlan) -> np.ndarray:
    return np.rad2deg(np.arctan2(tubelet.affine[:, 1, 0], tubelet.affine[:, 0, 0]))


def test_statistics_are_those_of_the_paper() -> None:
    drawn = [tubelet for pair in plans(1500) for tubelet in pair]
    assert len(drawn) == 3000
    shapes = np.bincount([tubelet.shape for tubelet in drawn], minlength=3) / len(drawn)
    assert np.allclose(shapes, [0.5, 0.35, 0.15], atol=0.04)
    soft = [tubelet.soft_from for tubelet in drawn if tubelet.soft_from is not None]
    assert abs(len(soft) / len(drawn) - 0.5) < 0.04
    assert min(soft) >= 0.30 and max(soft) <= 0.45
    opacity = np.concatenate([tubelet.opacity for tubelet in drawn]) / 255
    assert opacity.min() >= 0.8 - 1 / 255 and opacity.max() <= 1
    cut_at = np.bincount([tubelet.frame for tubelet in drawn], minlength=16) / len(drawn)
    assert np.allclose(cut_at, 1 / 16, atol=0.02)


def test_nonlinear_paths_reach_as_far_as_their_amplitude() -> None:
    reach = np.array([np.ptp(centers(tubelet), axis=0) for pair in plans(500, transforms=[]) for tubelet in pair])
    assert reach.max() <= 90.01
    # 16 of 48 points miss the very ends of a path by little.
    assert reach.min() > 12
    assert abs(reach.max(axis=1).mean() - 55) < 4
    # One amplitude for both axes.
    assert np.abs(reach[:, 0] - reach[:, 1]).mean() < 4


def test_rotation_starts_at_zero_and_stays_within_six_degrees_a_frame() -> None:
    turned = np.array([angles(tubelet) for pair in plans(800) for tubelet in pair])
    assert np.allclose(turned[:, 0], 0, atol=1e-3)
    assert np.abs(turned).max() <= 90.001
    assert abs(turned[:, -1].mean()) < 3
    assert turned[:, -1].std() > 30


def test_boxes_have_the_authors_42_shapes_with_jitter() -> None:
    asked = params()
    drawn = np.array([tubelet.box[2:] for pair in plans(800, transforms=[]) for tubelet in pair], float)
    area = np.sqrt(drawn.prod(axis=1))
    assert area.min() > 16 * math.exp(-0.18) - 1 and area.max() < 64 * math.exp(0.18) + 1
    assert asked.box_scales is not None
    ratio = drawn[:, 0] / drawn[:, 1]
    assert 0.3 < ratio.min() < 0.5 and 2.0 < ratio.max() < 3.2


def test_scale_lies_between_a_half_and_one_and_a_half_of_the_first_frame() -> None:
    for pair in plans(300, transforms=["scale"]):
        for tubelet in pair:
            sides = tubelet.affine[:, [0, 1], [0, 1]]
            relative = sides / sides[0]
            assert relative.min() > 0.5 - 1e-4 and relative.max() < 1.5 + 1e-4
            assert np.allclose(tubelet.affine[:, [0, 1], [1, 0]], 0)
            assert np.allclose(sides[tubelet.frame], 1, atol=1e-5)  # where it was cut it is not resampled


def test_shear_stays_within_its_speed() -> None:
    for pair in plans(300, transforms=["shear"]):
        for tubelet in pair:
            assert np.allclose(tubelet.affine[0, :, :2], np.eye(2))
            assert np.abs(tubelet.affine[:, 0, 1]).max() <= 0.066 * 15 + 1e-5


def test_still_tubelets_stand_still_inside_the_frame() -> None:
    for pair in plans(200, motion="none", transforms=[]):
        for tubelet in pair:
            assert (tubelet.affine == tubelet.affine[0]).all()
            x, y = centers(tubelet)[0]
            _, _, width, height = tubelet.box
            assert width / 2 - 1 <= x <= 112 - width / 2 + 1 and height / 2 - 1 <= y <= 112 - height / 2 + 1


def test_linear_motion_keeps_its_speed_and_the_frame() -> None:
    for pair in plans(300, motion="linear", transforms=[], key_laws=[1, 0, 0]):
        for tubelet in pair:
            path = centers(tubelet)
            assert np.abs(np.diff(path, axis=0)).max() <= 5 + 1e-4
            assert path.min() >= 0 and path.max() <= 112


def test_larger_tubelets_are_drawn_first() -> None:
    for pair in plans(200, count=3, transforms=[]):
        areas = [tubelet.box.width * tubelet.box.height for tubelet in pair]
        assert all(a * 1.1 + 8 >= b for a, b in itertools.pairwise(areas))


def test_exact_places_whole_pixels_and_whole_degrees() -> None:
    for pair in plans(100, arithmetic="exact", transforms=["rotation"]):
        for tubelet in pair:
            shown = tubelet.opacity > 0
            matrix = tubelet.affine[shown][:, :, :2]
            # The sides' lengths are those of whole-pixel boxes, the angle is whole.
            sides = np.sqrt((matrix**2).sum(axis=1)) * [tubelet.box.width, tubelet.box.height]
            assert np.allclose(sides, np.rint(sides), atol=1e-3)
            angle = np.rad2deg(np.arctan2(matrix[:, 1, 0], matrix[:, 0, 0]))
            assert np.allclose(angle, np.rint(angle), atol=1e-3)


def test_patches_are_cut_inside_the_frame() -> None:
    for arithmetic in ("smooth", "exact"):
        for pair in plans(200, arithmetic=arithmetic, transforms=["scale"]):
            for tubelet in pair:
                x, y, width, height = tubelet.box
                assert width >= 1 and height >= 1
                assert x >= 0 and y >= 0 and x + width <= 113 and y + height <= 113


def test_presence_drops_frames_but_never_the_first_nor_the_cut_one() -> None:
    drawn = [tubelet for pair in plans(200, presence=0.5) for tubelet in pair]
    shown = np.array([tubelet.opacity > 0 for tubelet in drawn])
    assert shown[:, 0].all()
    assert all(row[tubelet.frame] for row, tubelet in zip(shown, drawn, strict=True))
    assert 0.4 < shown[:, 1:].mean() < 0.62


@pytest.mark.parametrize(("frames", "size"), [(1, 16), (2, 64), (7, 100), (40, 300)])
@pytest.mark.parametrize("arithmetic", ["smooth", "exact"])
def test_any_length_and_size_is_planned(frames: int, size: int, arithmetic: str) -> None:
    for transforms in ([], ["scale", "shear", "rotation"]):
        for motion in ("none", "linear", "nonlinear"):
            for pair in plans(5, frames, size, arithmetic=arithmetic, transforms=transforms, motion=motion, count=3):
                assert all(tubelet.affine.shape == (frames, 2, 3) for tubelet in pair)
                assert all(np.isfinite(tubelet.affine).all() for tubelet in pair)


def test_no_tubelets_is_an_empty_plan() -> None:
    assert plans(1, count=0) == [()]


def test_a_plan_survives_its_row() -> None:
    ref = ClipRef("v", "v.mp4", (0.0, 0.5), Box(2, 4, 20, 10), (112, 112), flip=True)
    plan = PairPlan(3, (ref, ref), plans(1, 2)[0])
    row = pa.array([plan.to_row()], PLAN_TYPE)[0].as_py()
    again = PairPlan.from_row(3, row)
    assert again.clips == plan.clips and again.key == "00000003"
    for one, two in zip(plan.tubelets, again.tubelets, strict=True):
        assert (one.frame, one.box, one.shape, one.soft_from) == (two.frame, two.box, two.shape, two.soft_from)
        assert (one.affine == two.affine).all() and (one.opacity == two.opacity).all()


GOLDEN = {
    "smooth-none-none": "dea33b82662650d4",
    "smooth-none-scale": "c3af032ad23ee6b4",
    "smooth-none-shear": "a50c92b04086b274",
    "smooth-none-rotation": "c36cc027fd646ab5",
    "smooth-none-all": "081379692e078065",
    "smooth-linear-none": "badb2b3f8dbbc0e1",
    "smooth-linear-scale": "e07140354a6c9c05",
    "smooth-linear-shear": "7a9e57095d113da1",
    "smooth-linear-rotation": "765c055acd1f6473",
    "smooth-linear-all": "7b1e043f99473763",
    "smooth-nonlinear-none": "a44b9f5708b9416a",
    "smooth-nonlinear-scale": "7a5709fe08faa709",
    "smooth-nonlinear-shear": "c64ec3062c7535b6",
    "smooth-nonlinear-rotation": "d3d8a4024506063a",
    "smooth-nonlinear-all": "71224e71b4a9d83d",
    "exact-none-none": "d40d3696746dc501",
    "exact-none-scale": "0cd7dd93b84c8856",
    "exact-none-shear": "64cd63cc59cfec53",
    "exact-none-rotation": "1351fe7b1e95f93c",
    "exact-none-all": "d4e1330a39be9940",
    "exact-linear-none": "c57d249d206106cc",
    "exact-linear-scale": "392535c0a9939602",
    "exact-linear-shear": "227fe4580dafd6bb",
    "exact-linear-rotation": "d55234dad7346bf2",
    "exact-linear-all": "7cbd90be486953dd",
    "exact-nonlinear-none": "e40a5de4a6636a18",
    "exact-nonlinear-scale": "e76011c6eaf42354",
    "exact-nonlinear-shear": "f52b8d670268946e",
    "exact-nonlinear-rotation": "45ab1e0b59b71871",
    "exact-nonlinear-all": "23675b3edde0991b",
}


@pytest.mark.parametrize("transforms", ["none", "scale", "shear", "rotation", "all"])
@pytest.mark.parametrize("motion", ["none", "linear", "nonlinear"])
@pytest.mark.parametrize("arithmetic", ["smooth", "exact"])
def test_plans_do_not_change(arithmetic: str, motion: str, transforms: str) -> None:
    names = {"none": [], "all": ["scale", "shear", "rotation"]}.get(transforms, [transforms])
    digest = hashlib.sha256()
    for pair in plans(20, arithmetic=arithmetic, motion=motion, transforms=names):
        for tubelet in pair:
            digest.update(repr((tubelet.frame, tuple(tubelet.box), tubelet.shape, tubelet.soft_from)).encode())
            digest.update(tubelet.affine.tobytes() + tubelet.opacity.tobytes())
    assert digest.hexdigest()[:16] == GOLDEN[f"{arithmetic}-{motion}-{transforms}"]
