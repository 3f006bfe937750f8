"""Affines against what they mean, and the exact form against the authors' steps done one by one."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.motion.affine import SHEAR_X, SHEAR_XY, SHEAR_Y, exact, smooth


def test_a_patch_that_only_moves_is_moved() -> None:
    matrix = smooth(np.array([[4.0, 6.0]]), np.array([[[12.0, 23.0]]]))[0, 0]
    assert np.allclose(matrix, [[1, 0, 10], [0, 1, 20]])  # its box is 10..14 by 20..26


def test_positive_angles_turn_clockwise_on_screen() -> None:
    matrix = smooth(np.array([[3.0, 3.0]]), np.array([[[1.5, 1.5]]]), angle=np.array([[90.0]]))[0, 0]
    assert np.allclose(matrix @ [0, 0, 1], [2, 0], atol=1e-5)  # the top left pixel goes to the top right


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32))
def test_transforms_compose_as_scale_shear_rotation_place(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patch, center = rng.uniform(2, 60, (1, 2)), rng.uniform(0, 112, (1, 1, 2))
    scale, shear, angle = rng.uniform(0.5, 1.5, (1, 1, 2)), rng.uniform(-1, 1, (1, 1, 2)), rng.uniform(-90, 90, (1, 1))
    for axes in (SHEAR_X, SHEAR_Y, SHEAR_XY):
        matrix = smooth(patch, center, scale=scale, shear=shear, shear_axes=axes, angle=angle)[0, 0]
        for point in rng.uniform(0, 60, (4, 2)):
            x, y = point + 0.5 - patch[0] / 2  # from the patch's middle
            x, y = x * scale[0, 0, 0], y * scale[0, 0, 1]
            if axes != SHEAR_Y:
                x = x + shear[0, 0, 0] * y
            if axes != SHEAR_X:
                y = y + shear[0, 0, 1] * x
            turn = math.radians(angle[0, 0])
            x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
            assert np.allclose(matrix @ [*point, 1], center[0, 0] + [x, y] - 0.5, atol=1e-3)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32), st.sampled_from([None, SHEAR_X, SHEAR_Y, SHEAR_XY]), st.booleans())
def test_exact_is_the_authors_steps_one_by_one(seed: int, axes: int | None, turned: bool) -> None:
    rng = np.random.default_rng(seed)
    width, height = (int(n) for n in rng.integers(2, 60, 2))
    x1, y1 = (int(n) for n in rng.integers(0, 60, 2))
    box_width, box_height = (int(n) for n in rng.integers(2, 60, 2))
    shear, angle = rng.uniform(-1, 1, 2), float(rng.uniform(-90, 90))
    got = exact(
        np.array([[width, height]], float),
        np.array([[[x1, y1, x1 + box_width, y1 + box_height]]]),
        shear=None if axes is None else shear[None, None],
        shear_axes=SHEAR_XY if axes is None else axes,
        angle=np.array([[angle]]) if turned else None,
    )[0, 0]
    for point in rng.uniform(0, [width - 1, height - 1], (4, 2)):
        want = _authors_steps(
            point, (width, height), (x1, y1, box_width, box_height), shear, axes, angle if turned else None
        )
        assert np.allclose(got @ [*point, 1], want, atol=1e-3)


def _authors_steps(
    point: np.ndarray, patch: tuple[int, int], box: tuple[int, int, int, int], shear: np.ndarray, axes: int | None,
    angle: float | None,
) -> np.ndarray:  # fmt: skip
    """Follow one pixel centre through resize, shear into grown canvases, turn into a grown canvas, and paste."""
    x1, y1, canvas_width, canvas_height = box
    # cv2.resize maps pixel centres so that edges meet edges.
    x = (point[0] + 0.5) * canvas_width / patch[0] - 0.5
    y = (point[1] + 0.5) * canvas_height / patch[1] - 0.5
    if axes in (SHEAR_X, SHEAR_XY):  # a negative factor: flip, shear by its size, flip back
        factor = shear[0]
        grown = int(canvas_width + abs(factor) * canvas_height)
        x = x + factor * y if factor >= 0 else grown - 1 - ((canvas_width - 1 - x) + abs(factor) * y)
        canvas_width = grown
    if axes in (SHEAR_Y, SHEAR_XY):
        factor = shear[1]
        grown = int(canvas_height + abs(factor) * canvas_width)
        y = y + factor * x if factor >= 0 else grown - 1 - ((canvas_height - 1 - y) + abs(factor) * x)
        canvas_height = grown
    if angle is not None:  # imutils.rotate_bound, for whole degrees
        turn = math.radians(int(angle))
        cos, sin = math.cos(turn), math.sin(turn)
        new_width = int(canvas_height * abs(sin) + canvas_width * abs(cos) + 1e-9)
        new_height = int(canvas_height * abs(cos) + canvas_width * abs(sin) + 1e-9)
        middle_x, middle_y = canvas_width / 2, canvas_height / 2
        dx, dy = x - middle_x, y - middle_y
        x, y = cos * dx - sin * dy + new_width / 2, sin * dx + cos * dy + new_height / 2
        canvas_width, canvas_height = new_width, new_height
    left = x1 - math.ceil((canvas_width - box[2]) / 2)
    top = y1 - math.ceil((canvas_height - box[3]) / 2)
    return np.array([x + left, y + top])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.sampled_from([None, SHEAR_X, SHEAR_Y, SHEAR_XY]), st.booleans())
def test_exact_puts_a_spot_where_opencv_puts_it(seed: int, axes: int | None, turned: bool) -> None:
    rng = np.random.default_rng(seed)
    width, height, box_width, box_height = (int(n) for n in rng.integers(40, 64, 4))
    spot = rng.uniform(12, [width - 13, height - 13])
    y, x = np.mgrid[:height, :width]
    patch = np.exp(-((x - spot[0]) ** 2 + (y - spot[1]) ** 2) / 8)
    shear, angle = rng.uniform(-1, 1, 2), int(rng.integers(-90, 91))

    picture = cv2.resize(patch, (box_width, box_height))
    if axes in (SHEAR_X, SHEAR_XY):
        picture = _sheared(picture, shear[0])
    if axes in (SHEAR_Y, SHEAR_XY):
        picture = _sheared(picture.T, shear[1]).T
    if turned:
        picture = _turned(picture, angle)
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    seen = np.array([(picture * x).sum(), (picture * y).sum()]) / picture.sum()
    # Over its box the canvas is put so that it overhangs by half of what it grew, by the larger half above and left.
    seen -= [math.ceil((picture.shape[1] - box_width) / 2), math.ceil((picture.shape[0] - box_height) / 2)]

    got = exact(
        np.array([[width, height]], float),
        np.array([[[0, 0, box_width, box_height]]]),
        shear=None if axes is None else shear[None, None],
        shear_axes=SHEAR_XY if axes is None else axes,
        angle=np.array([[angle + math.copysign(0.4, angle)]]) if turned else None,
    )[0, 0]
    assert np.allclose(got @ [*spot, 1], seen, atol=0.1)


def _sheared(picture: np.ndarray, factor: float) -> np.ndarray:
    """Shear along x as the authors do: by the factor's size, mirrored before and after where it is negative."""
    height, width = picture.shape
    side = -1 if factor < 0 else 1
    matrix = np.array([[1, abs(factor), 0], [0, 1, 0]])
    grown = int(width + abs(factor) * height)
    return cv2.warpAffine(np.ascontiguousarray(picture[:, ::side]), matrix, (grown, height))[:, ::side]


def _turned(picture: np.ndarray, angle: int) -> np.ndarray:
    """Turn clockwise about the middle (in OpenCV's terms: of edges, not of pixels) into a canvas that holds it all."""
    height, width = picture.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    grown_width, grown_height = int(height * sin + width * cos), int(height * cos + width * sin)
    matrix[:, 2] += [(grown_width - width) / 2, (grown_height - height) / 2]
    return cv2.warpAffine(np.ascontiguousarray(picture), matrix, (grown_width, grown_height))


@pytest.mark.parametrize("make", [smooth, exact])
def test_affines_lie_on_a_grid(make: object) -> None:
    patch, angle = np.array([[7.0, 9.0]]), np.array([[33.3]])
    place = np.array([[[11.7, 20.1]]]) if make is smooth else np.array([[[3, 4, 12, 17]]])
    matrix = make(patch, place, angle=angle)  # type: ignore[operator]
    assert (matrix * 2**20 == np.rint(matrix * 2**20)).all()
