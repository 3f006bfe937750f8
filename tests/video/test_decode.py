import functools
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vidsynth.clip import Box, Clip, ClipRef
from vidsynth.errors import DecodeError
from vidsynth.video import decode
from vidsynth.video.convert import Converter
from vidsynth.video.decode import MAX_CLIP_BYTES, read_clip, read_clips
from vidsynth.video.probe import VideoInfo, probe

Frames = NDArray[np.uint8]
Numbers = Callable[[Frames], list[int]]

# The number on the first picture that a player shows, where it is not 0.
FIRST_NUMBER = {"h264_trimmed.mp4": 10, "h264_trimmed_in_its_only_group.mp4": 10, "recording.ts": 8}


@functools.cache
def plain_decode(path: Path) -> tuple[VideoInfo, list[tuple[float, av.VideoFrame]]]:
    """Decode everything, in order, as simply as can be: (seconds from the start, frame) each."""
    info = probe(path)
    with av.open(str(path)) as container:
        start = (container.start_time or 0) / av.time_base
        frames = list(container.decode(video=0))
    if info.counted:
        return info, [(number / info.fps, frame) for number, frame in enumerate(frames)]
    frames = [frame for frame in frames if frame.pts is not None]
    return info, [(float(frame.pts * frame.time_base) - start, frame) for frame in frames]


def reference(path: Path, ref: ClipRef) -> tuple[Frames, list[float]]:
    """Return the frames of a clip, and their times, from a plain decode of the whole file."""
    info, shown = plain_decode(path)
    grace = 0.5 * info.time_base[0] / info.time_base[1]
    chosen = []
    for time in ref.times:
        before = [number for number, (start, _) in enumerate(shown) if start <= time + grace + 1e-9]
        chosen.append(before[-1] if before else 0)
    convert = Converter(info, ref)
    frames = np.zeros((len(chosen), convert.height, convert.width, 3), np.uint8)
    for number, out in zip(chosen, frames, strict=True):
        convert(shown[number][1], out)
    return frames, [shown[number][0] for number in chosen]


def assert_same(clip: Clip, path: Path, ref: ClipRef) -> None:
    frames, times = reference(path, ref)
    assert clip.ref == ref
    assert np.array_equal(clip.frames, frames)
    assert clip.frames.flags.c_contiguous
    assert clip.times == pytest.approx(times, abs=2e-6)


@st.composite
def clip_refs(draw: st.DrawFn) -> ClipRef:
    """Times in and around a video of a second, with strides, repeats and in any order; crops, sizes, flips."""
    start = draw(st.integers(-5, 50))
    stride = draw(st.integers(-3, 8))
    length = draw(st.integers(1, 8))
    times = [0.04 * (start + stride * number) for number in range(length)]
    if draw(st.booleans()):
        times = draw(st.lists(st.integers(-20, 200).map(lambda n: n / 100 + 0.0123), min_size=1, max_size=6))
    crop = None
    if draw(st.booleans()):
        width, height = draw(st.integers(1, 48)), draw(st.integers(1, 48))
        crop = Box(draw(st.integers(0, 48 - width)), draw(st.integers(0, 48 - height)), width, height)
    size = draw(st.none() | st.tuples(st.integers(8, 40), st.integers(8, 40)))
    return ClipRef("v", "v.mp4", tuple(times), crop, size, draw(st.booleans()))


@settings(deadline=None, max_examples=12)
@given(refs=st.lists(clip_refs(), min_size=1, max_size=3))
def test_clips_are_the_frames_of_a_plain_decode(good_video: Path, refs: list[ClipRef]) -> None:
    info, _ = plain_decode(good_video)
    clips = read_clips(good_video, info, refs)
    for clip, ref in zip(clips, refs, strict=True):
        assert_same(clip, good_video, ref)


def test_a_whole_video_shows_its_numbers_in_order(good_video: Path, numbers: Numbers) -> None:
    info = probe(good_video)
    frames = read_clip(good_video).frames
    if info.mirrored:
        frames = frames[:, :, ::-1]
    as_stored = np.rot90(frames, info.rotation // 90, axes=(1, 2))
    first = FIRST_NUMBER.get(good_video.name, 0)
    expected = [*range(24)] * 2 if good_video.name == "twice.ts" else [*range(first, first + info.frames)]
    assert numbers(as_stored) == expected


def at(path: Path, times: Iterable[float]) -> Clip:
    return read_clip(path, ClipRef("v", path.name, tuple(times)))


@pytest.mark.parametrize("name", ["h264_uneven.mp4", "h264_uneven.mkv"])
def test_a_time_finds_the_frame_on_screen_at_uneven_rates(videos: Path, numbers: Numbers, name: str) -> None:
    # Frames begin at 0, .1, .14, .15, .4, .44, .5, .9, 1.0, 1.02, 1.3 and 1.32 s.
    clip = at(videos / name, [0.0, 0.09, 0.1, 0.145, 0.3, 0.89, 0.9, 1.01, 1.29, 1.31, 5.0])
    assert numbers(clip.frames) == [0, 0, 1, 2, 3, 6, 7, 8, 9, 10, 11]
    assert clip.times == pytest.approx([0, 0, 0.1, 0.14, 0.15, 0.5, 0.9, 1.0, 1.02, 1.3, 1.32])


@pytest.mark.parametrize("name", ["h264_starts_late.mp4", "h264_starts_late.mkv", "h264.ts", "mpeg2.mpg"])
def test_times_count_from_the_start_of_the_file(videos: Path, numbers: Numbers, name: str) -> None:
    assert numbers(at(videos / name, [0.0, 0.04, 0.5, 0.92]).frames) == [0, 1, 12, 23]


def test_what_was_trimmed_off_is_not_shown(videos: Path, numbers: Numbers) -> None:
    assert numbers(at(videos / "h264_trimmed.mp4", [-1.0, 0.0, 0.2, 9.0]).frames) == [10, 10, 15, 23]


def test_past_the_end_the_last_frame_stays(videos: Path, numbers: Numbers) -> None:
    clip = at(videos / "h264.mp4", [0.88, 0.92, 0.96, 1.0, 100.0])
    assert numbers(clip.frames) == [22, 23, 23, 23, 23]
    assert clip.times == pytest.approx([0.88, 0.92, 0.92, 0.92, 0.92])


def test_frames_come_in_the_order_asked_for(videos: Path, numbers: Numbers) -> None:
    assert numbers(at(videos / "h264.mp4", [0.8, 0.0, 0.4, 0.4, 0.04, 0.8]).frames) == [20, 0, 10, 10, 1, 20]


def test_overlapping_clips_equal_those_read_alone(videos: Path) -> None:
    path = videos / "h264_open_gop.mp4"
    refs = [
        ClipRef("v", path.name, tuple(np.arange(5, 21) * 0.04)),
        ClipRef("v", path.name, tuple(np.arange(12, 36, 2) * 0.04), crop=Box(3, 5, 31, 30), size=(16, 16)),
        ClipRef("v", path.name, tuple(np.arange(5, 21) * 0.04), flip=True),
    ]
    together = read_clips(path, probe(path), refs)
    for clip, ref in zip(together, refs, strict=True):
        assert np.array_equal(clip.frames, read_clip(path, ref).frames)
    assert np.array_equal(together[2].frames, together[0].frames[:, :, ::-1])


@pytest.mark.parametrize("name", ["h264.mp4", "mpeg4.avi"])
def test_no_clips_are_none(videos: Path, name: str) -> None:
    assert read_clips(videos / name, probe(videos / name), []) == []


class Counted:
    """`decode.decoded_packet`, counting the pictures that come out of the decoder."""

    def __init__(self) -> None:
        self.pictures = 0
        self.decoded_packet = decode.decoded_packet

    def __call__(self, packet: av.Packet, errors: list[Exception]) -> list[av.VideoFrame]:
        frames = self.decoded_packet(packet, errors)
        self.pictures += len(frames)
        return frames


@pytest.mark.parametrize(
    ("name", "skips"),
    [
        ("h264.mp4", True),
        ("h264.ts", True),
        ("h265.mp4", True),
        ("h265_layers.mp4", False),  # what its highest layer leaves out, a lower one may need
        ("mpeg2.mpg", True),
        ("mpeg4_b_frames.mp4", True),
        ("vp9.webm", False),
    ],
)
def test_pictures_that_nobody_needs_are_not_decoded(
    videos: Path, monkeypatch: pytest.MonkeyPatch, name: str, skips: bool
) -> None:
    counted = Counted()
    monkeypatch.setattr(decode, "decoded_packet", counted)
    path = videos / name
    ref = ClipRef("v", name, (0.0, 0.36))  # the first and the last picture of a group of ten or more
    clip = read_clip(path, ref)
    assert (counted.pictures < 10) == skips
    assert_same(clip, path, ref)


def test_groups_that_nothing_is_wanted_from_are_not_decoded(videos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    monkeypatch.setattr(decode, "decoded_packet", counted)
    read_clip(videos / "vp9.webm", ClipRef("v", "v", (0.04, 0.84)))
    assert counted.pictures == 2 + 2  # of the first group and of the third


def test_broken_files_say_why(broken_video: tuple[Path, str]) -> None:
    path, reason = broken_video
    with pytest.raises(DecodeError) as caught:
        read_clip(path)
    assert (caught.value.path, caught.value.reason) == (str(path), reason)


def test_a_file_broken_since_it_was_probed_says_why(videos: Path, broken_video: tuple[Path, str]) -> None:
    path, reason = broken_video
    info = probe(videos / "h264.mp4", "a.mp4")
    with pytest.raises(DecodeError, match=r"^a\.mp4: ") as caught:
        read_clips(path, info, [info.whole()])
    assert caught.value.reason == reason or reason.startswith("cut off")


def test_damage_costs_only_the_frames_that_it_reaches(videos: Path) -> None:
    whole = read_clip(videos / "h264.mp4").frames
    before = at(videos / "corrupted.mp4", np.arange(8) * 0.04)
    after = at(videos / "corrupted.mp4", np.arange(21, 24) * 0.04)
    assert np.array_equal(before.frames, whole[:8])
    assert np.array_equal(after.frames, whole[21:])
    with pytest.raises(DecodeError, match="some of its frames cannot be decoded"):
        read_clip(videos / "corrupted.mp4")


def test_pictures_that_change_size_are_refused(videos: Path) -> None:
    assert probe(videos / "grows.h264").frames == 36
    with pytest.raises(DecodeError, match="its picture size changes in mid-stream"):
        read_clip(videos / "grows.h264")


@pytest.mark.parametrize("crop", [Box(0, 0, 65, 48), Box(1, 0, 64, 48), Box(-1, 0, 8, 8), Box(0, 0, 0, 8)])
def test_a_crop_outside_the_picture_is_refused(videos: Path, crop: Box) -> None:
    with pytest.raises(DecodeError, match=re.escape(f"crop {tuple(crop)} is not inside its 64x48 picture")):
        read_clip(videos / "h264.mp4", ClipRef("v", "v", (0.0,), crop))


def test_a_clip_too_large_is_refused_before_memory_is_taken(videos: Path) -> None:
    side = 60_000
    assert side * side * 3 > MAX_CLIP_BYTES
    with pytest.raises(DecodeError, match="larger than 8 GiB"):
        read_clip(videos / "h264.mp4", ClipRef("v", "v", (0.0,), size=(side, side)))
    with pytest.raises(DecodeError, match="larger than 8 GiB"):
        read_clip(videos / "h264.mp4", ClipRef("v", "v", (0.0,) * 1_000_000))


def assert_read_or_refused(path: Path) -> None:
    """Whatever a file holds: facts and frames that fit together, or a DecodeError."""
    try:
        info = probe(path)
        clip = read_clips(path, info, [info.whole()])[0]
    except DecodeError as error:
        refused = error.path, bool(error.reason)
    else:
        refused = None
        assert clip.frames.shape == (info.frames, info.height, info.width, 3)
    assert refused in (None, (str(path), True))


FUZZED = ["h264.mp4", "h264.mkv", "h264.ts", "h264.h264", "h265.mp4", "mpeg4.avi", "mpeg2.mpg", "vp9.webm", "av1.mp4"]


@settings(deadline=None, max_examples=25)
@given(data=st.data())
@pytest.mark.parametrize("name", FUZZED)
def test_flipped_bytes_never_crash(videos: Path, fuzzed: Path, name: str, data: st.DataObject) -> None:
    content = bytearray((videos / name).read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=10)):
        content[place] = data.draw(st.integers(0, 255))
    path = fuzzed / name
    path.write_bytes(content[: data.draw(st.just(len(content)) | st.integers(0, len(content)))])
    assert_read_or_refused(path)


@settings(deadline=None, max_examples=25)
@given(suffix=st.sampled_from([".mp4", ".avi", ".mkv", ".ts", ".h264", ".txt", ""]), content=st.binary(max_size=4096))
def test_garbage_never_crashes(fuzzed: Path, suffix: str, content: bytes) -> None:
    path = fuzzed / f"garbage{suffix}"
    path.write_bytes(content)
    assert_read_or_refused(path)


@pytest.fixture(scope="session")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")
