"""Clips out of video files: one ordered pass a file, and no frame decoded that nobody needs.

For each packet the decoder is told whether its picture is wanted. If not, and no other picture
refers to it, the decoder drops it unread; pictures come out identical either way.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vidsynth.clip import Clip, ClipRef
from vidsynth.errors import DecodeError
from vidsynth.video.container import meaning, open_video, packets, reasons
from vidsynth.video.convert import Converter
from vidsynth.video.probe import VideoInfo, probe

MAX_CLIP_BYTES = 8 << 30
# Decoders that honour skip_frame for pictures which no other picture refers to.
_SKIPPING = {"h264", "mpeg4", "mpeg2video", "mpeg1video"}


def read_clip(path: str | Path, ref: ClipRef | None = None) -> Clip:
    """Decode one clip; without `ref`, the whole video as it is. Raises DecodeError."""
    info = probe(path)
    return read_clips(path, info, [ref or info.whole()])[0]


def read_clips(path: str | Path, info: VideoInfo, refs: Sequence[ClipRef]) -> list[Clip]:
    """Decode several clips of one video in a single pass, in the order of `refs`.

    Each time of a reference yields the frame on screen then. Raises DecodeError if one of the
    frames cannot be decoded.
    """
    with reasons(info.path):
        makers = [_ClipMaker(info, ref) for ref in refs]
    wanted: dict[int, list[_ClipMaker]] = {}
    for maker in makers:
        for tick in np.unique(maker.ticks).tolist():
            wanted.setdefault(tick, []).append(maker)
    with reasons(info.path), open_video(path) as (container, stream):
        for tick, frame in wanted_frames(container, stream, info, sorted(wanted)):
            for maker in wanted[tick]:
                maker.add(tick, frame)
    return [maker.clip for maker in makers]


class _ClipMaker:
    def __init__(self, info: VideoInfo, ref: ClipRef) -> None:
        self.ticks = info.frame_ticks(ref.times)
        self._convert = Converter(info, ref)
        shape = (len(self.ticks), self._convert.height, self._convert.width, 3)
        if np.prod(shape, dtype=np.float64) > MAX_CLIP_BYTES:
            raise DecodeError(info.path, f"a clip of {shape} is larger than {MAX_CLIP_BYTES >> 30} GiB")
        self.clip = Clip(np.empty(shape, np.uint8), info.seconds(self.ticks), ref)

    def add(self, tick: int, frame: VideoFrame) -> None:
        first, *again = np.flatnonzero(self.ticks == tick)
        frames = self.clip.frames
        self._convert(frame, frames[first])
        for slot in again:  # a clip longer than its video repeats the last frame
            frames[slot] = frames[first]


def wanted_frames(
    container: InputContainer, stream: VideoStream, info: VideoInfo, ticks: list[int]
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield (tick, frame) for each wanted tick, each once. Raises DecodeError if one stays missing."""
    if not ticks:
        return
    errors: list[Exception] = []
    through = _count_through if info.counted else _seek_through
    missing = set(ticks)
    for tick, frame in through(container, stream, info, ticks, errors):
        if tick in missing:
            missing.discard(tick)
            yield tick, frame
    if missing:
        why = f" ({meaning(errors[-1])})" if errors else ""
        raise DecodeError(info.path, f"some of its frames cannot be decoded{why}")


def _count_through(
    container: InputContainer, stream: VideoStream, info: VideoInfo, ticks: list[int], errors: list[Exception]
) -> Iterator[tuple[int, VideoFrame]]:
    """Decode from the start, counting: the container stores no times to seek by."""
    count = 0
    for packet in packets(container, stream):
        for frame in decoded_packet(packet, errors):
            yield count, frame
            count += 1
        if count > ticks[-1]:
            return


def _seek_through(
    container: InputContainer, stream: VideoStream, info: VideoInfo, ticks: list[int], errors: list[Exception]
) -> Iterator[tuple[int, VideoFrame]]:
    """Decode key frame by key frame, seeking over those that nothing is wanted from."""
    keys = info.key_ticks
    groups: dict[int, set[int]] = {}
    group_of: dict[int, set[int]] = {}
    for tick in ticks:
        key = int(keys[max(0, int(np.searchsorted(keys, tick, "right")) - 1)])
        group_of[tick] = groups.setdefault(key, set())
        group_of[tick].add(tick)

    skipping = _can_skip(stream)
    coming = packets(container, stream)
    furthest = int(keys[0])
    for key, group in groups.items():
        if key > furthest:
            coming = _from_key(container, stream, key, int(keys[0]))
        while group:
            packet = next(coming, None)
            if packet is None:
                return
            shown_at = packet.pts
            if shown_at is not None:
                furthest = max(furthest, shown_at)
            if skipping:
                wanted = shown_at is None or shown_at in group_of
                stream.codec_context.skip_frame = "DEFAULT" if wanted else "NONREF"
            for frame in decoded_packet(packet, errors):
                if frame.pts is not None and frame.pts in group_of:
                    group_of[frame.pts].discard(frame.pts)
                    yield frame.pts, frame


def _from_key(container: InputContainer, stream: VideoStream, key: int, first: int) -> Iterator[Packet[VideoStream]]:
    """Seek so that decoding begins at the key frame `key` or before it; return the packets from there."""
    for target in (key, first):
        container.seek(target, stream=stream)
        coming = packets(container, stream)
        head = next(coming, None)
        if head is not None and head.is_keyframe and head.pts is not None and head.pts <= key:
            break
    return coming if head is None else itertools.chain([head], coming)


def decoded_packet(packet: Packet[VideoStream], errors: list[Exception]) -> list[VideoFrame]:
    """Decode a packet; a damaged one costs its own frames, not the rest of the video.

    Of the errors, the last one stays in `errors`.
    """
    try:
        return packet.decode()
    except av.FFmpegError as error:
        errors[:] = [error]
        return []


def _can_skip(stream: VideoStream) -> bool:
    """Tell whether pictures that are not references can be left out without harm to the others."""
    name = stream.codec_context.codec.canonical_name
    if name == "hevc":
        # A picture that its own temporal layer does not refer to may be one that a higher layer does.
        # hvcC (ISO/IEC 14496-15, 8.3.3.1.2), byte 21, bits 3 to 5: the number of layers; 0 is unknown.
        extradata = stream.codec_context.extradata
        return bool(extradata and len(extradata) > 21 and extradata[0] == 1 and (extradata[21] >> 3) & 7 == 1)
    return name in _SKIPPING
