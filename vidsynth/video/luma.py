"""The luminance of a video's frames from the decoder's planes: no picture is turned into RGB.

With a stream's constants Kr and Kb (Kg = 1 - Kr - Kb), and Y in 0..255, Cb and Cr about 0,

    R = Y + 2(1 - Kr) Cr      B = Y + 2(1 - Kb) Cb      G = (Y - Kr R - Kb B) / Kg

so that the mean over a frame of any weighted sum of R, G and B is a linear function of the means of its
planes (ITU-T H.273, 8.3, has the constants, and the scaling of limited and full range): a sum a plane.

Samples outside of the RGB cube, which an RGB picture clips, are all that this leaves out. Their share is
taken from a lattice of some thousand pixels, in every 32nd of consecutive frames and where the brightness
jumps: nothing where nothing is clipped, so that the result is exact there; elsewhere some hundredths of a
level are uncertain.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from vidsynth.clip import Frames
from vidsynth.errors import DecodeError
from vidsynth.video.container import meaning, open_video, packets, reasons
from vidsynth.video.convert import to_rgb
from vidsynth.video.decode import decoded_packet, wanted_frames
from vidsynth.video.planes import Layout, layout_of
from vidsynth.video.probe import Colour, Facts, VideoInfo, colour_of, probe

Weights = tuple[float, float, float]
# Of R, G and B. Day2Dark's talk prints 0.144 for blue, in all likelihood a slip for BT.601's 0.114: white is 262.65.
WEIGHTS: dict[str, Weights] = {"bt601": (0.299, 0.587, 0.114), "day2dark-slide": (0.299, 0.587, 0.144)}
# rgb: of the colours that the stream's tags mean. luma: of those that a frame dumped as JPEG has, whose planes
# are the stream's own, read back as BT.601: for that matrix' weights, the luma plane alone.
Mode = Literal["rgb", "luma"]

# Kr and Kb (ITU-T H.273, table 4).
_CONSTANTS = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
    "fcc": (0.30, 0.11),
    "smpte240m": (0.212, 0.087),
}
_LATTICE = 4000  # pixels
_CLIPPED_EVERY = 32  # frames
_CUT = 4.0  # levels
_UNIT = 128  # of a level, in which the clipped amounts are counted: whole levels would be too coarse
_NOTHING = 1e-9
_TOUCH_EVERY = 256  # frames


@dataclass(frozen=True, slots=True, eq=False)
class Luminance:
    """Of frames of one video, in order of time.

    ticks : int64 [F], as `VideoInfo` counts them. y : float64 [F], the luminance of each frame, 0 to 255.
    colour : what the stream's numbers were taken for.
    """

    info: VideoInfo
    ticks: NDArray[np.int64]
    y: NDArray[np.float64]
    colour: Colour


class LumaMeter:
    """Measures decoded frames of one stream: the mean over the picture of weights · (R, G, B), in 0 to 255.

    every : look at what is clipped in every n-th frame, and where the scene changes; the others take the last's.
    """

    def __init__(
        self, colour: Colour, weights: Weights = WEIGHTS["bt601"], mode: Mode = "rgb", *, every: int = 1
    ) -> None:
        self.colour = colour
        self._weights = weights
        self._matrix = "bt601" if mode == "luma" and colour.matrix != "rgb" else colour.matrix
        self._formats: dict[str, _Format | None] = {}
        self._scaler = VideoReformatter()
        self._every = every
        self._rgb24 = _Format(Layout(("RGB",), bits=8), "rgb", True, weights, every)

    def __call__(self, frame: VideoFrame) -> float:
        name = frame.format.name
        if name not in self._formats:
            layout = layout_of(frame)
            full_range = self.colour.full_range
            made = _Format(layout, self._matrix, full_range, self._weights, self._every) if layout else None
            self._formats[name] = made
        known = self._formats[name]
        if known is not None:
            return known(frame)
        matrix, full_range = self.colour.matrix, self.colour.full_range
        return self._rgb24(to_rgb(self._scaler, frame, frame.width, frame.height, matrix, full_range))


class _Format:
    """The arithmetic for one pixel format, from samples as they are stored to levels of 255."""

    def __init__(self, layout: Layout, matrix: str, full_range: bool, weights: Weights, every: int) -> None:
        self._layout, self._weights = layout, weights
        places = {
            letter: (number, channel, len(letters))
            for number, letters in enumerate(layout.channels)
            for channel, letter in enumerate(letters)
        }
        letters = [letter for letter in ("RGB" if "R" in places else "YUV") if letter in places]
        if "R" in places or matrix == "rgb":  # a stream may change from the one to the other
            matrix = "rgb" if "R" in places else "bt601"
        linear, middle = _to_rgb(matrix, full_range, layout.bits)
        linear, middle = linear[:, : len(letters)], middle[: len(letters)]
        to_rgb = np.column_stack([linear / (1 << layout.shift), -linear @ middle])
        *gains, self._offset = (np.array(weights) @ to_rgb).tolist()
        gain = dict(zip(letters, gains, strict=True))
        # Planes of no weight are not summed: most streams are BT.601, where BT.601's weights leave luma alone.
        self._summed = [
            (number, [gain.get(letter, 0.0) for letter in plane])
            for number, plane in enumerate(layout.channels)
            if any(abs(gain.get(letter, 0.0)) > _NOTHING for letter in plane)
        ]
        self._places = [places[letter] for letter in letters]
        self._clips = matrix != "rgb"
        # OpenCV's saturation leaves of -RGB what lies below 0, of RGB - 255 what lies above, and 0 of the rest.
        self._below = -to_rgb * _UNIT
        self._above = to_rgb * _UNIT
        self._above[:, -1] -= 255 * _UNIT
        self._every, self._age = every, every
        self._seen = self._clipped = 0.0

    def __call__(self, frame: VideoFrame) -> float:
        planes = frame.planes
        y: float = self._offset
        for number, gains in self._summed:
            plane = planes[number]
            sums = cv2.sumElems(self._layout.view(plane, len(gains)))
            y += sum(map(operator.mul, gains, sums)) / (plane.height * plane.width)
        if not self._clips:
            return y
        self._age += 1
        if self._age >= self._every or abs(y - self._seen) > _CUT:
            self._age, self._seen, self._clipped = 0, y, self._clipping(planes)
        return max(0.0, y + self._clipped)

    def _clipping(self, planes: Sequence[VideoPlane]) -> float:
        """Return what clipping to the RGB cube adds to the mean, from a lattice of pixels."""
        views = [self._layout.view(planes[plane], channels) for plane, _, channels in self._places]
        height, width = views[0].shape[:2]
        steps = self._layout.chroma_steps
        step = round(math.sqrt(height * width / _LATTICE))
        step -= step % max(steps)  # on the chroma grid: slices then do
        rows, columns = np.arange(0, height, max(1, step)), np.arange(0, width, max(1, step))
        samples = np.empty((rows.size, columns.size, len(views)), np.uint16)
        for number, (view, (_, channel, channels)) in enumerate(zip(views, self._places, strict=True)):
            down, across = steps if number else (1, 1)
            part = view if channels == 1 else view[..., channel]
            if step:
                samples[..., number] = part[:: step // down, :: step // across]
            else:  # a small picture: every pixel, with the chroma sample that it lies in
                samples[..., number] = part[rows[:, None] // down, columns // across]
        below = cv2.sumElems(cv2.transform(samples, self._below))
        above = cv2.sumElems(cv2.transform(samples, self._above))
        added: float = sum(weight * (b - a) for weight, b, a in zip(self._weights, below, above, strict=False))
        lattice: int = samples.shape[0] * samples.shape[1]
        return added / (lattice * _UNIT)


def _to_rgb(matrix: str, full_range: bool, bits: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what makes R, G and B, in levels of 255, of samples x of some bits: M [3, 3] and m [3] of M (x - m).

    x holds Y, Cb and Cr, or R, G and B.
    """
    top = 255 / (2**bits - 1)
    if matrix == "rgb":
        return np.eye(3) * top, np.zeros(3)
    kr, kb = _CONSTANTS[matrix]
    kg = 1 - kr - kb
    red, blue = 2 * (1 - kr), 2 * (1 - kb)
    linear = np.array([[1, 0, red], [1, -blue * kb / kg, -red * kr / kg], [1, blue, 0]])
    step = 2.0 ** (bits - 8)
    if full_range:
        return linear * top, np.array([0, 128, 128]) * step
    return linear * [255 / 219, 255 / 224, 255 / 224] / step, np.array([16, 128, 128]) * step


def of_pictures(frames: Frames, weights: Weights = WEIGHTS["bt601"]) -> NDArray[np.float64]:
    """Return the luminance of each picture: frames uint8 [T, H, W, 3] RGB, result float64 [T]."""
    pixels = frames.shape[1] * frames.shape[2]
    return np.array([np.dot(weights, cv2.sumElems(frame)[:3]) / pixels for frame in frames], np.float64)


def measure(
    path: str | Path,
    name: str | None = None,
    *,
    weights: Weights = WEIGHTS["bt601"],
    mode: Mode = "rgb",
    keys_only: bool = False,
    touch: Callable[[], None] = lambda: None,
) -> Luminance:
    """Measure a whole video, opening and decoding the file once; what `probe` tells comes along.

    name : stands for the path in the result and in messages.
    keys_only : measure key frames alone, which is quick, since no other is decoded. In a container without
        times, `info.frames` and `ticks` then count packets. Where no key frame is shown (an edit list trims
        them off), the middle frame is measured.
    touch : called now and then while a long video is read.

    Raises DecodeError, also if one of the frames cannot be decoded.
    """
    name = name or str(path)
    errors: list[Exception] = []
    key_packets: list[int] = []
    ticks: list[int | None] = []
    y: list[float] = []
    first = meter = info = None
    every = 1 if keys_only else _CLIPPED_EVERY
    with reasons(name), open_video(path) as (container, stream):
        facts = Facts(os.stat(path), name, container, stream)
        if keys_only:
            stream.codec_context.skip_frame = "NONKEY"
        for packet in packets(container, stream):
            more = facts.add(packet)
            if keys_only and more and not packet.is_keyframe:  # not every decoder heeds skip_frame
                continue
            if keys_only:
                key_packets.append(facts.packets - 1)
            for frame in decoded_packet(packet, errors):
                if meter is None:
                    first, meter = frame, LumaMeter(colour_of(frame), weights, mode, every=every)
                ticks.append(frame.pts)
                y.append(meter(frame))
                if len(y) % _TOUCH_EVERY == 0:
                    touch()
            if not more:
                break
        facts.check()
        if first is not None:
            info = facts.info(first, facts.packets if keys_only else len(y))
    why = f" ({meaning(errors[-1])})" if errors else ""
    if meter is None or info is None:
        if keys_only and not errors:
            return _middle(path, probe(path, name), weights, mode)
        raise DecodeError(name, f"no frame can be decoded{why}")
    if info.counted:
        numbers = key_packets[: len(y)] if keys_only else range(len(y))
        return Luminance(info, np.array(numbers), np.array(y), meter.colour)
    found = {tick: value for tick, value in zip(ticks, y, strict=True) if tick is not None}
    shown: list[int] = info.all_ticks().tolist()
    if keys_only:
        shown = [tick for tick in shown if tick in found]
        if not shown:
            return _middle(path, info, weights, mode)
    elif not all(tick in found for tick in shown):
        raise DecodeError(name, f"some of its frames cannot be decoded{why}")
    return Luminance(info, np.array(shown, np.int64), np.array([found[tick] for tick in shown]), meter.colour)


def _middle(path: str | Path, info: VideoInfo, weights: Weights, mode: Mode) -> Luminance:
    middle = info.ticks_of(np.array([info.frames // 2]))
    return measure_at(path, info, middle.tolist(), weights=weights, mode=mode)


def measure_at(
    path: str | Path,
    info: VideoInfo,
    ticks: Iterable[int],
    *,
    weights: Weights = WEIGHTS["bt601"],
    mode: Mode = "rgb",
    touch: Callable[[], None] = lambda: None,
) -> Luminance:
    """Measure the frames at some of `info`'s ticks, in one pass that skips what nobody needs. Raises DecodeError."""
    wanted = sorted(set(ticks))
    y: dict[int, float] = {}
    meter = None
    with reasons(info.path), open_video(path) as (container, stream):
        for tick, frame in wanted_frames(container, stream, info, wanted):
            meter = meter or LumaMeter(colour_of(frame), weights, mode)
            y[tick] = meter(frame)
            if len(y) % _TOUCH_EVERY == 0:
                touch()
    if meter is None:
        raise ValueError("no ticks to measure at")
    return Luminance(info, np.array(wanted, np.int64), np.array([y[tick] for tick in wanted]), meter.colour)
