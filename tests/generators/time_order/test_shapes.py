"""Masks against Pillow, against counting points one by one, and against known bytes."""

import hashlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageColor, ImageDraw

from vidsynth.generators.time_order.palette import parse_color
from vidsynth.generators.time_order.shapes import HARD, hard, parse_shape, smooth

NAMES = ("circle", "square", "triangle", "diamond", "pentagon", "hexagon", "star", "cross")


def drawn_by_pillow(name: str, size: int, x: int, y: int, side: int = 260) -> np.ndarray:
    """Draw as the authors' notebook does."""
    picture = Image.new("L", (side, side), 0)
    draw, r = ImageDraw.Draw(picture), size // 2
    if name == "circle":
        draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
    elif name == "square":
        draw.rectangle((x - r, y - r, x + r, y + r), fill=255)
    else:
        low, high = y + size / (2 * math.sqrt(3)), y - size / math.sqrt(3)
        draw.polygon([(x - size / 2, low), (x, high), (x + size / 2, low)], fill=255)
    return np.asarray(picture)


def placed(name: str, size: int, x: int, y: int, side: int = 260) -> np.ndarray:
    mask, first_row = hard(name, size, y)
    picture = np.zeros((side, side), np.uint8)
    for (row, column), value in np.ndenumerate(mask):
        at = y + first_row + row, x - mask.shape[1] // 2 + column
        if value and min(at) >= 0 and max(at) < side:
            picture[at] = value
    return picture


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("size", [10, 50, 60, 100, 120])
@pytest.mark.parametrize("center", [20, 56, 57, 58, 130])
def test_hard_shapes_are_those_that_pillow_draws(name: str, size: int, center: int) -> None:
    assert (placed(name, size, center, center) == drawn_by_pillow(name, size, center, center)).all()


@pytest.mark.parametrize(("name", "lit"), [("circle", 8005), ("square", 10201), ("triangle", 4385)])
def test_published_shapes_light_as_many_pixels_as_known(name: str, lit: int) -> None:
    assert np.count_nonzero(placed(name, 100, 56, 56, 224)) == lit


def counted(name: str, size: int) -> np.ndarray:
    """Count 16 x 16 points a pixel, each looked at on its own; whole numbers, in 3,200ths of a pixel."""
    points = [(32 * x * size, 32 * y * size) for x, y in parse_shape(name)[1]]
    half = size // 2 + 1
    out = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
    for row, column in np.ndindex(out.shape):
        hits = 0
        for i in range(256):
            x = 3200 * (column - half) - 1600 + 100 * (2 * (i % 16) + 1)
            y = 3200 * (row - half) - 1600 + 100 * (2 * (i // 16) + 1)
            hits += inside(points, x, y) if points else x * x + y * y <= (1600 * size) ** 2
        out[row, column] = (hits * 255 + 128) // 256
    return out


def inside(points: list[tuple[int, int]], x: int, y: int) -> bool:
    odd = False
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        right_of = (x - x1) * abs(y2 - y1) >= (y - y1) * (x2 - x1) * (1 if y2 > y1 else -1)
        odd ^= (y1 > y) != (y2 > y) and right_of
    return odd


@pytest.mark.parametrize(("name", "size"), [("circle", 7), ("square", 6), ("triangle", 8), ("star", 9), ("cross", 8)])
def test_smooth_shapes_count_the_points_inside(name: str, size: int) -> None:
    assert (smooth(parse_shape(name)[1], size) == counted(name, size)).all()


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(NAMES), st.integers(8, 120))
def test_smooth_shapes_have_their_area_and_are_symmetric(name: str, size: int) -> None:
    points = parse_shape(name)[1]
    mask = smooth(points, size)
    area = math.pi / 4 if not points else abs(
        sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True))
    ) / 20_000  # fmt: skip
    assert mask.sum() / 255 == pytest.approx(area * size * size, rel=0.01, abs=1)
    assert np.abs(mask.astype(int) - mask[:, ::-1]).max() <= 16  # a point on the edge belongs to one side


def test_masks_are_these_bytes_on_every_machine() -> None:
    digest = hashlib.sha256()
    for name in NAMES:
        for size in (5, 35, 70, 100):
            digest.update(smooth(parse_shape(name)[1], size).tobytes())
    for name in HARD:
        digest.update(hard(name, 100, 56)[0].tobytes())
    assert digest.hexdigest() == "2be10773ace4e3ecc1c64f28960d943837ebfbe3b66a9061dda1dc2179810a52"


def test_shapes_and_colors_of_ones_own() -> None:
    assert parse_shape("kite=0,-50 35,-10 0,50 -35,-10") == ("kite", ((0, -50), (35, -10), (0, 50), (-35, -10)))
    assert parse_color("orange") == ("orange", (255, 165, 0))
    assert ImageColor.getrgb("teal") == (0, 128, 128)  # after which Pillow holds its colour in another form
    assert parse_color("teal") == ("teal", (0, 128, 128))
    assert parse_color("sea green=#2E8b57") == ("sea green", (46, 139, 87))


@pytest.mark.parametrize(
    ("parse", "text", "why"),
    [
        (parse_shape, "sqare", "did you mean 'square'"),
        (parse_shape, "kite=0,-60 35,-10 0,50", "must lie in -50 to 50"),
        (parse_shape, "line=0,0 1,1", "no shape"),
        (parse_color, "yelow", "did you mean 'yellow'"),
        (parse_color, "Red=#ff0000", "no colour"),
    ],
)  # fmt: skip
def test_what_is_no_shape_or_color_is_refused(parse: object, text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text)  # type: ignore[operator]
