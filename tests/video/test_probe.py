import dataclasses
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.errors import DecodeError
from vidsynth.video.probe import VideoInfo, _probe, probe

PLAIN = {
    "codec": "h264", "pix_fmt": "yuv420p", "width": 64, "height": 48, "rotation": 0, "mirrored": False,
    "frames": 24, "fps": 25.0, "duration_s": 0.96, "matrix": "bt601", "full_range": False, "assumed_matrix": True,
    "counted": False,
}  # fmt: skip
UNEVEN = [0.0, 0.1, 0.14, 0.15, 0.4, 0.44, 0.5, 0.9, 1.0, 1.02, 1.3, 1.32]
IN_MID_GROUP = {"frames": 14, "duration_s": 0.56}
COUNTED = {"counted": True}
ODD = {"width": 65, "height": 49}
UPRIGHT = {"width": 48, "height": 64}
UNEVEN_FACTS = {"frames": 12, "fps": 11 / 1.32, "duration_s": 1.44}

# What differs from PLAIN, and the seconds at which decoding can begin.
FACTS: dict[str, tuple[dict[str, object], list[float]]] = {
    "h264.mp4": ({}, [0, 0.4, 0.8]),
    "h264_no_b_frames.mp4": ({}, [0, 0.32, 0.64]),
    "h264_open_gop.mp4": ({"frames": 40, "duration_s": 1.6}, [0, 0.4, 0.8, 1.2]),
    "h264_audio.mp4": ({}, [0]),
    "h264_after_sound.mp4": ({}, [0.48]),
    "h264_faststart.mp4": ({}, [0]),
    "h264_fragmented.mp4": ({}, [0, 0.32, 0.64]),
    "h264_one_frame.mp4": ({"frames": 1, "duration_s": 0.04}, [0]),
    "h264_ntsc.mp4": ({"fps": 30000 / 1001, "duration_s": 24 * 1001 / 30000}, [0]),
    "h264.mov": ({}, [0, 0.48]),
    "h264.mkv": ({}, [0, 0.48]),
    "h264.ts": ({}, [0, 0.48]),
    "h264.h264": (COUNTED, [0]),
    "h264_starts_late.mp4": ({}, [0, 0.48]),
    "h264_starts_late.mkv": ({}, [0, 0.48]),
    "h264_trimmed.mp4": (IN_MID_GROUP, [-0.08, 0.24]),
    "h264_trimmed_in_its_only_group.mp4": (IN_MID_GROUP, [-0.4]),
    "h264_uneven.mp4": (UNEVEN_FACTS, [0, 0.4, 1.0]),
    "h264_uneven.mkv": (UNEVEN_FACTS, [0, 0.4, 1.0]),
    "h264_turned_90.mp4": (UPRIGHT | {"rotation": 90}, [0]),
    "h264_turned_180.mp4": ({"rotation": 180}, [0]),
    "h264_turned_270.mp4": (UPRIGHT | {"rotation": 270}, [0]),
    "h264_mirrored.mp4": ({"mirrored": True}, [0]),
    "h264_turned_90_mirrored.mp4": (UPRIGHT | {"rotation": 90, "mirrored": True}, [0]),
    "h264_10_bit.mp4": ({"pix_fmt": "yuv420p10le"}, [0]),
    "h264_422.mp4": ({"pix_fmt": "yuv422p"}, [0]),
    "h264_444_odd.mp4": (ODD | {"pix_fmt": "yuv444p"}, [0]),
    "h264_interlaced.mp4": ({}, [0, 0.48]),
    "h264_rgb.mp4": ({"pix_fmt": "gbrp", "matrix": "rgb", "assumed_matrix": False, "full_range": True}, [0]),
    "h264_full_range.mp4": ({"pix_fmt": "yuvj420p", "full_range": True}, [0]),
    "h264_bt601.mp4": ({"assumed_matrix": False}, [0]),
    "h264_bt709.mp4": ({"matrix": "bt709", "assumed_matrix": False}, [0]),
    "h264_bt2020.mp4": ({"matrix": "bt2020", "assumed_matrix": False, "pix_fmt": "yuv420p10le"}, [0]),
    "h265.mp4": ({"codec": "hevc"}, [0, 0.4, 0.8]),
    "h265_open_gop.mp4": ({"codec": "hevc", "frames": 40, "duration_s": 1.6}, [0, 0.4, 0.8, 1.2]),
    "h265_layers.mp4": ({"codec": "hevc"}, [0, 0.4, 0.8]),
    "h265_10_bit.mp4": ({"codec": "hevc", "pix_fmt": "yuv420p10le"}, [0]),
    "h265.h265": (COUNTED | {"codec": "hevc"}, [0]),
    "mpeg4.avi": (COUNTED | {"codec": "mpeg4"}, [0]),
    "mpeg4_b_frames.avi": (COUNTED | {"codec": "mpeg4"}, [0]),
    "mpeg4_b_frames.mp4": ({"codec": "mpeg4"}, [0, 0.48, 0.84]),
    "mpeg4_odd.avi": (COUNTED | ODD | {"codec": "mpeg4"}, [0]),
    "mpeg2.mpg": ({"codec": "mpeg2video"}, [0, 0.48, 0.84]),
    "mjpeg.avi": (
        COUNTED | {"codec": "mjpeg", "pix_fmt": "yuvj420p", "full_range": True, "assumed_matrix": False}, [0],
    ),
    "vp9.webm": ({"codec": "vp9"}, [0, 0.4, 0.8]),
    "vp9_odd.webm": (ODD | {"codec": "vp9"}, [0]),
    "av1.mp4": ({"codec": "av1"}, [0, 0.4, 0.8]),
    "av1_odd.webm": (ODD | {"codec": "av1"}, [0]),
    "recording.ts": ({"frames": 16, "duration_s": 0.64}, [0.28, 0.6]),
    "twice.ts": (COUNTED | {"frames": 48, "duration_s": 1.92}, [0]),
}  # fmt: skip


def test_facts_of_every_kind_of_file(good_video: Path) -> None:
    differences, keys = FACTS[good_video.name]
    info = probe(good_video)
    facts = dataclasses.asdict(info)
    expected = PLAIN | differences
    assert _rounded({name: facts[name] for name in expected}) == _rounded(expected)
    assert info.seconds(info.key_ticks) == pytest.approx(keys, abs=1e-9)
    assert info.path == str(good_video)
    stat = good_video.stat()
    assert (info.file_bytes, info.mtime_ns) == (stat.st_size, stat.st_mtime_ns)


def _rounded(facts: dict[str, object]) -> dict[str, object]:
    return {name: round(fact, 9) if isinstance(fact, float) else fact for name, fact in facts.items()}


def test_times_of_frames_are_those_of_a_full_decode(good_video: Path) -> None:
    info = probe(good_video)
    with av.open(str(good_video)) as container:
        start = Fraction(container.start_time or 0, av.time_base)
        times = [frame.pts * frame.time_base - start for frame in container.decode(video=0) if frame.pts is not None]
    if info.counted:
        times = [Fraction(number, 25) for number in range(info.frames)]
    assert len(times) == info.frames
    assert info.seconds(info.all_ticks()) == pytest.approx([float(time) for time in times], abs=2e-6)


@pytest.mark.parametrize("name", ["h264_uneven.mp4", "h264_uneven.mkv"])
def test_uneven_times_are_kept_as_they_are(videos: Path, name: str) -> None:
    info = probe(videos / name)
    assert info.step == 0
    assert info.seconds(info.all_ticks()) == pytest.approx(UNEVEN, abs=1e-9)


@pytest.mark.parametrize("name", ["h264_starts_late.mp4", "h264_starts_late.mkv", "h264.ts"])
def test_seconds_count_from_the_start_of_the_file(videos: Path, name: str) -> None:
    info = probe(videos / name)
    assert info.first == info.origin > 0
    assert info.seconds(info.all_ticks())[:3] == pytest.approx([0, 0.04, 0.08])


@pytest.mark.parametrize(("name", "first"), [("recording.ts", 0.28), ("h264_after_sound.mp4", 0.48)])
def test_what_comes_before_the_first_picture_counts_as_time(videos: Path, name: str, first: float) -> None:
    info = probe(videos / name)
    assert info.seconds(info.all_ticks())[0] == pytest.approx(first)


def test_a_name_replaces_the_path(videos: Path) -> None:
    for name in ("h264.mp4", "mpeg4.avi"):  # the second is read twice: to count its frames
        assert probe(videos / name, "train/a.mp4").path == "train/a.mp4"


def test_broken_files_say_why(broken_video: tuple[Path, str]) -> None:
    path, reason = broken_video
    with pytest.raises(DecodeError) as caught:
        probe(path)
    assert (caught.value.path, caught.value.reason) == (str(path), reason)
    with pytest.raises(DecodeError, match=r"^train/a\.mp4: "):
        probe(path, "train/a.mp4")


def test_a_file_without_its_last_byte_is_cut_off(videos: Path, tmp_path: Path) -> None:
    whole = (videos / "h264_faststart.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[:-1])
    with pytest.raises(DecodeError, match="cut off"):
        probe(cut)


def test_a_picture_too_large_is_refused(videos: Path, tmp_path: Path) -> None:
    data = (videos / "mjpeg.avi").read_bytes()
    header = b"\xff\xc0\x00\x11\x08"  # a JPEG's start of frame, up to its height and width
    at = data.index(header) + len(header)
    large = tmp_path / "large.avi"
    large.write_bytes(data.replace(data[at - 5 : at + 4], header + b"\xff\xdc\xff\xdc"))
    with pytest.raises(DecodeError, match="no frame can be decoded"):
        probe(large)


def slow_frame_on_screen(starts: list[float], time: float) -> int:
    shown = [number for number, start in enumerate(starts) if start <= time]
    return shown[-1] if shown else 0


@settings(deadline=None, max_examples=60)
@given(times=st.lists(st.floats(-1, 3), max_size=8))
@pytest.mark.parametrize("name", ["h264_uneven.mp4", "h264.mp4", "h264_starts_late.mkv", "h264_one_frame.mp4"])
def test_a_time_means_the_frame_on_screen_then(infos: dict[str, VideoInfo], name: str, times: list[float]) -> None:
    info = infos[name]
    starts = info.seconds(info.all_ticks()).tolist()
    grace = 0.5 * info.time_base[0] / info.time_base[1]
    # A time within rounding of the half tick before a frame may mean either neighbour.
    times = [time for time in times if all(abs(start - grace - time) > 1e-9 for start in starts)]
    expected = [info.all_ticks()[slow_frame_on_screen(starts, time + grace)] for time in times]
    assert info.frame_ticks(tuple(times)).tolist() == expected


def test_every_frame_is_found_by_its_own_time(good_video: Path) -> None:
    info = probe(good_video)
    ticks = info.all_ticks()
    assert info.frame_ticks(tuple(info.seconds(ticks).tolist())).tolist() == ticks.tolist()


@settings(deadline=None, max_examples=60)
@given(start=st.floats(-0.5, 2), length=st.none() | st.floats(0, 2))
@pytest.mark.parametrize("name", ["h264_uneven.mp4", "h264.mp4", "mpeg4.avi", "recording.ts"])
def test_frames_between_two_seconds(infos: dict[str, VideoInfo], name: str, start: float, length: float | None) -> None:
    info = infos[name]
    end = None if length is None else start + length
    begins = info.seconds(info.all_ticks())
    grace = 0.5 * info.time_base[0] / info.time_base[1]
    inside = [
        number
        for number, begin in enumerate(begins)
        if (begin >= start - grace or (start <= 0 and end is None)) and (end is None or begin < end - grace)
    ]
    first, stop = info.frames_between(start, end)
    assert list(range(first, stop)) == inside


@pytest.fixture(scope="session")
def infos(videos: Path) -> dict[str, VideoInfo]:
    return {path.name: probe(path) for path in videos.iterdir() if path.name in FACTS}


def test_the_whole_reference_names_every_frame(videos: Path) -> None:
    ref = probe(videos / "h264_uneven.mp4").whole()
    assert np.asarray(ref.times) == pytest.approx(UNEVEN)
    assert (ref.crop, ref.size, ref.flip) == (None, None, False)


def test_a_quick_look_finds_what_a_close_one_does(good_video: Path) -> None:
    def values(info: VideoInfo) -> list[object]:
        found = [getattr(info, field.name) for field in dataclasses.fields(info)]
        return [value.tolist() if isinstance(value, np.ndarray) else value for value in found]

    assert values(probe(good_video, "x")) == values(_probe(good_video, "x", quick=False))
