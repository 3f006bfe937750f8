"""What is done with each damaged file, in a worker: every reader, as builds call them."""

from __future__ import annotations

import contextlib
import resource
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mutate import mutated

from vidsynth.clip import Box, ClipRef
from vidsynth.errors import DecodeError
from vidsynth.jobs.crumb import Crumb
from vidsynth.video import luma
from vidsynth.video.audio import SoundRef, read_sounds
from vidsynth.video.container import has_audio
from vidsynth.video.decode import read_clips
from vidsynth.video.index import VideoIndex

_SHOWN = 8  # frames of a clip


@dataclass(frozen=True, slots=True)
class ReadingTask:
    """Numbers of damaged files to make and read; see `jobs.local.Task`.

    seeds : folder of the good videos. scratch : where the damaged ones are written.
    """

    seeds: Path
    scratch: Path
    seed: int
    numbers: Sequence[int]
    crumb: Path
    refused: Mapping[str, str]

    @property
    def title(self) -> str:
        return f"damaged videos {self.numbers[0]} to {self.numbers[-1]}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one damaged file.

    said : reader → `ok`, or the reason that it gave. faults : tracebacks of what should not have happened.
    peak_mb : the worker's resident memory at its highest. seconds : all readers together.
    """

    number: int
    name: str
    done: str
    said: Mapping[str, str]
    faults: Sequence[str]
    peak_mb: float
    seconds: float


def damaged(seeds: Path, seed: int, number: int) -> tuple[bytes, str, str]:
    """Return a damaged file's bytes, the name of the good one, and what was done."""
    files = sorted(seeds.iterdir())
    data, done = mutated(files[number % len(files)].read_bytes(), [file.read_bytes() for file in files], seed, number)
    return data, files[number % len(files)].name, done


def read_damaged(task: ReadingTask) -> list[Outcome]:
    """Make some damaged files, one after the other, and read each in every way."""
    out = []
    with Crumb(task.crumb) as crumb:
        for number in task.numbers:
            data, name, done = damaged(task.seeds, task.seed, number)
            path = f"{number}-{name}"
            (task.scratch / path).write_bytes(data)
            out.append(_read(VideoIndex(task.scratch, (), task.refused, crumb.leave), path, number, name, done))
            (task.scratch / path).unlink()
    return out


def _read(videos: VideoIndex, path: str, number: int, name: str, done: str) -> Outcome:
    said: dict[str, str] = {}
    faults: list[str] = []
    _forget_peak()
    started = time.perf_counter()
    for reader, read in _READERS.items():
        try:
            said[reader] = read(videos, path) or "ok"
        except DecodeError as error:
            said[reader] = error.reason
            if not error.reason or "\n" in error.reason or error.path != path:
                faults.append(f"{reader}: no reason in one line, or another path: {error!r}")
        except Exception:
            said[reader] = "FAULT"
            faults.append(f"{reader}: {traceback.format_exc()}")
    return Outcome(number, name, done, said, faults, _peak_mb(), time.perf_counter() - started)


def _probe(videos: VideoIndex, path: str) -> str:
    info = videos.info(path)
    sane = (
        info.frames > 0 and info.width > 0 and info.height > 0 and 0 < info.fps < 1e7
        and np.isfinite(info.duration_s) and info.duration_s > 0 and len(info.key_ticks)
    )  # fmt: skip
    assert sane, info
    ticks = info.all_ticks() if info.frames < 10_000_000 else info.ticks_of(np.array([0, info.frames - 1]))
    assert (np.diff(ticks) > 0).all() and np.isfinite(info.seconds(ticks)).all(), info
    return ""


def _clip(videos: VideoIndex, path: str) -> str:
    info = videos.info(path)
    numbers = np.unique(np.linspace(0, info.frames - 1, _SHOWN).astype(np.int64))
    times = tuple(info.seconds(info.ticks_of(numbers)).tolist())
    crop = Box(0, 0, max(1, info.width // 4 * 2), max(1, info.height // 4 * 2))
    refs = [ClipRef(path, path, times[:2], None, (32, 32)), ClipRef(path, path, times, crop, (24, 24), True)]
    clips = read_clips(videos.root / path, info, refs)
    assert clips[1].frames.shape == (len(times), 24, 24, 3)
    return ""


def _luminance(videos: VideoIndex, path: str, *, keys_only: bool) -> str:
    videos.known(path)
    found = luma.measure(videos.root / path, path, keys_only=keys_only)
    assert len(found.y) == len(found.ticks) and np.isfinite(found.y).all()
    return ""


def _sound(videos: VideoIndex, path: str) -> str:
    videos.touch(path)
    whole, part = read_sounds(videos.root / path, [SoundRef(path, path), SoundRef(path, path, 0.1, 0.3)], 16_000)
    assert len(part.samples) <= 3200 and whole.samples.dtype == np.int16
    return ""


def _has_sound(videos: VideoIndex, path: str) -> str:
    try:
        has_audio(videos.root / path)
    except DecodeError as error:
        raise DecodeError(path, error.reason) from None
    return ""


_READERS: dict[str, Callable[[VideoIndex, str], str]] = {
    "probe": _probe,
    "clip": _clip,
    "luma": lambda videos, path: _luminance(videos, path, keys_only=False),
    "key luma": lambda videos, path: _luminance(videos, path, keys_only=True),
    "sound": _sound,
    "has sound": _has_sound,
}


def _forget_peak() -> None:
    with contextlib.suppress(OSError):  # then the peak is that of the worker's life
        Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    try:
        line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
