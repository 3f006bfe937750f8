from collections.abc import Callable
from typing import get_args

import cv2
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidsynth.errors import DecodeError
from vidsynth.payload import decode, encode
from vidsynth.recipe import Payload

Frames = NDArray[np.uint8]
SHAPE = (12, 48, 64, 3)
# How many levels a pixel of a smooth picture may be off.
TOLERANCE = {"raw": 0, "lossless": 0, "jpeg": 8, "h264": 40}


@pytest.fixture(scope="session")
def frames(pictures: Callable[..., Frames]) -> Frames:
    return pictures(12, SHAPE[1:3])


@pytest.mark.parametrize("kind", TOLERANCE)
def test_frames_come_back(frames: Frames, numbers: Callable[[Frames], list[int]], kind: str) -> None:
    back = decode(encode(frames, Payload(kind=kind, fps=25)), kind, SHAPE)
    assert (back.dtype, back.shape) == (np.uint8, SHAPE)
    assert numbers(back) == list(range(12))
    error = np.abs(back.astype(int) - frames)
    assert error[:, 12:].max() <= TOLERANCE[kind]  # smooth below the blocks of the number
    assert error.mean() <= TOLERANCE[kind] / 4


@pytest.mark.parametrize("kind", TOLERANCE)
def test_the_same_frames_give_the_same_bytes(frames: Frames, kind: str) -> None:
    coded = encode(frames, Payload(kind=kind, fps=25))
    assert encode(frames.copy(), Payload(kind=kind, fps=25)) == coded
    assert encode(np.asfortranarray(frames), Payload(kind=kind, fps=25)) == coded


@pytest.mark.parametrize("kind", TOLERANCE)
@pytest.mark.parametrize("wrap", [memoryview, pa.py_buffer])
def test_stored_bytes_may_be_a_view(frames: Frames, kind: str, wrap: Callable[[bytes], memoryview]) -> None:
    coded = encode(frames, Payload(kind=kind, fps=25))
    view = [wrap(part) for part in coded] if isinstance(coded, list) else wrap(coded)
    assert np.array_equal(decode(view, kind, SHAPE), decode(coded, kind, SHAPE))


def test_every_kind_is_tested() -> None:
    assert {*TOLERANCE, "none"} == {*get_args(Payload.model_fields["kind"].annotation)}


def test_raw_is_the_memory_itself(frames: Frames) -> None:
    coded = encode(frames, Payload(kind="raw", fps=25))
    assert coded == frames.tobytes()
    view = decode(coded, "raw", SHAPE)
    assert np.shares_memory(view, np.frombuffer(coded, np.uint8))
    assert not view.flags.writeable


def test_raw_of_a_crop_is_packed(frames: Frames) -> None:
    part = frames[:, 3:20, 5:40]
    back = decode(encode(part, Payload(kind="raw", fps=25)), "raw", part.shape)
    assert np.array_equal(back, part)


def test_jpeg_is_a_list_of_pictures_that_anything_opens(frames: Frames) -> None:
    coded = encode(frames, Payload(kind="jpeg", fps=25))
    assert isinstance(coded, list)
    assert len(coded) == 12
    for data in coded:
        assert data[:3] == b"\xff\xd8\xff"
        assert data[-2:] == b"\xff\xd9"
        assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == SHAPE[1:]


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (48, 64)])
def test_jpeg_takes_any_size(pictures: Callable[..., Frames], size: tuple[int, int]) -> None:
    frames = pictures(2, (48, 64))[:, : size[0], : size[1]]
    assert decode(encode(frames, Payload(kind="jpeg", fps=25)), "jpeg", frames.shape).shape == frames.shape


def test_settings_change_sizes(frames: Frames) -> None:
    def size(**settings: object) -> int:
        coded = encode(frames, Payload(**settings, fps=25))
        return sum(map(len, coded)) if isinstance(coded, list) else len(coded)

    assert size(kind="jpeg", jpeg_quality=50) < size(kind="jpeg") < size(kind="jpeg", jpeg_quality=100)
    assert size(kind="h264", h264_crf=40) < size(kind="h264") < size(kind="h264", h264_crf=1)


def test_a_clip_of_no_frames() -> None:
    nothing = np.zeros((0, 8, 8, 3), np.uint8)
    for kind in ("raw", "jpeg"):
        assert decode(encode(nothing, Payload(kind=kind, fps=25)), kind, nothing.shape).shape == nothing.shape


def test_none_stores_no_frames(frames: Frames) -> None:
    with pytest.raises(ValueError, match="stores no frames"):
        encode(frames, Payload(kind="none", fps=25))


@pytest.mark.parametrize("kind", TOLERANCE)
def test_another_shape_is_refused(frames: Frames, kind: str) -> None:
    coded = encode(frames, Payload(kind=kind, fps=25))
    for shape in ((11, *SHAPE[1:]), (13, *SHAPE[1:]), (12, 48, 65, 3)):
        with pytest.raises(DecodeError, match=r"^payload: "):
            decode(coded, kind, shape)


def test_raw_says_how_many_bytes_there_are() -> None:
    with pytest.raises(DecodeError, match=r"5 bytes do not make \(1, 1, 2, 3\)"):
        decode(b"12345", "raw", (1, 1, 2, 3))


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[: len(data) // 3], lambda data: b"no picture"])
def test_a_damaged_jpeg_is_refused(frames: Frames, damage: Callable[[bytes], bytes]) -> None:
    coded = encode(frames, Payload(kind="jpeg", fps=25))
    coded[5] = damage(coded[5])
    with pytest.raises(DecodeError, match="a damaged JPEG"):
        decode(coded, "jpeg", SHAPE)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("kind", ["jpeg", "h264", "lossless"])
def test_flipped_bytes_give_frames_or_an_error(frames: Frames, kind: str, data: st.DataObject) -> None:
    coded = encode(frames[:2], Payload(kind=kind, fps=25))
    content = bytearray(coded[0] if isinstance(coded, list) else coded)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    stored = [bytes(content), coded[1]] if isinstance(coded, list) else bytes(content)
    try:
        reason = str(decode(stored, kind, (2, *SHAPE[1:])).shape)
    except DecodeError as error:
        reason = error.reason
    assert reason
