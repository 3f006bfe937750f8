"""The camera in the dark: light, noise, levels and 8-bit values, in integers.

Every machine makes the same bytes. Random numbers are Philox's own 16-bit integers; a table turns
each into a Gaussian in 2048ths of a standard deviation; the standard deviation of each amount of
light is another table, in eighths of a unit; their product is shifted, added and clipped as 32-bit
integers. The tables come from additions, multiplications, divisions and square roots, which IEEE
754 rounds alike everywhere, and from Gaussian quantiles of which none lies within 1e-6 of a rounding
boundary, far more than the error of any library.
"""

from __future__ import annotations

import functools
from statistics import NormalDist

import cv2
import numpy as np
from numpy.typing import NDArray

from vidsynth.clip import Frames
from vidsynth.generators.lowlight.curves import ONE, decoding, encoding, luma_change
from vidsynth.generators.lowlight.plan import Light
from vidsynth.rng import raw16, stream

FULL = 1 << 16  # an exposure of 1
_SIGMAS, _EIGHTHS, _SHIFT = 1 << 11, 8, 14  # 2048 * 8 = 1 << 14


class Camera:
    """Takes one clip in one light, at any exposure.

    frames : uint8 [T, H, W, 3] RGB, by day. seed : of the noise.
    """

    def __init__(self, frames: Frames, light: Light, seed: int) -> None:
        self.frames = _luma_darkened(frames, light.darken_gamma) if light.darken == "luma-gamma" else frames
        self._light = light
        power = (light.darken_scale, light.darken_gamma) if light.darken == "power" else ()
        self._decoding = decoding(light.curve, light.gamma, *power).astype(np.uint32)
        self._developed = [_developed(light, gain) for gain in light.gain]
        self._deviation = _deviations(light)
        self._local = local_light(light, *frames.shape[:3])
        self._shot: NDArray[np.int16] | None = None
        if light.noisy:
            self._shot, self._row, self._fixed = _noise(light, seed, *frames.shape[:3])

    def expose(self, exposure: int, step: int = 1) -> Frames:
        """Return the clip at an exposure, 0 to FULL: uint8 [T, H, W, 3]; with `step`, of every so many
        rows and columns alone."""
        light = self._light
        out: Frames = np.array(self.frames[:, ::step, ::step], order="C")
        for t, frame in enumerate(out):
            level = exposure * (light.levels[t] if light.levels else 1.0)
            share = np.array([np.rint(level * c / g) for c, g in zip(light.cast, light.gain, strict=True)], np.uint32)
            table = (self._decoding[:, None] * share + FULL // 2 >> 16).astype(np.uint16)
            lit: NDArray[np.uint16] = cv2.LUT(frame, table[None]).astype(np.uint16, copy=False)
            if self._local is not None:
                local = self._local[t % len(self._local), ::step, ::step, None]
                lit = (lit * local + FULL // 2 >> 16).astype(np.uint16)
            if self._shot is not None:
                lit = self._noised(lit, t, step)
            for channel, developed in enumerate(self._developed):
                frame[..., channel] = developed[lit[..., channel]]
        return out

    def _noised(self, lit: NDArray[np.uint16], t: int, step: int) -> NDArray[np.uint16]:
        if self._shot is None:
            return lit
        noise = self._deviation[lit] * self._shot[t, ::step, ::step]
        noise += 1 << _SHIFT - 1
        noise >>= _SHIFT
        noise += lit
        noise += self._row[t, ::step]
        noise += self._fixed[::step, ::step]
        return np.clip(noise, 0, ONE, out=noise).astype(np.uint16)


@functools.cache
def gaussians() -> NDArray[np.int16]:
    """Return the quantiles of 65536 equal parts of the normal distribution, int16 in 2048ths of its deviation."""
    normal = NormalDist(0, _SIGMAS)
    half = np.array([normal.inv_cdf((draw + 0.5) / 65536) for draw in range(32768)])
    table: NDArray[np.int16] = np.rint(np.concatenate([half, -half[::-1]])).astype(np.int16)
    table.flags.writeable = False
    return table


def local_light(light: Light, frames: int, height: int, width: int) -> NDArray[np.uint32] | None:
    """Return the share of the light that reaches each pixel, uint32 [T or 1, H, W] of FULL; None where all of it does.

    A vignette leaves 1 - v r^2, r being 1 in the corners. A spotlight gives ambient + (1 - ambient)
    (1 - d^2)^2 at d radii from its middle, and the ambient light beyond 1.
    """
    if not light.vignette and not light.spot:
        return None
    x, y = np.arange(width) + 0.5, (np.arange(height) + 0.5)[:, None]
    far = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / (width**2 / 4 + height**2 / 4)
    share = (1 - light.vignette * far)[None]
    if light.spot:
        middle = np.array(light.spot).reshape(frames, 2, 1, 1)
        far = ((x - middle[:, 0]) ** 2 + (y - middle[:, 1]) ** 2) / light.spot_radius**2
        share = share * (light.spot_ambient + (1 - light.spot_ambient) * np.maximum(1 - far, 0) ** 2)
    return np.rint(share * FULL).astype(np.uint32)


def _noise(
    light: Light, seed: int, frames: int, height: int, width: int
) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.int32]]:
    """Return shot noise int16 [T, H, W, 3] in 2048ths of its deviation, and row and fixed noise in units of
    light, int32 [T, H, 1, 1] and [H, W, 3]."""
    table = gaussians()

    def draw(name: str, index: int, *shape: int) -> NDArray[np.int16]:
        return table[raw16(stream(seed, f"lowlight/{name}", index), int(np.prod(shape)))].reshape(shape)

    shot = np.stack([draw("shot", t, height, width, 3) for t in range(frames)])
    row = np.stack([_scaled(draw("row", t, height, 1, 1), light.row) for t in range(frames)])
    fixed = _scaled(draw("fixed", 0, height, width, 3), light.fixed_pattern)
    return shot, row, fixed + _scaled(draw("fixed row", 0, height, 1, 1), light.fixed_row)


def _scaled(noise: NDArray[np.int16], deviation: float) -> NDArray[np.int32]:
    scaled: NDArray[np.int32] = noise * np.int32(round(deviation * ONE * _EIGHTHS)) + (1 << _SHIFT - 1) >> _SHIFT
    return scaled


def _deviations(light: Light) -> NDArray[np.int32]:
    """Return the standard deviation of shot and read noise at each amount of light, int32 [65536] in eighths."""
    variance = np.arange(ONE + 1) / ONE * light.shot + light.read
    deviation: NDArray[np.int32] = np.rint(np.sqrt(variance) * (ONE * _EIGHTHS)).astype(np.int32)
    return deviation


def _developed(light: Light, gain: float) -> NDArray[np.uint8]:
    """Return the 8-bit value of each amount of light on the sensor, uint8 [65536]: levels, gain, curve."""
    levels = (1 << light.bits) - 1
    read = np.rint(np.arange(ONE + 1) * (levels / ONE)) / levels
    shown: NDArray[np.uint8] = encoding(light.curve, light.gamma)[np.rint(np.minimum(read * gain, 1) * ONE).astype(int)]
    return shown


def _luma_darkened(frames: Frames, gamma: float) -> Frames:
    """Return frames whose BT.601 luma is raised to 1 / gamma and whose chroma stays: R, G and B change alike."""
    luma = frames @ np.array([77, 150, 29], np.uint32) + 128 >> 8
    change = luma_change(gamma)[luma]
    darkened: Frames = np.clip(frames + change[..., None], 0, 255).astype(np.uint8)
    return darkened
