"""Fixtures for every test: a home of its own, and small real videos of every kind, good and broken."""

from __future__ import annotations

import itertools
import shlex
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from vidsynth import TubeletPairs, source

Frames = NDArray[np.uint8]
MakeVideo = Callable[..., Path]

# --- nothing of the user's is read or written ---


@pytest.fixture(scope="session")
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Iterator[int]]]:
    """A home folder for the session: libraries that keep files in the home keep them there."""
    state = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SVT_LOG", "1")  # the AV1 encoder says errors only
        for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
            patch.setenv(name, str(state / "home"))
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
            patch.setenv(name, str(state / "home" / name.lower()))
        yield state, itertools.count()


@pytest.fixture(autouse=True)
def _fresh_settings(_state: tuple[Path, Iterator[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts with an empty cache, no config file and no roots."""
    state, numbers = _state
    own = state / f"test-{next(numbers)}"
    monkeypatch.setenv("VIDSYNTH_CACHE", str(own / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own / "config"))
    monkeypatch.setenv("VIDSYNTH_LINKS", str(state.parent))  # tests link to the files of others
    for name in ("VIDSYNTH_ROOTS", "VIDSYNTH_CONFIG"):
        monkeypatch.delenv(name, raising=False)


# --- pictures whose number can be read back ---


def _pictures(count: int, size: tuple[int, int] = (48, 64), first: int = 0) -> Frames:
    """Gradients that move, under a row of eight 8x8 blocks: the bits of the frame's number, lowest first."""
    height, width = size
    y, x = np.mgrid[:height, :width]
    frames = np.empty((count, height, width, 3), np.uint8)
    for number, frame in enumerate(frames, first):
        wave = 2 * np.pi * number / 24
        frame[..., 0] = 128 + 90 * np.sin(2 * np.pi * x / width + wave)
        frame[..., 1] = 128 + 90 * np.sin(2 * np.pi * y / height - wave)
        frame[..., 2] = 128 + 90 * np.sin(np.pi * (x + y) / width + 2 * wave)
        for bit in range(8):
            frame[:8, 8 * bit : 8 * bit + 8] = 235 if number >> bit & 1 else 16
    return frames


def _numbers(frames: Frames) -> list[int]:
    """Read the numbers that `pictures` wrote into upright frames, uint8 [T, H, W, 3]."""
    blocks = np.stack([frames[:, 2:6, 8 * bit + 2 : 8 * bit + 6].mean((1, 2, 3)) for bit in range(8)])
    return ((blocks > 125).T << np.arange(8)).sum(1).tolist()


@pytest.fixture(scope="session")
def pictures() -> Callable[..., Frames]:
    """`pictures(count, size=(48, 64), first=0)`: frames uint8 [T, H, W, 3] that show their own numbers."""
    return _pictures


@pytest.fixture(scope="session")
def numbers() -> Callable[[Frames], list[int]]:
    """`numbers(frames)`: the numbers that frames show, whatever a codec did to them."""
    return _numbers


# --- video files ---

# Values of AVColorSpace, and what swscale calls them.
_MATRICES = {
    "bt709": (1, Colorspace.ITU709),
    "bt601": (6, Colorspace.ITU601),
    "bt2020": (9, Colorspace.BT2020),
    None: (2, Colorspace.ITU601),
}
_TICKS = 90_000
_QUIET = {"libx265": {"x265-params": "log-level=none"}}


def _make_video(
    path: str | Path,
    frames: int | Frames = 24,
    size: tuple[int, int] = (48, 64),
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    fps: float | Fraction = 25,
    times: Sequence[float] | None = None,
    start: float = 0.0,
    options: Mapping[str, str] | None = None,
    matrix: str | None = None,
    full_range: bool | None = None,
    rotation: int = 0,
    mirrored: bool = False,
    audio: bool = False,
    format: str | None = None,  # noqa: A002
    container_options: Mapping[str, str] | None = None,
) -> Path:
    """Encode a small video and return its path; the same arguments give the same bytes.

    frames : how many numbered pictures of `size` (height, width), or the frames themselves, RGB.
    times : seconds at which frames begin (variable rate); else they follow each other at `fps`.
    start : seconds added to all times.
    matrix : bt601, bt709 or bt2020, used and tagged; None leaves no tag and uses BT.601.
    full_range : used and tagged; None leaves no tag and means limited.
    rotation : degrees clockwise that a player must turn the pictures (mp4 and mov only).
    mirrored : a player must also mirror them (mp4 and mov only).
    audio : add a quiet tone, as long as the pictures.
    """
    shown = _pictures(frames, size) if isinstance(frames, int) else frames
    rate = Fraction(fps).limit_denominator(1001)
    seconds = times if times is not None else [Fraction(number) / rate for number in range(len(shown))]
    tag, space = _MATRICES[matrix]
    with av.open(
        str(path), "w", format=format, options={"fflags": "+bitexact", **(container_options or {})}
    ) as container:
        stream = container.add_stream(codec, rate=rate, options=dict(options or _QUIET.get(codec, {})))
        stream.height, stream.width, stream.pix_fmt = shown.shape[1], shown.shape[2], pix_fmt
        context = stream.codec_context
        context.thread_count = 1
        context.flags |= av.codec.context.Flags.bitexact
        context.time_base = 1 / rate if times is None else Fraction(1, _TICKS)
        context.colorspace = tag
        if full_range is not None:
            context.color_range = 2 if full_range else 1
        sound = _add_tone(container, float(seconds[-1]) + 1 / float(rate)) if audio else None
        for number, picture in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24").reformat(
                format=pix_fmt,
                dst_colorspace=space,
                dst_color_range=ColorRange.JPEG if full_range or pix_fmt.startswith("yuvj") else ColorRange.MPEG,
                threads=1,
            )
            frame.time_base = context.time_base
            frame.pts = round((Fraction(seconds[number]) + Fraction(start)) / context.time_base)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            sound()
    if rotation or mirrored:
        _write_display_matrix(Path(path), rotation, mirrored)
    return Path(path)


def _add_tone(container: av.container.OutputContainer, seconds: float, rate: int = 16_000) -> Callable[[], None]:
    """Add an audio stream; the function returned writes its samples."""
    stream = container.add_stream("aac" if container.format.name != "webm" else "libopus", rate=rate, layout="mono")
    stream.codec_context.flags |= av.codec.context.Flags.bitexact

    def write() -> None:
        tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(tone[None], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    return write


def _write_display_matrix(path: Path, rotation: int, mirrored: bool) -> None:
    """Set the matrix of the first track header by hand (ISO/IEC 14496-12, 8.3.2), whatever libav's convention is."""
    cos, sin = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotation]
    a, b, c, d = (-cos, sin, sin, cos) if mirrored else (cos, sin, -sin, cos)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd")
    matrix = at + (56 if data[at + 4] == 1 else 44)
    one = 1 << 16
    struct.pack_into(">9i", data, matrix, a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


@pytest.fixture(scope="session")
def make_video() -> MakeVideo:
    """`make_video(path, frames=24, size=(48, 64), codec=..., ...) -> path`: encode a small real video."""
    return _make_video


# --- one file of every kind ---

_X264_GROUPS = "keyint=10:min-keyint=10:scenecut=0:bframes=3:b-adapt=0"
_X265_GROUPS = f"log-level=none:{_X264_GROUPS}"
_UNEVEN = [0.0, 0.1, 0.14, 0.15, 0.4, 0.44, 0.5, 0.9, 1.0, 1.02, 1.3, 1.32]

ENCODED: dict[str, dict[str, object]] = {
    "h264.mp4": {"options": {"x264-params": _X264_GROUPS}},
    "h264_no_b_frames.mp4": {"options": {"g": "8", "bf": "0"}},
    "h264_open_gop.mp4": {"frames": 40, "options": {"x264-params": f"{_X264_GROUPS}:open-gop=1"}},
    "h264_audio.mp4": {"audio": True},
    "h264_after_sound.mp4": {"audio": True, "start": 0.48},
    "h264_faststart.mp4": {"container_options": {"movflags": "faststart"}},
    "h264_fragmented.mp4": {"container_options": {"movflags": "frag_keyframe+empty_moov"}, "options": {"g": "8"}},
    "h264_one_frame.mp4": {"frames": 1},
    "h264_ntsc.mp4": {"fps": Fraction(30000, 1001)},
    "h264.mov": {"options": {"g": "12"}},
    "h264.mkv": {"options": {"g": "12"}},
    "h264.ts": {"options": {"g": "12"}},
    "h264.h264": {"options": {"x264-params": _X264_GROUPS}},
    "h264_starts_late.mp4": {"start": 2.0, "options": {"g": "12"}},
    "h264_starts_late.mkv": {"start": 2.0, "options": {"g": "12"}},
    "h264_trimmed.mp4": {"start": -0.4, "options": {"g": "8"}},
    "h264_trimmed_in_its_only_group.mp4": {"start": -0.4},
    "h264_uneven.mp4": {"frames": 12, "times": _UNEVEN, "options": {"g": "4"}},
    "h264_uneven.mkv": {"frames": 12, "times": _UNEVEN, "options": {"g": "4"}},
    "h264_turned_90.mp4": {"rotation": 90},
    "h264_turned_180.mp4": {"rotation": 180},
    "h264_turned_270.mp4": {"rotation": 270},
    "h264_mirrored.mp4": {"mirrored": True},
    "h264_turned_90_mirrored.mp4": {"rotation": 90, "mirrored": True},
    "h264_10_bit.mp4": {"pix_fmt": "yuv420p10le"},
    "h264_422.mp4": {"pix_fmt": "yuv422p"},
    "h264_444_odd.mp4": {"pix_fmt": "yuv444p", "size": (49, 65)},
    "h264_interlaced.mp4": {"options": {"x264-params": "tff=1:keyint=12"}},
    "h264_rgb.mp4": {"codec": "libx264rgb", "pix_fmt": "rgb24"},
    "h264_full_range.mp4": {"full_range": True},
    "h264_bt601.mp4": {"matrix": "bt601"},
    "h264_bt709.mp4": {"matrix": "bt709"},
    "h264_bt2020.mp4": {"matrix": "bt2020", "pix_fmt": "yuv420p10le"},
    "h265.mp4": {"codec": "libx265", "options": {"x265-params": _X265_GROUPS}},
    "h265_open_gop.mp4": {"frames": 40, "codec": "libx265", "options": {"x265-params": f"{_X265_GROUPS}:open-gop=1"}},
    "h265_layers.mp4": {"codec": "libx265", "options": {"x265-params": f"{_X265_GROUPS}:temporal-layers=3"}},
    "h265_10_bit.mp4": {"codec": "libx265", "pix_fmt": "yuv420p10le"},
    "h265.h265": {"codec": "libx265"},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"g": "10"}},
    "mpeg4_b_frames.avi": {"codec": "mpeg4", "options": {"g": "10", "bf": "2"}},
    "mpeg4_b_frames.mp4": {"codec": "mpeg4", "options": {"g": "10", "bf": "2"}},
    "mpeg4_odd.avi": {"codec": "mpeg4", "size": (49, 65)},
    "mpeg2.mpg": {"codec": "mpeg2video", "options": {"g": "10", "bf": "2"}},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"g": "10"}},
    "vp9_odd.webm": {"codec": "libvpx-vp9", "size": (49, 65)},
    "av1.mp4": {"codec": "libsvtav1", "options": {"g": "10"}},
    "av1_odd.webm": {"codec": "libsvtav1", "size": (49, 65)},
}
# A broadcast that was tuned into between two key frames, and two files one after the other.
SPLICED = ("recording.ts", "twice.ts")

# Each with the reason that a person is told.
BROKEN = {
    "audio_only.m4a": "no video stream (only audio)",
    "audio_with_cover.mp3": "no video stream (only audio)",
    "cut_off.mp4": "moov atom not found (the file is cut off or its download never ended)",
    "cut_off_faststart.mp4": "cut off (the file ends before its last frame)",
    "empty.mp4": "empty file (0 bytes)",
    "text.mp4": "not a video: its name ends like one, its first bytes do not",
    "text.webm": "not a Matroska/WebM file inside (EBML header parsing failed)",
    "text.avi": "damaged, or not a video that FFmpeg knows",
    "missing.mp4": "no such file",
    "folder.mp4": "a folder, not a file",
}
# Their facts can be read; some of their frames cannot.
DAMAGED = ("grows.h264", "corrupted.mp4")


class Broken(NamedTuple):
    """A file that cannot be read, and the reason that a person is told."""

    path: Path
    reason: str


def _make_spliced(folder: Path) -> None:
    whole = _make_video(folder / "recording.ts", options={"g": "8"}).read_bytes()
    (folder / "recording.ts").write_bytes(whole[5 * 188 :])  # past its tables and the first key frame
    (folder / "twice.ts").write_bytes(whole * 2)


def _make_broken(folder: Path) -> None:
    sound = folder / "audio_only.m4a"
    with av.open(str(sound), "w", format="mp4") as container:
        _add_tone(container, 0.5)()
    _make_cover(folder / "audio_with_cover.mp3")
    whole = (folder / "h264.mp4").read_bytes()
    (folder / "cut_off.mp4").write_bytes(whole[: whole.index(b"moov") - 200])
    whole = (folder / "h264_faststart.mp4").read_bytes()
    with av.open(str(folder / "h264_faststart.mp4")) as container:
        packet = container.streams.video[0].index_entries[12]
    (folder / "cut_off_faststart.mp4").write_bytes(whole[: packet.pos + packet.size // 2])
    (folder / "empty.mp4").touch()
    for suffix in ("mp4", "webm", "avi"):
        (folder / f"text.{suffix}").write_text("This video is no longer available.\n" * 20)
    (folder / "folder.mp4").mkdir()
    with av.open(str(folder / "h264.mp4")) as container:
        entries = container.streams.video[0].index_entries
        damage = slice(entries[12].pos, entries[17].pos)
    data = bytearray((folder / "h264.mp4").read_bytes())
    data[damage] = np.random.default_rng(0).bytes(damage.stop - damage.start)
    (folder / "corrupted.mp4").write_bytes(data)
    large = _make_video(folder / "large.h264", 12, (64, 96)).read_bytes()
    (folder / "grows.h264").write_bytes((folder / "h264.h264").read_bytes() + large)
    (folder / "large.h264").unlink()


def _make_cover(path: Path) -> None:
    """Write music with a picture in an ID3v2.3 tag, which libav shows as a video stream of one frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16_000), np.float32), "fltp", "mono")
        frame.sample_rate, frame.time_base = 16_000, Fraction(1, 16_000)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    picture = av.VideoFrame.from_ndarray(_pictures(1)[0], "rgb24").reformat(format="yuvj420p")
    coder = av.CodecContext.create("mjpeg", "w")
    coder.height, coder.width, coder.pix_fmt, coder.time_base = 48, 64, "yuvj420p", Fraction(1, 25)
    jpeg = b"".join(bytes(packet) for packet in [*coder.encode(picture), *coder.encode(None)])
    content = b"\0image/jpeg\0\3\0" + jpeg
    tag = b"APIC" + struct.pack(">IH", len(content), 0) + content
    size = bytes(len(tag) >> shift & 127 for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\3\0\0" + size + tag + path.read_bytes())


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory, _state: object) -> Path:
    """A folder with a file of every kind: `ENCODED`, `SPLICED`, `BROKEN` and `DAMAGED`. Read it, never write to it."""
    folder = tmp_path_factory.mktemp("videos")
    for name, arguments in ENCODED.items():
        _make_video(folder / name, **arguments)  # type: ignore[arg-type]
    _make_spliced(folder)
    _make_broken(folder)
    return folder


@pytest.fixture(scope="session", params=[*ENCODED, *SPLICED])
def good_video(request: pytest.FixtureRequest, videos: Path) -> Path:
    """Each readable file in turn."""
    return videos / request.param


@pytest.fixture(scope="session", params=BROKEN)
def broken_video(request: pytest.FixtureRequest, videos: Path) -> Broken:
    """Each unreadable file in turn, with its reason."""
    return Broken(videos / request.param, BROKEN[request.param])


# --- a folder of small videos with a generator over it ---

SMALL = {
    "clip.frames": 4,
    "clip.size": [32, 32],
    "tubelets.box_scales": [8, 12],
    "tubelets.amplitude": [6, 24],
    "pairs.videos_per_shard": 3,
}


@pytest.fixture(scope="session")
def twelve(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    """Twelve good videos in two class folders."""
    root = tmp_path_factory.mktemp("twelve")
    for number in range(12):
        folder = root / ("walking" if number % 2 else "running")
        folder.mkdir(exist_ok=True)
        make_video(folder / f"v{number:02d}.mp4", frames=12 + number)
    return root


@pytest.fixture
def pairs(twelve: Path) -> TubeletPairs:
    """Twelve pairs in four shards."""
    return TubeletPairs(source(twelve), changes=SMALL)


@pytest.fixture(scope="session")
def small() -> dict[str, object]:
    """Changes that make a recipe small."""
    return SMALL


@pytest.fixture
def make_pairs() -> Callable[..., TubeletPairs]:
    """`make_pairs(root, {"payload.kind": "raw"})`: pairs of small clips over any folder."""
    return lambda root, changes=None: TubeletPairs(source(root), changes=SMALL | (changes or {}))


@pytest.fixture(scope="session")
def check_command() -> Callable[[str], None]:
    """`check_command("vidsynth tubelets --src demo")` fails if there is no such command, or it has no such option."""
    import click

    from vidsynth.cli.main import main

    def check(line: str) -> None:
        program, *words = shlex.split(line, comments=True)
        assert program == "vidsynth", line
        command: click.Command = main
        while words and isinstance(command, click.Group):
            found = command.get_command(click.Context(command), words[0])
            if found is None:
                assert words[0].startswith("-"), f"{line}: {command.name} has no command {words[0]}"
                break
            command, words = found, words[1:]
        takes = {option for param in command.get_params(click.Context(command)) for option in param.opts}
        for word in words:
            option = word.split("=")[0]
            assert not option.startswith("--") or option in takes, f"{line}: {command.name} has no {option}"

    return check
