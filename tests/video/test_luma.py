"""Luminance from planes: against arithmetic in float on single pixels, and against decoded RGB."""

import itertools
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidsynth.errors import DecodeError
from vidsynth.video.decode import read_clip
from vidsynth.video.luma import WEIGHTS, LumaMeter, Mode, measure, measure_at, of_pictures
from vidsynth.video.planes import layout_of
from vidsynth.video.probe import colour_of, probe

# Kr, Kb and AVColorSpace of each matrix (ITU-T H.273, tables 4 and 2).
MATRICES = {"bt601": (0.299, 0.114, 6), "bt709": (0.2126, 0.0722, 1), "bt2020": (0.2627, 0.0593, 9)}
YUV = [
    "yuv420p", "yuv422p", "yuv444p", "yuv411p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuva420p",
    "nv12", "nv21", "nv24", "p010le", "p210le",
    *(PACKED := ("yuyv422", "uyvy422", "yuv420p10be")),  # turned into RGB first
]  # fmt: skip
GRAY = ["gray", "gray10le", "gray12le", "ya8"]
RGB = ["gbrp", "gbrap", "gbrp10le", "rgb24", "bgr24", "rgba", "bgra", "argb", "abgr", "rgb0", "0bgr", "rgb48le"]


def frame_of(
    values: tuple[float, float, float], name: str, size: tuple[int, int] = (34, 46), *, full: bool = False
) -> av.VideoFrame:
    """Return a frame in which each component has one value, given in levels of 8 bits, rounded to its depth."""
    frame = av.VideoFrame(size[1], size[0], name)
    layout = layout_of(frame)
    assert layout is not None
    of = dict(zip("YUV" if "Y" in layout.channels[0] else "RGB", values, strict=True))
    for plane, letters in zip(frame.planes, layout.channels, strict=False):
        view = layout.view(plane, len(letters))
        view[...] = 255  # alpha and padding count for nothing
        for channel, letter in enumerate(letters):
            if letter in of:
                middle = 128 if letter in "UV" else 0
                scale = (2**layout.bits - 1) / 255 if full or letter in "RGB" else 2 ** (layout.bits - 8)
                value = round(middle * 2 ** (layout.bits - 8) + (of[letter] - middle) * scale)
                part = view if view.ndim == 2 else view[..., channel]
                part[...] = min(value, 2**layout.bits - 1) << layout.shift
    return frame


def to_yuv(rgb: tuple[float, float, float], matrix: str, full: bool) -> tuple[float, float, float]:
    """Encode a colour as H.273 says, in levels of 8 bits."""
    kr, kb, _ = MATRICES[matrix]
    y = kr * rgb[0] + (1 - kr - kb) * rgb[1] + kb * rgb[2]
    cb, cr = (rgb[2] - y) / (2 * (1 - kb)), (rgb[0] - y) / (2 * (1 - kr))
    return (y, cb + 128, cr + 128) if full else (16 + y * 219 / 255, 128 + cb * 224 / 255, 128 + cr * 224 / 255)


COLOURS = [(0, 0, 0), (255, 255, 255), (40, 40, 40), (200, 30, 60), (10, 60, 20), (20, 30, 220), (250, 240, 30)]


@pytest.mark.parametrize("name", YUV)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_uniform_colours_have_the_luminance_of_the_formula(name: str, full: bool, matrix: str, weights: str) -> None:
    for colour in COLOURS:
        yuv = to_yuv(colour, matrix, full)
        if layout_of(av.VideoFrame(8, 8, name)) is None:  # not to be written to here: swscale makes it
            rate = av.video.reformatter.ColorRange.JPEG if full else av.video.reformatter.ColorRange.MPEG
            planar = frame_of(yuv, "yuv422p", full=full)
            planar.color_range = 2 if full else 1
            frame = planar.reformat(format=name, src_color_range=rate, dst_color_range=rate)
        else:
            frame = frame_of(yuv, name, full=full)
        frame.colorspace, frame.color_range = MATRICES[matrix][2], 2 if full else 1
        meter = LumaMeter(colour_of(frame), WEIGHTS[weights])
        assert meter(frame) == pytest.approx(np.dot(WEIGHTS[weights], colour), abs=1.1 if name in PACKED else 0.6)


@pytest.mark.parametrize("name", GRAY)
@pytest.mark.parametrize("full", [False, True])
def test_gray_streams_keep_their_range(name: str, full: bool) -> None:
    for level in (0, 7, 40, 128, 255):
        frame = frame_of((level if full else 16 + level * 219 / 255, 0, 0), name, full=full)
        frame.color_range = 2 if full else 1
        assert LumaMeter(colour_of(frame))(frame) == pytest.approx(level, abs=0.6)


@pytest.mark.parametrize("name", RGB)
def test_rgb_streams_are_weighted_as_they_are(name: str) -> None:
    for colour in COLOURS:
        frame = frame_of(colour, name)
        for weights in WEIGHTS.values():
            assert LumaMeter(colour_of(frame), weights)(frame) == pytest.approx(np.dot(weights, colour), abs=0.3)


def test_the_luma_mode_is_the_luma_plane_whatever_the_matrix() -> None:
    for matrix, full in itertools.product(MATRICES, (False, True)):
        frame = frame_of((90, 120, 140), "yuv420p")
        frame.colorspace, frame.color_range = MATRICES[matrix][2], 2 if full else 1
        expected = 90 if full else (90 - 16) * 255 / 219
        assert LumaMeter(colour_of(frame), mode="luma")(frame) == pytest.approx(expected, abs=1e-9)
    # The coefficients that the plane means have for BT.709, limited range, with each of the weights.
    frame = frame_of((90, 134, 120), "yuv444p")
    frame.colorspace, frame.color_range = 1, 1
    for weights, (of_y, of_cb, of_cr) in {
        "bt601": (1.164384, 0.115637, 0.223212),
        "day2dark-slide": (1.199315, 0.179009, 0.223212),
    }.items():
        value = of_y * (90 - 16) + of_cb * (134 - 128) + of_cr * (120 - 128)
        assert LumaMeter(colour_of(frame), WEIGHTS[weights])(frame) == pytest.approx(value, abs=1e-3)


def test_what_lies_outside_of_the_rgb_cube_is_clipped_as_in_a_picture() -> None:
    for yuv, level in (((16, 128, 128), 0), ((3, 128, 128), 0), ((235, 128, 128), 255), ((250, 128, 128), 255)):
        for name in ("yuv420p", "yuv420p10le", "gray"):
            frame = frame_of(yuv, name)
            frame.colorspace, frame.color_range = 6, 1
            found = LumaMeter(colour_of(frame))(frame)
            assert found == pytest.approx(level, abs=0.3) and found >= 0


def test_a_stream_may_change_its_pixel_format() -> None:
    one, other = frame_of((80, 128, 128), "yuv420p"), frame_of((80, 80, 80), "rgb24")
    for first, second, expected in ((one, other, 80), (other, one, (80 - 16) * 255 / 219)):
        assert LumaMeter(colour_of(first))(second) == pytest.approx(expected)


def test_padding_and_odd_sizes_do_not_count() -> None:
    for size in ((1, 1), (2, 2), (3, 5), (49, 65), (33, 4)):
        frame = frame_of((80, 128, 128), "yuv420p", size)
        layout = layout_of(frame)
        assert layout is not None
        for plane in frame.planes:  # what lies between the end of a row and the next one
            rows = np.ndarray((plane.height, plane.line_size), np.uint8, plane)  # type: ignore[call-overload]
            rows[:, plane.width :] = 255
        assert LumaMeter(colour_of(frame))(frame) == pytest.approx((80 - 16) * 255 / 219)


def exact(planes: list[NDArray[np.float64]], matrix: str, full: bool, *, clip: bool) -> float:
    """Turn each pixel into RGB in float, with the chroma sample that it lies in, and weigh it: the slow reference."""
    kr, kb, _ = MATRICES[matrix]
    y, cb, cr = (
        planes[0],
        *(np.kron(plane, np.ones((2, 2)))[: len(planes[0]), : planes[0].shape[1]] for plane in planes[1:]),
    )
    if not full:
        y, cb, cr = (y - 16) * 255 / 219, (cb - 128) * 255 / 224, (cr - 128) * 255 / 224
    else:
        cb, cr = cb - 128, cr - 128
    r, b = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
    g = (y - kr * r - kb * b) / (1 - kr - kb)
    return float(
        sum(w * (np.clip(c, 0, 255) if clip else c).mean() for w, c in zip(WEIGHTS["bt601"], (r, g, b), strict=True))
    )


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32), matrix=st.sampled_from(sorted(MATRICES)), full=st.booleans(),
    brightness=st.integers(0, 255), noise=st.integers(0, 15), colour=st.integers(0, 60),
    rows=st.integers(20, 80), columns=st.integers(20, 120),
)  # fmt: skip
def test_it_is_the_mean_of_pixels_turned_into_rgb(
    seed: int, matrix: str, full: bool, brightness: int, noise: int, colour: int, rows: int, columns: int
) -> None:
    """Smooth pictures with noise, of any brightness and saturation, also where pixels leave the RGB cube."""
    rows, columns = 2 * rows, 2 * columns
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    wave = 30 * np.sin(x / columns * rng.uniform(1, 9) + y / rows * rng.uniform(1, 9) + rng.uniform(0, 6))
    luma = brightness + wave + rng.normal(0, noise, (rows, columns))
    chroma = 128 + colour * np.sin(
        x[: rows // 2, : columns // 2] / columns * rng.uniform(1, 12) + rng.uniform(0, 6, (2, 1, 1))
    )
    planes = [np.clip(plane, 0, 255).round() for plane in (luma, *chroma)]
    frame = av.VideoFrame(columns, rows, "yuv420p")
    layout = layout_of(frame)
    assert layout is not None
    for plane, values in zip(frame.planes, planes, strict=True):
        layout.view(plane, 1)[...] = values
    frame.colorspace, frame.color_range = MATRICES[matrix][2], 2 if full else 1
    measured = LumaMeter(colour_of(frame))(frame)
    unclipped = exact(planes, matrix, full, clip=False)
    truth = exact(planes, matrix, full, clip=True)
    assert measured == pytest.approx(truth, abs=0.5 if abs(truth - unclipped) > 1e-9 else 1e-6)


@pytest.mark.parametrize("mode", ["rgb", "luma"])
def test_it_is_what_decoded_rgb_has(good_video: Path, mode: Mode) -> None:
    found = measure(good_video, mode=mode)
    info = probe(good_video)
    assert repr(found.info) == repr(info)  # arrays do not compare
    assert found.ticks.tolist() == info.all_ticks().tolist()
    if mode == "rgb" or info.matrix in ("bt601", "rgb"):
        expected = of_pictures(read_clip(good_video).frames)
        assert found.y == pytest.approx(expected, abs=0.5)


def test_some_frames_are_the_same_as_among_all(good_video: Path) -> None:
    whole = measure(good_video)
    some = whole.ticks[3::5]
    if len(some):
        assert measure_at(good_video, whole.info, some.tolist()).y == pytest.approx(whole.y[3::5], abs=0.2)


def test_key_frames_are_the_same_as_among_all(good_video: Path) -> None:
    whole, keys = measure(good_video), measure(good_video, keys_only=True)
    assert 1 <= len(keys.y) <= len(whole.y)
    if not whole.info.counted:
        at = np.searchsorted(whole.ticks, keys.ticks)
        assert (whole.ticks[at] == keys.ticks).all()
        assert keys.y == pytest.approx(whole.y[at], abs=0.1)
        shown = set(whole.info.key_ticks.tolist()) & set(whole.ticks.tolist())
        assert set(keys.ticks.tolist()) == shown or not shown
    else:
        assert keys.y[0] == pytest.approx(whole.y[0], abs=0.1)


def test_broken_files_say_why(broken_video: tuple[Path, str]) -> None:
    path, reason = broken_video
    for keys_only in (False, True):
        with pytest.raises(DecodeError) as caught:
            measure(path, "train/a.mp4", keys_only=keys_only)
        assert (caught.value.path, caught.value.reason) == ("train/a.mp4", reason)


def test_a_frame_that_cannot_be_decoded_is_not_left_out_silently(videos: Path) -> None:
    try:
        found = measure(videos / "corrupted.mp4")
    except DecodeError as error:
        assert "frames cannot be decoded" in error.reason  # noqa: PT017
    else:  # the decoder concealed it
        assert len(found.y) == found.info.frames


def test_a_long_video_is_touched_as_it_is_read(make_video: Callable[..., Path], tmp_path: Path) -> None:
    touched: list[int] = []
    path = make_video(tmp_path / "long.mp4", frames=600, size=(16, 16))
    measure(path, touch=lambda: touched.append(1))
    assert len(touched) == 2


def test_more_light_is_more_luminance(
    make_video: Callable[..., Path], pictures: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    values = []
    for number, exposure in enumerate((0.05, 0.1, 0.2, 0.4, 0.7, 1.0)):
        path = make_video(tmp_path / f"{number}.mp4", (pictures(3) * exposure).astype(np.uint8), options={"crf": "10"})
        values.append(measure(path).y.mean())
    assert values == sorted(values) and len(set(values)) == len(values)


def test_pictures_in_memory_are_weighted_as_they_are() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (3, 5, 7, 3), np.uint8)
    for weights in WEIGHTS.values():
        assert of_pictures(frames, weights) == pytest.approx((frames @ np.array(weights)).mean((1, 2)))
