"""Sound out of video files: mono, at one rate, whole or by segments, in one pass a file.

Samples are counted from the start of the file, as pictures are: sample n of rate r sounds at n / r seconds.
Where the track begins later, or has a hole, there is silence; where it ends, sound ends.

Tracks are always decoded from their start, so that a segment's samples do not depend on which others are read
with it. Mixing to mono, resampling and rounding to 16 bits are libswresample's, as `ffmpeg -ac 1 -ar RATE
-acodec pcm_s16le` asks for them (to mix for a float format is another thing: louder). Decoders of lossy audio
calculate in floats, in an order that depends on the processor's instructions: with SSE instead of AVX2, one sample
in 6,000 to 10,000 of AAC and MP3 came out a step of 16 bits off; with neither, one in 500 of MP3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from vidsynth.errors import DecodeError
from vidsynth.video.container import meaning, open_audio, packets, reasons

Samples = NDArray[np.int16]

MAX_SAMPLES = 1 << 30  # of all segments that are read together: 2 GiB
MAX_RATE = 768_000
_MAX_CHANNELS = 64
# Less than a frame of any codec that is lost, and more than times are rounded by (to milliseconds, in Matroska).
_HOLE_S = 0.015


@dataclass(frozen=True, slots=True)
class SoundRef:
    """Sound of one video, from `start_s` until before `end_s`: seconds from the start of the file; None is its end."""

    video_id: str
    path: str
    start_s: float = 0.0
    end_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """Decoded sound.

    samples : int16 [N], mono; fewer than asked for where the track ends earlier, none where it ended before.
    rate : samples a second.
    ref : what was asked for.
    """

    samples: Samples
    rate: int
    ref: SoundRef

    @property
    def times(self) -> NDArray[np.float64]:
        """Where it begins and ends, float64 [2]: seconds from the start of the file."""
        start = round(self.ref.start_s * self.rate)
        return np.array([start, start + len(self.samples)]) / self.rate

    def sha256(self) -> str:
        """Return the sha256 of the samples' bytes, in hexadecimal."""
        return hashlib.sha256(self.samples.data).hexdigest()


def read_sound(path: str | Path, rate: int = 16_000, *, start_s: float = 0.0, end_s: float | None = None) -> Sound:
    """Decode the sound of a file, or a segment of it. Raises DecodeError."""
    return read_sounds(path, [SoundRef(str(path), str(path), start_s, end_s)], rate)[0]


def read_sounds(path: str | Path, refs: Sequence[SoundRef], rate: int = 16_000) -> list[Sound]:
    """Decode several segments of one file in a single pass, in the order of `refs`.

    A segment is samples round(start_s * rate) up to round(end_s * rate).

    Raises DecodeError if there is no audio track, it cannot be decoded, or the segments are too long together.
    """
    if not 1 <= rate <= MAX_RATE:
        raise ValueError(f"a rate is 1 to {MAX_RATE} samples a second, not {rate}")
    cuts = [_Cut(ref, rate) for ref in refs]
    last = max((cut.stop for cut in cuts), default=0)
    name = refs[0].path if refs else str(path)
    held = 0
    with reasons(name), open_audio(path) as (container, stream):
        for start, samples in _pieces(container, stream, rate, last):
            held += sum(cut.add(start, samples) for cut in cuts)
            if held > MAX_SAMPLES:
                raise DecodeError(name, f"more than {MAX_SAMPLES} samples of sound are asked for at once")
    return [Sound(cut.samples(), rate, cut.ref) for cut in cuts]


class _Cut:
    """Collects the samples of one segment from pieces that come in order."""

    def __init__(self, ref: SoundRef, rate: int) -> None:
        self.ref = ref
        self._next = round(ref.start_s * rate)  # the sample that is due
        self.stop: float = float("inf") if ref.end_s is None else round(ref.end_s * rate)
        self._parts: list[Samples] = []

    def add(self, start: int, samples: Samples) -> int:
        """Take what belongs to the segment of samples that begin at `start`; return how many were added."""
        stop = int(min(start + len(samples), self.stop))
        added = stop - self._next
        if added <= 0:
            return 0
        if start > self._next:
            silence = min(start, stop) - self._next
            self._parts.append(np.zeros(min(silence, MAX_SAMPLES + 1), np.int16))
            self._next += silence
        if stop > self._next:
            self._parts.append(samples[self._next - start : stop - start])
        self._next = stop
        return added

    def samples(self) -> Samples:
        return np.concatenate(self._parts) if self._parts else np.empty(0, np.int16)


def _pieces(container: InputContainer, stream: AudioStream, rate: int, stop: float) -> Iterator[tuple[int, Samples]]:
    """Yield (number of the first sample, samples), ascending, until sample `stop` is reached."""
    origin = (container.start_time or 0) / av.time_base
    run: _Run | None = None
    for frame in _frames(container, stream):
        at = None if frame.time is None else frame.time - origin
        if run is None or not run.goes_on(frame, at):
            if run is not None:
                yield from run.rest()
            run = _Run(frame, at, rate, at_least=run.next if run else 0)
        yield from run.add(frame)
        if run.next >= stop:
            return
    if run is not None:
        yield from run.rest()


class _Run:
    """Frames without a hole between them, of one form: they share a resampler."""

    def __init__(self, frame: AudioFrame, at: float | None, rate: int, at_least: int) -> None:
        self._form = _form(frame)
        channels, self._hz = frame.layout.nb_channels, frame.sample_rate
        if not 1 <= self._hz <= MAX_RATE or not 1 <= channels <= _MAX_CHANNELS:
            raise DecodeError("", f"{channels} channels at {self._hz} Hz are no sound")
        self._resampler = AudioResampler("s16", "mono", rate)
        self._due = at  # seconds, of the next frame
        # The number of the next sample that comes out, and how many before 0 or already taken are left out.
        first = at_least if at is None else round(at * rate)
        self._skip = max(0, at_least - first)
        self.next = max(first, at_least)

    def goes_on(self, frame: AudioFrame, at: float | None) -> bool:
        """Tell whether a frame, heard at `at` seconds, is of this run's form and follows without a hole."""
        return _form(frame) == self._form and (at is None or self._due is None or abs(at - self._due) < _HOLE_S)

    def add(self, frame: AudioFrame) -> Iterator[tuple[int, Samples]]:
        """Yield what comes out of the resampler when a frame goes in."""
        if self._due is not None:
            self._due += frame.samples / self._hz
        frame.pts = None  # the resampler need not judge of holes
        return self._out(self._resampler.resample(frame))

    def rest(self) -> Iterator[tuple[int, Samples]]:
        """Yield what the resampler held back."""
        return self._out(self._resampler.resample(None))

    def _out(self, frames: Sequence[AudioFrame]) -> Iterator[tuple[int, Samples]]:
        for frame in frames:
            samples = frame.to_ndarray()[0][self._skip :]
            self._skip -= min(self._skip, frame.samples)
            if len(samples):
                yield self.next, samples
                self.next += len(samples)


def _form(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Yield every frame; a damaged packet costs its own sound. Raises DecodeError if no packet can be decoded."""
    heard, last_error = False, None
    for packet in packets(container, stream):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            last_error = error
            continue
        heard = heard or bool(frames)
        yield from frames
    if not heard:
        why = f" ({meaning(last_error)})" if last_error else ""
        raise DecodeError("", f"no sound can be decoded{why}")
