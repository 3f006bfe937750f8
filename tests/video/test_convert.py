import dataclasses
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidsynth.clip import Box, ClipRef
from vidsynth.errors import DecodeError
from vidsynth.video.convert import Converter, pixels
from vidsynth.video.decode import read_clip
from vidsynth.video.probe import VideoInfo, probe

Frames = NDArray[np.uint8]
WHOLE = ClipRef("v", "v.mp4", (0.0,))

# Weights of red and blue in luma: ITU-R BT.601-7, BT.709-6, BT.2020-2, FCC 73.682 and SMPTE 240M.
LUMA_WEIGHTS = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
    "fcc": (0.30, 0.11),
    "smpte240m": (0.212, 0.087),
}


@pytest.fixture(scope="session")
def info(videos: Path) -> VideoInfo:
    return probe(videos / "h264.mp4", "v.mp4")


def picture(pix_fmt: str, planes: list[NDArray[np.int64]]) -> av.VideoFrame:
    """Return a decoded picture made of the sample values given, a plane each."""
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, pix_fmt)
    for plane, samples in zip(frame.planes, planes, strict=True):
        kind = np.dtype("<u2" if pix_fmt.endswith("10le") else "u1")
        rows = np.zeros((plane.height, plane.line_size // kind.itemsize), kind)
        rows[:, : samples.shape[1]] = samples
        plane.update(rows.tobytes())
    return frame


def converted(info: VideoInfo, frame: av.VideoFrame, ref: ClipRef = WHOLE) -> Frames:
    convert = Converter(info, ref)
    out = np.zeros((convert.height, convert.width, 3), np.uint8)
    convert(frame, out)
    return out


def oracle(ycbcr: NDArray[np.int64], matrix: str, full_range: bool, bits: int) -> NDArray[np.float64]:
    """Return R'G'B' 0..255, float64 [..., 3], of Y'CbCr codes (ITU-R BT.709-6, items 3.2 to 4.6)."""
    step = 1 << (bits - 8)
    zero, luma_span, chroma_span = (0, 2**bits - 1, 2**bits - 1) if full_range else (16 * step, 219 * step, 224 * step)
    luma = (ycbcr[..., 0] - zero) / luma_span
    blue_difference, red_difference = ((ycbcr[..., n] - 128 * step) / chroma_span for n in (1, 2))
    weight_red, weight_blue = LUMA_WEIGHTS[matrix]
    red = luma + 2 * (1 - weight_red) * red_difference
    blue = luma + 2 * (1 - weight_blue) * blue_difference
    green = (luma - weight_red * red - weight_blue * blue) / (1 - weight_red - weight_blue)
    return 255 * np.clip(np.stack([red, green, blue], -1), 0, 1)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", LUMA_WEIGHTS)
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"])
def test_colours_are_within_a_level_of_the_formula(
    info: VideoInfo, pix_fmt: str, matrix: str, full_range: bool
) -> None:
    bits = 10 if pix_fmt.endswith("10le") else 8
    scale = 1 << (bits - 8)
    # 9 x 5 x 5 colours in blocks of 8 x 8, in a picture of 15 x 15 blocks: luma fastest.
    codes = np.array([(y, cb, cr) for cr in CHROMA for cb in CHROMA for y in LUMA]) * scale
    image = codes.reshape(15, 15, 3).repeat(8, 0).repeat(8, 1)
    chroma = image[:: 2 if "420" in pix_fmt else 1, :: 1 if "444" in pix_fmt else 2]
    frame = picture(pix_fmt, [image[..., 0], chroma[..., 1], chroma[..., 2]])
    facts = dataclasses.replace(info, width=120, height=120, matrix=matrix, full_range=full_range)
    rgb = converted(facts, frame).astype(np.float64)
    inside = rgb.reshape(15, 8, 15, 8, 3)[:, 3:5, :, 3:5]  # away from the neighbours' chroma
    expected = oracle(codes, matrix, full_range, bits).reshape(15, 1, 15, 1, 3)
    # swscale takes white for 255 * 4 in 10 bits, where the full range ends at 1023.
    assert np.abs(inside - expected).max() <= (1.25 if bits == 10 and full_range else 1)


LUMA = [16, 40, 65, 90, 128, 160, 190, 220, 235]
CHROMA = [40, 90, 128, 170, 215]


def test_grey_without_chroma_keeps_its_level(info: VideoInfo) -> None:
    luma = np.arange(256).repeat(4).reshape(16, 64)
    facts = dataclasses.replace(info, width=64, height=16, full_range=True)
    assert np.array_equal(converted(facts, picture("gray", [luma])), luma[..., None].repeat(3, 2))


@pytest.mark.parametrize(
    ("matrix", "full_range", "pix_fmt"),
    [
        ("bt601", None, "yuv444p"),
        ("bt709", None, "yuv444p"),
        ("bt2020", None, "yuv444p"),
        ("bt709", True, "yuv444p"),
        ("bt709", False, "yuv420p"),
        (None, None, "yuv420p"),
        ("bt2020", None, "yuv420p10le"),
    ],
)
def test_a_tagged_file_gives_its_pictures_back(
    make_video: Callable[..., Path], pictures: Callable[..., Frames], tmp_path: Path,
    matrix: str | None, full_range: bool | None, pix_fmt: str,
) -> None:  # fmt: skip
    path = make_video(tmp_path / "a.mp4", 3, pix_fmt=pix_fmt, matrix=matrix, full_range=full_range, options={"qp": "0"})
    error = np.abs(read_clip(path).frames.astype(int) - pictures(3))[:, 12:]  # smooth below the blocks of the number
    assert error.max() <= (2 if pix_fmt == "yuv444p" else 12)
    assert error.mean() < (1 if pix_fmt == "yuv444p" else 2)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("name", ["h264.mp4", "h264_422.mp4", "h264_444_odd.mp4", "h264_10_bit.mp4"])
def test_a_crop_is_cut_out_of_the_whole_picture(videos: Path, name: str, data: st.DataObject) -> None:
    """Exact, but for the two outermost rows and columns of a crop whose edges lie between chroma samples."""
    info = probe(videos / name)
    width, height = data.draw(st.integers(8, info.width)), data.draw(st.integers(8, info.height))
    x, y = data.draw(st.integers(0, info.width - width)), data.draw(st.integers(0, info.height - height))
    ref = dataclasses.replace(WHOLE, times=(0.0, 0.3))
    whole = read_clip(videos / name, ref).frames[:, y : y + height, x : x + width]
    cut = read_clip(videos / name, dataclasses.replace(ref, crop=Box(x, y, width, height))).frames
    across, down = (1, 1) if "444" in name else (2, 1) if "422" in name else (2, 2)
    between_samples = not (x % across or width % across or y % down or height % down)
    edge = 2 if between_samples else 0
    inner = (slice(None), slice(edge, height - edge), slice(edge, width - edge))
    assert np.array_equal(cut[inner], whole[inner])
    assert "444" not in name or np.array_equal(cut, whole)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p"])
@pytest.mark.parametrize("crop", [Box(8, 4, 80, 60), Box(9, 5, 80, 60)])
def test_a_crop_is_scaled_as_a_picture_of_its_own(info: VideoInfo, pix_fmt: str, crop: Box) -> None:
    """A ramp stays the ramp, sampled at the centres of the new pixels."""
    y, x = np.mgrid[:80, :100]
    chroma = np.full((40, 50) if pix_fmt == "yuv420p" else (80, 100), 128)
    facts = dataclasses.replace(info, width=100, height=80, full_range=True)
    frame = picture(pix_fmt, [x + y, chroma, chroma])
    small = converted(facts, frame, dataclasses.replace(WHOLE, crop=crop, size=(15, 20)))
    down, across = np.mgrid[:15, :20]
    expected = crop.x + (across + 0.5) * 4 - 0.5 + crop.y + (down + 0.5) * 4 - 0.5
    error = np.abs(small - expected[..., None])
    assert error[1:-1, 1:-1].max() <= 1
    assert error.max() <= 2


def test_scaling_happens_after_the_crop(videos: Path) -> None:
    ref = dataclasses.replace(WHOLE, crop=Box(8, 8, 32, 32), size=(16, 24))
    assert read_clip(videos / "h264.mp4", ref).frames.shape == (1, 16, 24, 3)


def test_flip_comes_last(videos: Path) -> None:
    for ref in (WHOLE, dataclasses.replace(WHOLE, crop=Box(3, 4, 21, 20), size=(10, 12))):
        plain = read_clip(videos / "h264.mp4", ref).frames
        flipped = read_clip(videos / "h264.mp4", dataclasses.replace(ref, flip=True)).frames
        assert np.array_equal(flipped, plain[:, :, ::-1])
        assert not np.array_equal(flipped, plain)


def upright(frames: Frames, rotation: int, mirrored: bool) -> Frames:
    turned = np.rot90(frames, -rotation // 90, axes=(-3, -2))
    return turned[..., ::-1, :] if mirrored else turned


@pytest.mark.parametrize(
    ("name", "rotation", "mirrored"),
    [
        ("h264_turned_90.mp4", 90, False),
        ("h264_turned_180.mp4", 180, False),
        ("h264_turned_270.mp4", 270, False),
        ("h264_mirrored.mp4", 0, True),
        ("h264_turned_90_mirrored.mp4", 90, True),
    ],
)
def test_pictures_are_turned_as_the_file_asks(videos: Path, name: str, rotation: int, mirrored: bool) -> None:
    stored = read_clip(videos / "h264_faststart.mp4").frames  # the same pictures, without the wish
    assert np.array_equal(read_clip(videos / name).frames, upright(stored, rotation, mirrored))


@settings(deadline=None, max_examples=20)
@given(data=st.data())
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_crops_and_sizes_count_upright_pixels(
    info: VideoInfo, rotation: int, mirrored: bool, data: st.DataObject
) -> None:
    stored = np.random.default_rng(0).integers(16, 236, (3, 30, 40))
    frame = picture("yuv444p", list(stored))
    width, height = (30, 40) if rotation in (90, 270) else (40, 30)
    facts = dataclasses.replace(info, width=width, height=height, rotation=rotation, mirrored=mirrored)
    whole = upright(converted(dataclasses.replace(info, width=40, height=30), frame), rotation, mirrored)
    assert np.array_equal(converted(facts, frame), whole)
    box = Box(0, 0, data.draw(st.integers(1, width)), data.draw(st.integers(1, height)))
    box = box._replace(x=data.draw(st.integers(0, width - box.width)), y=data.draw(st.integers(0, height - box.height)))
    cut = converted(facts, frame, dataclasses.replace(WHOLE, crop=box))
    assert np.array_equal(cut, whole[box.y : box.y + box.height, box.x : box.x + box.width])
    scaled = converted(facts, frame, dataclasses.replace(WHOLE, crop=box, size=(9, 13)))
    assert scaled.shape == (9, 13, 3)


@pytest.mark.parametrize("crop", [Box(-1, 0, 8, 8), Box(0, 41, 8, 8), Box(57, 0, 8, 8), Box(0, 0, 8, 0)])
def test_a_crop_outside_the_picture_is_refused(info: VideoInfo, crop: Box) -> None:
    with pytest.raises(DecodeError, match="is not inside its 64x48 picture"):
        Converter(info, dataclasses.replace(WHOLE, crop=crop))


def test_a_picture_of_another_size_is_refused(info: VideoInfo) -> None:
    chroma = np.full((24, 33), 128)
    with pytest.raises(DecodeError, match="its picture size changes in mid-stream"):
        converted(info, picture("yuv420p", [np.full((48, 66), 128), chroma, chroma]))


def test_pixels_are_a_view() -> None:
    frame = av.VideoFrame.from_ndarray(np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3), "rgb24")
    view = pixels(frame)
    assert view.tolist() == np.arange(5 * 7 * 3).reshape(5, 7, 3).tolist()
    assert not view.flags.owndata
