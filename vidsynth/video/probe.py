"""What a video file holds: frames, their times, size, orientation and colour, without decoding it.

Every packet is read (not decoded), so the number of frames and their presentation times are facts,
not header claims. One frame is decoded, for what only frames say: orientation, pixel format, colour.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, cast

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vidsynth.clip import ClipRef
from vidsynth.errors import DecodeError
from vidsynth.video.container import FAULTS, MAX_FRAMES, meaning, open_video, packets, reasons

# Containers that store no presentation times: their frames are counted instead.
_TIMELESS = {"avi", "h264", "hevc", "m4v", "mpegvideo", "mjpeg", "obu", "vc1"}
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
# What no video has, and the numbers of a damaged header often.
MAX_FPS = 100_000
MAX_SECONDS = 10_000_000
_FURTHEST = 2.0 * MAX_SECONDS


class Colour(NamedTuple):
    """What a stream's numbers mean; see `VideoInfo`. `assumed_range` : no tag names it; limited was taken."""

    matrix: str
    full_range: bool
    assumed_matrix: bool
    assumed_range: bool


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Facts about one file. Times count in ticks of `time_base` seconds.

    path : as asked for (relative to the manifest's root, in an index).
    file_bytes, mtime_ns : of the file, to notice a change.
    codec, pix_fmt : libav's names of the codec and of the stored pixels.
    width, height : pixels of the upright picture.
    rotation : degrees clockwise that make the stored picture upright: 0, 90, 180 or 270.
    mirrored : the upright picture is also mirrored left to right.
    frames : how many can be shown.
    fps : their mean rate.
    duration_s : seconds from the first frame to the end of the last.
    time_base : seconds a tick, as (numerator, denominator).
    origin : the tick at which the file starts; times in seconds count from here.
    first, step : the first frame's tick, and the distance between frames (0 where it varies).
    ticks : int64 [frames], ascending, where the distance varies; else None.
    key_ticks : int64, the frames at which decoding can begin.
    matrix : bt601, bt709, bt2020, fcc, smpte240m or rgb.
    full_range : luma runs over 0..255, not 16..235.
    assumed_matrix : the stream names no matrix; the usual rule chose (height < 720: BT.601, else BT.709).
    counted : the container stores no presentation times; frames are counted from the start.
    """

    path: str
    file_bytes: int
    mtime_ns: int
    codec: str
    pix_fmt: str
    width: int
    height: int
    rotation: int
    mirrored: bool
    frames: int
    fps: float
    duration_s: float
    time_base: tuple[int, int]
    origin: int
    first: int
    step: int
    ticks: NDArray[np.int64] | None
    key_ticks: NDArray[np.int64]
    matrix: str
    full_range: bool
    assumed_matrix: bool
    counted: bool

    def all_ticks(self) -> NDArray[np.int64]:
        """Return the presentation time of every frame: int64 [frames], ascending ticks."""
        return self.ticks_of(np.arange(self.frames))

    def ticks_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the presentation time, in ticks, of frames given by number (0 is the first)."""
        return self.first + self.step * numbers if self.ticks is None else self.ticks[numbers]

    def seconds(self, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return seconds from the start of the file for ticks."""
        numerator, denominator = self.time_base
        return (ticks - self.origin) * numerator / denominator

    def frame_ticks(self, times: tuple[float, ...]) -> NDArray[np.int64]:
        """Return the tick of the frame that is on screen at each time: int64 [len(times)].

        Before the first frame and after the last, the nearest one. Raises DecodeError for what is no time.
        """
        numerator, denominator = self.time_base
        seconds = np.asarray(times, np.float64)
        if np.isnan(seconds).any():
            raise DecodeError(self.path, "a frame is asked for at a time that is no number")
        seconds = np.clip(seconds, -_FURTHEST, _FURTHEST)  # beyond, ticks would not fit 64 bits
        # Half a tick of grace: a time that came from a tick finds its frame whatever the rounding.
        wanted = np.floor(seconds * (denominator / numerator) + 0.5).astype(np.int64) + self.origin
        if self.ticks is not None:
            return self.ticks[np.clip(np.searchsorted(self.ticks, wanted, "right") - 1, 0, self.frames - 1)]
        number = np.clip((wanted - self.first) // max(self.step, 1), 0, self.frames - 1)
        return self.first + self.step * number

    def frames_between(self, start_s: float, end_s: float | None) -> tuple[int, int]:
        """Return the frame numbers [start, stop) that are shown from `start_s` until before `end_s`."""
        if start_s <= 0 and end_s is None:
            return 0, self.frames
        numerator, denominator = self.time_base
        bounds = [
            int(np.ceil(min(seconds, _FURTHEST) * denominator / numerator - 0.5)) + self.origin
            for seconds in (start_s, end_s)
            if seconds is not None
        ]
        found = np.searchsorted(self.all_ticks(), bounds, "left")
        return int(found[0]), int(found[1]) if end_s is not None else self.frames

    def whole(self) -> ClipRef:
        """Return the reference to every frame, as it is."""
        return ClipRef(self.path, self.path, tuple(self.seconds(self.all_ticks()).tolist()))


def probe(path: str | Path, name: str | None = None) -> VideoInfo:
    """Read a file's facts. `name` replaces the path in the result and in messages. Raises DecodeError."""
    name = name or str(path)
    with contextlib.suppress(DecodeError, *FAULTS):
        return _probe(path, name, quick=True)
    with reasons(name):
        return _probe(path, name, quick=False)  # odd and broken files: as a decoder sees them


def _probe(path: str | Path, name: str, *, quick: bool) -> VideoInfo:
    with open_video(path, facts_only=quick) as (container, stream):
        return _probe_open(os.stat(path), name, container, stream, quick)


def _probe_open(
    stat: os.stat_result, name: str, container: InputContainer, stream: VideoStream, quick: bool
) -> VideoInfo:
    facts = Facts(stat, name, container, stream)
    frame, last_error = None, None
    for packet in packets(container, stream):
        if not facts.add(packet):
            break
        if frame is None and (packet.is_keyframe or facts.timeless):
            try:
                frame = _first_frame(stream, packet)
            except (av.FFmpegError, ValueError) as error:
                last_error = error
    facts.check()
    if frame is None and facts.keys and last_error is None:
        frame = _first_shown(container.name)
    if frame is None:
        raise DecodeError(name, f"no frame can be decoded ({meaning(last_error)})" if last_error else "no key frame")
    if facts.counted and quick and not facts.timeless:
        raise DecodeError(name, "its header does not say enough")
    return facts.info(frame, _count_frames(container.name) if facts.counted else 0)


class Facts:
    """What the packets of a file tell, one by one: for `probe`, and for those who read the whole file anyway."""

    def __init__(self, stat: os.stat_result, name: str, container: InputContainer, stream: VideoStream) -> None:
        self.timeless = container.format.name in _TIMELESS
        self.keys: set[int] = set()
        self.packets = 0
        self._stat, self._name, self._container, self._stream = stat, name, container, stream
        self._ticks: list[int | None] = []

    def add(self, packet: Packet[VideoStream]) -> bool:
        """Take note of a packet; False for the empty one that ends a file. Raises DecodeError."""
        if not packet.size:
            return False
        self.packets += 1
        if self.packets > MAX_FRAMES:
            raise DecodeError(self._name, f"more than {MAX_FRAMES} frames")
        tick = packet.pts
        if tick is not None and packet.is_keyframe:
            self.keys.add(tick)
        if not packet.is_discard:  # an edit list leaves out what was trimmed off; decoding may begin there
            self._ticks.append(tick)
        return True

    def check(self) -> None:
        """Raise DecodeError if there were no packets, or the file ends before the last one."""
        if not self.packets:
            raise DecodeError(self._name, "no frames in its video stream")
        if self._container.format.name.startswith("mov"):
            _refuse_cut_off(self._name, self._stat, self._stream)

    @property
    def counted(self) -> bool:
        """Tell whether frames must be counted: there are no presentation times, or no trustworthy ones."""
        times = set(self._ticks)
        return self.timeless or not self.keys or len(times) < len(self._ticks) or None in times

    def info(self, frame: VideoFrame, frames: int) -> VideoInfo:
        """Return the facts, with those that a decoded frame tells. Raises DecodeError.

        frames : how many can be decoded, where they must be `counted`; else of no effect.
        """
        name, stream = self._name, self._stream
        if self.counted:
            if not frames:
                raise DecodeError(name, "no frame can be decoded")
            return _info(name, self._stat, stream, frame, counted=True, frames=frames)
        # Frames shown before the first key frame belong to a picture group that is not in the file.
        shown = np.sort(np.array(self._ticks, np.int64))
        shown = shown[shown >= min(self.keys)]
        if not shown.size:
            raise DecodeError(name, "no frames in its video stream")
        origin = self._container.start_time
        numerator, denominator = stream.time_base.as_integer_ratio()  # type: ignore[union-attr]
        start = shown[0] if origin is None else round(origin * denominator / numerator / av.time_base)
        keys = np.array(sorted(self.keys), np.int64)
        return _info(name, self._stat, stream, frame, ticks=shown, keys=keys, origin=int(start))


def _info(
    name: str,
    stat: os.stat_result,
    stream: VideoStream,
    frame: VideoFrame,
    *,
    ticks: NDArray[np.int64] | None = None,
    keys: NDArray[np.int64] | None = None,
    origin: int = 0,
    counted: bool = False,
    frames: int = 0,
) -> VideoInfo:
    declared = float(stream.average_rate or stream.guessed_rate or 25)
    if ticks is None or keys is None:
        rate = Fraction(declared).limit_denominator(100_000) or Fraction(25)
        time_base, first, step, ticks, keys = (rate.denominator, rate.numerator), 0, 1, None, np.zeros(1, np.int64)
        fps = float(rate)
    else:
        frames, first = len(ticks), int(ticks[0])
        time_base = stream.time_base.as_integer_ratio()  # type: ignore[union-attr]
        gaps = np.diff(ticks)
        seconds = (int(ticks[-1]) - first) * time_base[0] / time_base[1]
        fps = (frames - 1) / seconds if frames > 1 else declared
        regular = frames > 1 and bool((gaps == gaps[0]).all())
        step = int(gaps[0]) if regular else 0
        ticks = None if regular or frames == 1 else ticks
    _refuse_absurd(name, fps, frames, [first - origin, 0 if ticks is None else int(ticks[-1]) - origin], time_base)
    rotation, mirrored = _orientation(frame)
    width, height = (frame.height, frame.width) if rotation in (90, 270) else (frame.width, frame.height)
    colour = colour_of(frame)
    return VideoInfo(
        path=name,
        file_bytes=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        codec=stream.codec_context.codec.canonical_name,
        pix_fmt=frame.format.name,
        width=width,
        height=height,
        rotation=rotation,
        mirrored=mirrored,
        frames=frames,
        fps=fps,
        duration_s=frames / fps,
        time_base=time_base,
        origin=origin,
        first=first,
        step=step,
        ticks=ticks,
        key_ticks=keys,
        matrix=colour.matrix,
        full_range=colour.full_range,
        assumed_matrix=colour.assumed_matrix,
        counted=counted,
    )


def _refuse_absurd(name: str, fps: float, frames: int, ticks: list[int], time_base: tuple[int, int]) -> None:
    """Raise DecodeError if a video's rate or times are none that a video has: its header is damaged."""
    if not 0 < fps <= MAX_FPS:
        raise DecodeError(name, f"{fps:g} frames a second are none that a video has (a damaged header?)")
    furthest = max(frames / fps, *(abs(tick) * time_base[0] / time_base[1] for tick in ticks))
    if furthest > MAX_SECONDS:
        raise DecodeError(name, f"times of {furthest:g} seconds are none that a video has (a damaged header?)")


def _refuse_cut_off(name: str, stat: os.stat_result, stream: VideoStream) -> None:
    """Raise DecodeError if the file ends before its last frame. (Fewer than the header says may be trimmed off.)"""
    if any(entry.pos + entry.size > stat.st_size for entry in stream.index_entries):
        raise DecodeError(name, "cut off (the file ends before its last frame)")


def _first_frame(stream: VideoStream, packet: Packet[VideoStream]) -> VideoFrame | None:
    frames = packet.decode() or stream.codec_context.decode(None)
    if not frames:
        stream.codec_context.flush_buffers()  # another packet may be tried
    return frames[0] if frames else None


def _first_shown(path: str) -> VideoFrame | None:
    """Decode until there is a picture: the key frames themselves are trimmed off."""
    with open_video(path) as (container, stream):
        return next(container.decode(stream), None)


def _count_frames(path: str) -> int:
    """Decode a whole file without timestamps: packets may hold no frame, or two."""
    count = 0
    with open_video(path) as (container, stream):
        for packet in packets(container, stream):
            try:
                count += len(packet.decode())
            except av.FFmpegError:
                continue
            if count > MAX_FRAMES:
                raise DecodeError(path, f"more than {MAX_FRAMES} frames")
    return count


def colour_of(frame: VideoFrame) -> Colour:
    """Return what a stream's numbers mean as colours, by its tags or, where it has none, by the usual rules."""
    full = frame.color_range == 2 or frame.format.name.startswith("yuvj")
    assumed_range = not full and frame.color_range != 1
    if frame.format.is_rgb or (frame.colorspace == 0 and frame.format.name.startswith("gbr")):
        return Colour("rgb", full, False, assumed_range)
    known = _MATRICES.get(frame.colorspace)
    return Colour(known or assumed_matrix(frame.height), full, known is None, assumed_range)


def assumed_matrix(lines: int) -> str:
    """Return the matrix that players, too, assume of a stream without a tag: BT.601 below 720 lines, else BT.709."""
    return "bt601" if lines < 720 else "bt709"


def _orientation(frame: VideoFrame) -> tuple[int, bool]:
    """Return (degrees clockwise, mirrored) from the display matrix: x' = ax + cy, y' = bx + dy."""
    side_data = cast(Iterable[SideData], frame.side_data)  # PyAV's stub says a dict
    data = next((side for side in side_data if side.type == Type.DISPLAYMATRIX), None)
    if data is None:
        return 0, False
    a, b, _, c, d = struct.unpack("=5i", bytes(data)[:20])
    swapped = abs(b) > abs(a)
    flip_x, flip_y = (c < 0, b < 0) if swapped else (a < 0, d < 0)
    if swapped:
        return (90, not flip_x) if not flip_y else (270, flip_x)
    return (180, not flip_x) if flip_y else (0, flip_x)
