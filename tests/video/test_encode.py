import io
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidsynth.errors import DecodeError
from vidsynth.video.encode import decode_mp4, encode_mp4

Frames = NDArray[np.uint8]
KINDS = ("h264", "lossless")


def psnr(a: Frames, b: Frames) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2)))


@pytest.fixture(scope="session")
def frames(pictures: Callable[..., Frames]) -> Frames:
    return pictures(16, (48, 64))


@settings(deadline=None, max_examples=15)
@given(
    count=st.integers(1, 6), height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 9),
)  # fmt: skip
def test_lossless_gives_the_same_bytes_back(count: int, height: int, width: int, seed: int) -> None:
    frames = np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    assert np.array_equal(decode_mp4(encode_mp4(frames, "lossless"), frames.shape), frames)


def test_h264_loses_little_and_crf_says_how_much(frames: Frames) -> None:
    coded = {crf: encode_mp4(frames, "h264", crf=crf) for crf in (0, 18, 40)}
    smooth = {crf: decode_mp4(data, frames.shape)[:, 12:] for crf, data in coded.items()}
    assert len(coded[0]) > len(coded[18]) > len(coded[40])
    assert psnr(smooth[0], frames[:, 12:]) > 40
    assert psnr(smooth[18], frames[:, 12:]) > 34
    assert psnr(smooth[40], frames[:, 12:]) < 30


def test_h264_keeps_grey_levels(frames: Frames) -> None:
    grey = np.broadcast_to(np.arange(0, 256, 17, dtype=np.uint8)[:, None, None, None], (16, 32, 32, 3))
    back = decode_mp4(encode_mp4(grey, "h264", crf=1), grey.shape)
    assert np.abs(back.astype(int) - grey).max() <= 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_frames_give_the_same_bytes(frames: Frames, kind: str) -> None:
    coded = encode_mp4(frames, kind)
    assert encode_mp4(frames.copy(), kind) == coded
    assert encode_mp4(np.asfortranarray(frames), kind) == coded
    assert encode_mp4(frames[::-1], kind) != coded


@pytest.mark.parametrize("fps", [25.0, 30000 / 1001, 12.5, 23.976, 1.0])
@pytest.mark.parametrize("kind", KINDS)
def test_players_are_told_rate_and_colours(frames: Frames, kind: str, fps: float) -> None:
    with av.open(io.BytesIO(encode_mp4(frames, kind, fps=fps))) as container:
        stream = container.streams.video[0]
        shown = list(container.decode(stream))
    assert stream.frames == len(shown) == 16
    times = [float(frame.pts * frame.time_base) for frame in shown]
    assert times == pytest.approx(np.arange(16) / fps, abs=1 / 90_000 + 16 * 1e-5)
    assert float(stream.average_rate) == pytest.approx(fps, rel=1e-3)
    if kind == "h264":
        assert shown[0].format.name == "yuv420p"
        assert (shown[0].colorspace, shown[0].color_range) == (1, 1)
    assert stream.time_base == Fraction(1, 90_000)


def test_h264_wants_even_sizes() -> None:
    for height, width in ((9, 8), (8, 9)):
        with pytest.raises(ValueError, match=f"even sizes only, not {width}x{height}; use jpeg, raw or lossless"):
            encode_mp4(np.zeros((2, height, width, 3), np.uint8), "h264")


def test_another_shape_is_refused(frames: Frames) -> None:
    coded = encode_mp4(frames, "lossless")
    for shape in ((15, 48, 64, 3), (16, 64, 48, 3), (16, 1, 1, 3)):
        with pytest.raises(DecodeError, match="other frames than"):
            decode_mp4(coded, shape)
    with pytest.raises(DecodeError, match="16 of 17 frames"):
        decode_mp4(coded, (17, 48, 64, 3))


def test_a_file_of_sound_alone_is_refused() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=16_000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        sound.sample_rate = 16_000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(DecodeError, match="no video stream"):
        decode_mp4(file.getvalue(), (1, 8, 8, 3))


@settings(deadline=None, max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_bytes_give_frames_or_an_error(frames: Frames, kind: str, data: st.DataObject) -> None:
    content = bytearray(encode_mp4(frames[:4], kind))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))])
    try:
        back = decode_mp4(cut, (4, 48, 64, 3))
    except DecodeError as error:
        reason = error.reason
    else:
        reason = "frames"
        assert back.shape == (4, 48, 64, 3)
    assert reason


def test_bytes_cut_off_are_refused(frames: Frames) -> None:
    coded = encode_mp4(frames, "h264")
    for length in (0, 10, len(coded) // 2):
        with pytest.raises(DecodeError, match=r"^payload: "):
            decode_mp4(coded[:length], frames.shape)
