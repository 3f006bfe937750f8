"""The demo's videos: leaves of every size, one over another, under a moving camera.

Still, such a picture is the "dead leaves" model: opaque shapes whose radii fall off as r^-3, which
gives the power spectrum of natural images (Lee, Mumford and Huang, IJCV 2001). Here each leaf has
its own texture, shadow, depth and motion. Lengths are pixels, times are seconds, angles are radians.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Frames
from vidsynth.errors import SourceError
from vidsynth.motion.affine import smooth
from vidsynth.part_files import sweep, written_whole
from vidsynth.rng import stream
from vidsynth.video.write import write_video

Floats = NDArray[np.float64]
Texture = NDArray[np.float32]


class Scene(NamedTuple):
    """One video of the demo, written to `<label>/<name><suffix>`.

    name : unique; the scene's random stream.
    label : how things move in it.
    codec : libav's name of the encoder.
    width, height : pixels.
    gop : most frames from one key frame to the next.
    """

    name: str
    label: str
    codec: str = "libx264"
    suffix: str = ".mp4"
    width: int = 340
    height: int = 256
    fps: int = 25
    seconds: float = 3.0
    gop: int = 250

    @property
    def path(self) -> str:
        return f"{self.label}/{self.name}{self.suffix}"


# Mostly what a copy of Kinetics holds, and some of each thing that other data sets do.
SCENES = (
    Scene("alder", "drifting"),
    Scene("beech", "drifting", fps=30, gop=12),
    Scene("cedar", "drifting", width=320, height=240, fps=15, seconds=4.4),
    Scene("clover", "drifting", width=256, height=340, fps=30, seconds=2.5),
    Scene("fern", "drifting", "mpeg4", ".avi", width=320, height=240, gop=12),
    Scene("heather", "drifting", suffix=".mkv", gop=50),
    Scene("acacia", "falling", fps=30),
    Scene("birch", "falling", gop=12),
    Scene("chestnut", "falling", width=256, height=340, gop=60),
    Scene("ginkgo", "falling", "libx265", seconds=3.5),
    Scene("larch", "falling", width=320, height=240, fps=15, seconds=4.4, gop=30),
    Scene("maple", "falling", "libvpx-vp9", ".webm", fps=30, seconds=2.5),
    Scene("aspen", "swirling", gop=60),
    Scene("elm", "swirling", fps=15, seconds=4.4),
    Scene("hazel", "swirling", "libx265", fps=30, seconds=2.5, gop=30),
    Scene("linden", "swirling", width=256, height=340),
    Scene("poplar", "swirling", "mpeg4", ".avi", width=320, height=240, gop=25),
    Scene("willow", "swirling", fps=30, seconds=2.2, gop=12),
    Scene("bracken", "zooming", gop=100),
    Scene("hawthorn", "zooming", width=640, height=360, seconds=2.6),
    Scene("ivy", "zooming", fps=30, gop=30),
    Scene("moss", "zooming", "libvpx-vp9", ".webm", width=320, height=240, gop=25),
    Scene("oak", "zooming", fps=15, seconds=4.4),
    Scene("rowan", "zooming", suffix=".mkv", width=320, height=240, fps=30, seconds=2.5),
)

_ENCODERS = {
    "libx264": {"preset": "superfast", "crf": "23", "bf": "3"},
    "libx265": {"preset": "ultrafast", "crf": "26", "x265-params": "log-level=none:pools=none:frame-threads=1"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "7", "crf": "34", "b": "0"},
    "mpeg4": {"b": "1500000", "bf": "2"},
}

# Colours met together outdoors; a leaf takes a mixture of one palette.
_PALETTES = np.array(
    [
        [(66, 76, 46), (112, 118, 76), (152, 146, 112), (46, 48, 38), (184, 178, 158)],  # undergrowth
        [(128, 84, 54), (164, 122, 76), (92, 62, 46), (190, 166, 124), (72, 68, 54)],  # autumn
        [(92, 106, 120), (142, 152, 158), (186, 190, 188), (62, 68, 72), (122, 114, 102)],  # shore
        [(146, 126, 104), (184, 168, 140), (108, 92, 78), (124, 134, 142), (208, 198, 180)],  # sand
        [(66, 84, 72), (100, 120, 102), (142, 152, 134), (122, 102, 106), (46, 52, 50)],  # garden
        [(88, 70, 60), (132, 112, 98), (60, 56, 56), (162, 150, 138), (104, 108, 112)],  # bark
    ],
    np.float64,
)
# Leaves that lie behind, some of each kind, and leaves that move in front. Radii if the shorter side is 256.
_KINDS, _FAR_LEAVES, _FAR_RADII = 200, 1500, (3.5, 90.0)
_NEAR_LEAVES, _NEAR_RADII = 40, (15.0, 70.0)
_FAR = 0.25  # nearness of the backdrop: its share of the camera's motion
_MARGIN = 1.6  # the backdrop's size, in pictures
_ZOOM = 0.3  # the camera goes from exp(-_ZOOM) to exp(_ZOOM), or back


def write(folder: Path, scenes: Collection[Scene] = SCENES) -> None:
    """Write the scenes that `folder` lacks. A file gets its name only when whole. Raises SourceError."""
    for label in {scene.label for scene in scenes}:
        sweep(folder / label)
    for scene in scenes:
        file = folder / scene.path
        try:
            if not file.exists():
                _write(file, scene)
        except OSError as error:
            raise SourceError(
                f"{file}: cannot be written: {error.strerror}; VIDSYNTH_CACHE names another folder for the demo"
            ) from None


def _write(file: Path, scene: Scene) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    options = _ENCODERS[scene.codec] | {"g": str(scene.gop)}
    with written_whole(file) as beside:
        write_video(beside, render(scene), codec=scene.codec, fps=scene.fps, options=options)


def render(scene: Scene) -> Iterator[Frames]:
    """Yield the frames of a scene, uint8 [height, width, 3] RGB; on one machine, the same each time."""
    rng = stream(0, f"scenes/{scene.name}")
    width, height = scene.width, scene.height
    unit = min(width, height) / 256
    behind, front = _PALETTES[rng.integers(len(_PALETTES), size=2)] * rng.uniform(0.6, 1.3)  # more or less light
    grain = _grain(rng, round(_MARGIN * height), round(_MARGIN * width))
    backdrop = _backdrop(rng, unit, behind, grain)
    radii = unit * np.sort(_radii(rng, _NEAR_LEAVES, _NEAR_RADII))  # the larger are nearer
    leaves = [_leaf(rng, radius, front, grain) for radius in radii]
    sizes = np.array([picture.shape[1::-1] for picture in (backdrop, *leaves)], np.float64)
    for far, *poses in _poses(rng, scene, sizes).swapaxes(0, 1):
        frame = np.asarray(cv2.warpAffine(backdrop, far, (width, height)), np.uint8)
        for leaf, pose in zip(leaves, poses, strict=True):
            _place(frame, leaf, pose)
        yield frame


# --- how things move ---


def _poses(rng: np.random.Generator, scene: Scene, sizes: Floats) -> Floats:
    """Return affines [N, T, 2, 3] from the pixels of the backdrop and of each leaf to those of the frames."""
    times = np.arange(round(scene.seconds * scene.fps)) / scene.fps
    view = np.array([scene.width, scene.height], np.float64)
    unit = view.min() / 256
    near = np.concatenate([[_FAR], np.sort(rng.uniform(0.5, 1.0, len(sizes) - 1))])[:, None]
    # Leaves that go out on one side come in on the other, where nobody sees it.
    world = 1.5 * view + sizes[:, None]
    start = rng.uniform(-0.5, 0.5, (len(sizes), 2)) * world[:, 0]
    paths, angles = _MOTIONS[scene.label](rng, times, start / unit)
    paths[0], angles[0] = 0, 0  # the backdrop moves with the camera alone
    pan = _sway(rng, times, 2).T * (40, 25)
    paths = (unit * (paths - near[..., None] * pan) + world / 2) % world - world / 2
    if scene.label == "zooming":
        zoom = _ZOOM * rng.choice([-1, 1]) * np.cos(np.pi * times / scene.seconds)
    else:
        zoom = 0.05 * _sway(rng, times, 1)[0]
    scale = np.exp(zoom * (1 + near) / 2)[..., None]
    return smooth(sizes, view / 2 + paths * scale, scale=scale.repeat(2, axis=-1), angle=np.degrees(angles))


def _sway(rng: np.random.Generator, times: Floats, count: int) -> Floats:
    """Return smooth movements to and fro, within -1 and 1: [count, T]."""
    cycles = rng.uniform(0.1, 0.5, (2, count, 1)) * times + rng.random((2, count, 1))
    one, other = np.sin(2 * np.pi * cycles)
    sway: Floats = 0.7 * one + 0.3 * other
    return sway


def _drifting(rng: np.random.Generator, times: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Carried by a wind from one side; return paths [N, T, 2] and angles [N, T]."""
    wind = np.array([rng.choice([-1, 1]), rng.normal() * 0.2]) * rng.uniform(40, 80)
    speed = rng.uniform(0.5, 1.5, (len(start), 1, 1))
    paths = start[:, None] + speed * wind * times[:, None]
    paths[..., 1] += 10 * _sway(rng, times, len(start))
    return paths, _spins(rng, times, len(start), 0.3)


def _falling(rng: np.random.Generator, times: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Down, from side to side, turning."""
    speed = rng.uniform(50, 120, (len(start), 1))
    sideways = 40 * _sway(rng, 2 * times, len(start))
    return start[:, None] + np.stack([sideways, speed * times], axis=-1), _spins(rng, times, len(start), 1.0)


def _swirling(rng: np.random.Generator, times: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Round the middle of the picture, all one way."""
    angles = rng.choice([-1, 1]) * rng.uniform(0.3, 0.9, (len(start), 1)) * times
    cos, sin = np.cos(angles), np.sin(angles)
    x, y = start.T[..., None]
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1), angles


def _zooming(rng: np.random.Generator, times: Floats, start: Floats) -> tuple[Floats, Floats]:
    """Almost still: the camera moves."""
    sway = _sway(rng, times, 2 * len(start)).reshape(len(start), 2, -1).swapaxes(1, 2)
    return start[:, None] + 6 * sway, _spins(rng, times, len(start), 0.1)


def _spins(rng: np.random.Generator, times: Floats, count: int, speed: float) -> Floats:
    return rng.uniform(0, 2 * np.pi, (count, 1)) + speed * rng.normal(size=(count, 1)) * times


_MOTIONS = {"drifting": _drifting, "falling": _falling, "swirling": _swirling, "zooming": _zooming}


# --- what things look like ---


def _radii(rng: np.random.Generator, count: int, bounds: tuple[float, float]) -> Floats:
    """Draw radii with density r^-3 within bounds."""
    small, large = (1 / bound**2 for bound in bounds)
    radii: Floats = 1 / np.sqrt(small - rng.random(count) * (small - large))
    return radii


def _grain(rng: np.random.Generator, height: int, width: int) -> Texture:
    """Return noise of mean 0 and deviation 1 whose amplitude falls as 1/f."""
    f = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    f[0, 0] = np.inf
    field: Floats = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((height, width), np.float32)) / f, (height, width))
    field /= field.std()
    return field.astype(np.float32)


def _surface(rng: np.random.Generator, height: int, width: int, palette: Floats, grain: Texture) -> Texture:
    """Return a surface of one mixture of colours, grained, in slanting light: [height, width, 3], 0 to 255."""
    color = rng.dirichlet(np.full(len(palette), 0.6)) @ palette * np.exp(rng.normal(-0.1, 0.25))
    top, left = rng.integers(np.subtract(grain.shape, (height, width)) + 1)
    light = rng.uniform(0.06, 0.18) * grain[top : top + height, left : left + width]
    across, down = (0.25 * rng.normal(size=2)).astype(np.float32)
    light += down * (np.arange(height, dtype=np.float32)[:, None] / height - 0.5)
    light += across * (np.arange(width, dtype=np.float32) / width - 0.5)
    surface: Texture = np.clip((1 + light)[..., None] * color.astype(np.float32), 0, 255)
    return surface


def _leaf(rng: np.random.Generator, radius: float, palette: Floats, grain: Texture) -> Frames:
    """Make an ellipse, a petalled shape or a polygon with its shadow: premultiplied RGBA, uint8 [side, side, 4]."""
    kind = rng.choice(["ellipse", "petals", "polygon"])
    corners = int(rng.integers(3, 7)) if kind == "polygon" else 40
    around = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    reach = 0.85 + 0.15 * np.cos(rng.integers(3, 7) * around) if kind == "petals" else np.ones(corners)
    x, y = radius * reach * np.array([np.cos(around), rng.uniform(0.5, 1) * np.sin(around)])
    cos, sin = np.cos(turn := rng.uniform(0, 2 * np.pi)), np.sin(turn)
    middle = int(1.4 * radius) + 3
    outline = np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1) + middle
    side = 2 * middle + 1
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.rint(16 * outline).astype(np.int32)], 255, cv2.LINE_AA, 4)
    smear = int(0.3 * radius) + 1
    shadow = cv2.blur(mask, (smear, smear), anchor=(smear - 1, smear - 1))  # down and to the right
    color = _surface(rng, side, side, palette, grain) * (mask * np.float32(1 / 255))[..., None]
    alpha = 255 - (255 - mask) * (1 - shadow * np.float32(0.5 / 255))
    return np.dstack([color.astype(np.uint8), alpha.astype(np.uint8)])


def _backdrop(rng: np.random.Generator, unit: float, palette: Floats, grain: Texture) -> Frames:
    """Return a picture strewn with leaves, more or less in focus, as large as the grain."""
    height, width = grain.shape
    picture = _surface(rng, height, width, palette, grain).astype(np.uint8)
    kinds = [_leaf(rng, unit * radius, palette, grain) for radius in _radii(rng, _KINDS, _FAR_RADII)]
    for leaf in rng.integers(_KINDS, size=_FAR_LEAVES).tolist():
        half = len(kinds[leaf]) // 2
        _lay(picture, kinds[leaf], int(rng.integers(width)) - half, int(rng.integers(height)) - half)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), unit * rng.uniform(0.2, 0.8)), np.uint8)


def _lay(picture: Frames, leaf: Frames, x: int, y: int) -> None:
    """Lay a leaf on a picture, in place, its left top corner at (x, y)."""
    height, width, _ = leaf.shape
    part = picture[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)]
    leaf = leaf[max(-y, 0) :, max(-x, 0) :][: part.shape[0], : part.shape[1]]
    if part.size:
        keep = cv2.cvtColor(255 - leaf[..., 3], cv2.COLOR_GRAY2RGB)
        part[...] = cv2.add(cv2.multiply(part, keep, scale=1 / 255), cv2.cvtColor(leaf, cv2.COLOR_RGBA2RGB))


def _place(frame: Frames, leaf: Frames, pose: Floats) -> None:
    """Lay a leaf on a frame, in place, as the affine `pose` [2, 3] puts it."""
    (a, b, c), (d, e, f) = pose.tolist()
    half = len(leaf) / 2
    # Nothing of a leaf is outside the circle in its square, so only that is drawn.
    x, y, reach = (a + b) * half + c, (d + e) * half + f, math.hypot(a, d) * half
    left, top = max(int(x - reach), 0), max(int(y - reach), 0)
    width, height = min(int(x + reach) + 1, frame.shape[1]) - left, min(int(y + reach) + 1, frame.shape[0]) - top
    if width > 0 and height > 0:
        part = cv2.warpAffine(leaf, pose - [[0, 0, left], [0, 0, top]], (width, height))
        _lay(frame, np.asarray(part, np.uint8), left, top)
