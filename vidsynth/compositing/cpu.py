"""Overlay on the CPU: `spec`'s arithmetic, compiled by numba.

A tubelet is warped once into a layer, which holds only the pixels it touches, row span by row span;
the layer is then blended into as many clips as carry it. The loops are shaped for LLVM's
vectoriser: each does one thing, over contiguous words or bytes, for many rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import int64, uint8, uint16, uint32, uint64
from numpy.typing import NDArray

from vidsynth.clip import Box, Frames
from vidsynth.compositing.tubelet import BOUNDS, Tubelet
from vidsynth.motion.masks import ELLIPSE, RECTANGLE

_CHUNK = 8192  # pixels gathered at a time: the scratch of one chunk stays in the L2 cache


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with the result kept on disk; where no folder can hold it, only for this process."""
    try:
        return numba.njit(function, nogil=True, cache=True, error_model="numpy")  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(function, nogil=True, error_model="numpy")  # type: ignore[no-any-return]


class Layer(NamedTuple):
    """A warped tubelet: `spans` int32 [R, 4] of (frame, y, x start, x stop); for their pixels in turn,
    three bytes each, `color` (premultiplied, opacity applied) and `keep` (255 - alpha)."""

    spans: NDArray[np.int32]
    color: NDArray[np.uint8]
    keep: NDArray[np.uint8]


def warp(tubelet: Tubelet, height: int, width: int) -> Layer:
    """Draw a tubelet alone, as it will lie over frames of `height` x `width` pixels."""
    inverse, opacity = quantized(tubelet.affine, tubelet.opacity)
    return warp_quantized(np.ascontiguousarray(tubelet.patch), inverse, opacity, height, width)


def warp_quantized(
    patch: NDArray[np.uint8], inverse: NDArray[np.int64], opacity: NDArray[np.uint8], height: int, width: int
) -> Layer:
    """Draw a patch, uint8 [h, w, 4], whose inverse affines and opacity are those that `quantized` gave."""
    return Layer(*_warp(patch, inverse, opacity, height, width))


def blend(frames: Frames, layer: Layer) -> None:
    """Composite a layer over frames, uint8 [T, H, W, 3], in place."""
    _blend(frames, layer.spans, layer.color, layer.keep)


def cut(
    frame: Frames, box: Box, shape: int, soft_from: float | None, *, whole_center: bool = False
) -> NDArray[np.uint8]:
    """Cut a patch out of a frame, uint8 [H, W, 3], under a mask: premultiplied RGBA, uint8 [h, w, 4].

    The mask is `motion.masks.alpha`'s, and equals it byte for byte.
    """
    x, y, width, height = box
    patch: NDArray[np.uint8] = np.empty((height, width, 4), np.uint8)
    soft = -1.0 if soft_from is None else soft_from
    _cut(frame[y : y + height, x : x + width], shape, soft, whole_center, patch)
    return patch


@_compiled
def _cut(color: NDArray[np.uint8], shape: int, soft_from: float, whole_center: bool, patch: NDArray[np.uint8]) -> None:
    height, width, _ = patch.shape
    cx, cy = (width - 1) / 2, (height - 1) / 2
    if whole_center:
        cx, cy = np.floor(cx), np.floor(cy)
    for j in range(height):
        dy = abs(j - cy) / height
        for i in range(width):
            dx = abs(i - cx) / width
            if shape == RECTANGLE:
                distance = max(dx, dy)
            elif shape == ELLIPSE:
                distance = np.sqrt(dx * dx + dy * dy)
            else:
                distance = dx + dy
            if soft_from >= 0:
                a = uint32(np.floor(min(max((0.5 - distance) / (0.5 - soft_from), 0.0), 1.0) * 255 + 0.5))
            else:
                a = uint32(255) if shape == RECTANGLE or distance < 0.5 else uint32(0)
            for c in range(3):
                z = uint32(color[j, i, c]) * a + uint32(128)
                patch[j, i, c] = uint8((z + (z >> uint32(8))) >> uint32(8))
            patch[j, i, 3] = a


@_compiled
def quantized(affine: NDArray[np.float64], opacity: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return `quantized_inverse`'s int64 [T, 6], and the opacity, uint8 [T], set to 0 on frames not drawn."""
    inverse, shown = np.zeros((len(affine), 6), np.int64), opacity.copy()
    for t in range(len(affine)):
        a, b, tx = affine[t, 0]
        c, d, ty = affine[t, 1]
        determinant = a * d - b * c
        row = (d, -b, b * ty - d * tx, -c, a, c * tx - a * ty)
        drawn = True
        for k in range(6):
            drawn &= abs(row[k] / determinant) <= BOUNDS[k]
        if drawn:
            for k in range(6):
                inverse[t, k] = int64(np.rint(row[k] / determinant * 65536))
        else:
            shown[t] = 0
    return inverse, shown


@_compiled
def _floor_div(number: int, divisor: int, reciprocal: float) -> int:
    """Return floor(number / divisor) for divisor > 0, from a float guess: an integer division a row is slow."""
    quotient = int(np.floor(float(number) * reciprocal))
    while quotient * divisor > number:
        quotient -= 1
    while (quotient + 1) * divisor <= number:
        quotient += 1
    return quotient


@_compiled
def _span(slope: int, start: int, limit: int, reciprocal: float, x0: int, x1: int) -> tuple[int, int]:
    """Narrow x0..x1 to the x with 0 <= slope x + start < limit; `reciprocal` is 1 / |slope|."""
    if slope > 0:
        low = -_floor_div(start, slope, reciprocal)
        high = -_floor_div(start - limit, slope, reciprocal)
    elif slope < 0:
        low = _floor_div(start - limit, -slope, reciprocal) + 1
        high = _floor_div(start, -slope, reciprocal) + 1
    elif 0 <= start < limit:
        return x0, x1
    else:
        return x0, x0
    low, high = max(low, x0), min(high, x1)
    return low, max(low, high)


@_compiled
def bounds(
    inverse: NDArray[np.int64], opacity: NDArray[np.uint8], w: int, h: int, height: int, width: int
) -> NDArray[np.int32]:
    """Return int32 [T, 4], x0 y0 x1 y1: outside of them a patch of h x w leaves a frame as it is.

    They are empty, all 0, where the patch is not drawn; `inverse` and `opacity` are what `quantized` gave.
    """
    one = int64(32) << 11
    out = np.zeros((len(inverse), 4), np.int32)
    for t in range(len(inverse)):
        if opacity[t]:
            m = inverse[t].copy()
            m[2] += one
            m[5] += one
            y0, y1 = _rows(m, (w + 1) * one, (h + 1) * one, height)
            m[0], m[1], m[3], m[4] = m[1], m[0], m[4], m[3]  # x and y trade places
            x0, x1 = _rows(m, (w + 1) * one, (h + 1) * one, width)
            if x0 < x1 and y0 < y1:
                out[t, 0], out[t, 1], out[t, 2], out[t, 3] = x0, y0, x1, y1
    return out


@_compiled
def _rows(m: NDArray[np.int64], u_limit: int, v_limit: int, height: int) -> tuple[int, int]:
    """Return rows that surely hold every pixel of the parallelogram 0 <= u < u_limit, 0 <= v < v_limit."""
    determinant = float(m[0]) * float(m[4]) - float(m[1]) * float(m[3])
    # Within BOUNDS the sums below err by up to 2^17: a smaller divisor would make that rows.
    if abs(determinant) < float(1 << 20):
        return 0, height
    top, bottom = np.inf, -np.inf
    for u in (0.0, float(u_limit)):
        for v in (0.0, float(v_limit)):
            y = (float(m[0]) * (v - float(m[5])) - float(m[3]) * (u - float(m[2]))) / determinant
            top, bottom = min(top, y), max(bottom, y)
    return int(max(0.0, np.floor(top) - 1)), int(min(float(height), np.ceil(bottom) + 2))


@_compiled
def _warp(
    patch: NDArray[np.uint8], inverse: NDArray[np.int64], opacity: NDArray[np.uint8], height: int, width: int
) -> tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]:
    h, w, _ = patch.shape
    pairs = _paired(patch)

    # The padding shifts patch coordinates by one pixel: 32 units of u, 32 << 11 before the shift.
    one = int64(32) << 11
    u_limit, v_limit = (w + 1) * one, (h + 1) * one
    spans = np.empty((len(inverse) * height, 4), np.int32)
    count = total = 0
    corners = _corners(patch)
    for t in range(len(inverse)):
        if opacity[t] == 0:
            continue
        m = inverse[t].copy()
        m[2] += one
        m[5] += one
        rising, falling = h * m[:3] + w * m[3:], h * m[:3] - w * m[3:]
        u_reciprocal, v_reciprocal = 1.0 / abs(float(m[0])), 1.0 / abs(float(m[3]))
        rising_reciprocal, falling_reciprocal = 1.0 / abs(float(rising[0])), 1.0 / abs(float(falling[0]))
        top, bottom = _rows(m, u_limit, v_limit, height)
        for y in range(top, bottom):
            x0, x1 = _span(m[0], m[1] * y + m[2], u_limit, u_reciprocal, 0, width)
            x0, x1 = _span(m[3], m[4] * y + m[5], v_limit, v_reciprocal, x0, x1)
            if corners[4]:
                start, limit = rising[1] * y + rising[2] - corners[0], corners[1] - corners[0]
                x0, x1 = _span(rising[0], start, limit, rising_reciprocal, x0, x1)
                start, limit = falling[1] * y + falling[2] - corners[2], corners[3] - corners[2]
                x0, x1 = _span(falling[0], start, limit, falling_reciprocal, x0, x1)
            if x1 > x0:
                spans[count, 0], spans[count, 1], spans[count, 2], spans[count, 3] = t, y, x0, x1
                count += 1
                total += x1 - x0
    spans = spans[:count]

    color, keep = np.empty(3 * total, np.uint8), np.empty(3 * total, np.uint8)
    room = max(_CHUNK, width)
    above, below, places = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint64)
    done = filled = 0
    for r in range(count):
        t, y, x0, x1 = spans[r]
        _place(inverse[t], x0, y, x1 - x0, places, filled)
        filled += x1 - x0
        # A chunk ends with its frame (one opacity a chunk), or when the next row might not fit.
        if r + 1 == count or spans[r + 1, 0] != t or filled + width > room:
            _fetch(pairs, uint64(w + 2), places, filled, above, below)
            _mix(above, below, places, filled, uint32(opacity[t]), color[3 * done :], keep[3 * done :])
            done += filled
            filled = 0
    return spans, color, keep


@_compiled
def _corners(patch: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how far the patch reaches along its diagonals, as bounds on h u + w v and on h u - w v.

    Ellipses and rhombi leave their corners empty: up to half of the box need not be drawn. The last
    entry is 0 where nothing would be saved.
    """
    h, w, _ = patch.shape
    rising_low = falling_low = int64(1) << 40  # above any h i + w j, and no overflow in Q16
    rising_high = falling_high = -rising_low
    for j in range(h):
        for i in range(w):
            if patch[j, i, 0] | patch[j, i, 1] | patch[j, i, 2] | patch[j, i, 3]:
                rising, falling = h * i + w * j, h * i - w * j
                rising_low, rising_high = min(rising_low, rising), max(rising_high, rising)
                falling_low, falling_high = min(falling_low, falling), max(falling_high, falling)
    # A pixel is seen from less than one pixel away in u and in v; (u, v) count the padding, in Q16.
    reach, one = h + w, int64(1) << 16
    bounds = np.empty(5, np.int64)
    bounds[0], bounds[1] = (rising_low - reach + h + w) * one, (rising_high + reach + h + w) * one + 1
    bounds[2], bounds[3] = (falling_low - reach + h - w) * one, (falling_high + reach + h - w) * one + 1
    bounds[4] = rising_low > reach // 2 or falling_high < h * (w - 1) - reach // 2
    return bounds


@_compiled
def _paired(patch: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the patch with a pixel of nothing around it, each word a pixel (low half, RGBA from the
    lowest byte) and its right neighbour (high half): two reads fetch the four pixels around a point."""
    h, w, _ = patch.shape
    pairs = np.zeros((h + 2, w + 2), np.uint64)
    for j in range(h):
        for i in range(w):
            pixel = (
                uint64(patch[j, i, 0])
                | uint64(patch[j, i, 1]) << uint64(8)
                | uint64(patch[j, i, 2]) << uint64(16)
                | uint64(patch[j, i, 3]) << uint64(24)
            )
            pairs[j + 1, i + 1] |= pixel
            pairs[j + 1, i] |= pixel << uint64(32)
    return pairs.reshape(-1)


@_compiled
def _place(m: NDArray[np.int64], x0: int, y: int, n: int, places: NDArray[np.uint64], first: int) -> None:
    """Say where in the padded patch each pixel of a row span lies.

    A place is (v << 32) + u, both Q16: one addition steps both, since u stays in 0..2^32 on the way.
    """
    one = int64(32) << 11
    u = uint64(m[0] * x0 + m[1] * y + m[2] + one)
    v = uint64(m[3] * x0 + m[4] * y + m[5] + one)
    place = (v << uint64(32)) + u
    step = (uint64(m[3]) << uint64(32)) + uint64(m[0])
    for k in range(uint64(first), uint64(first + n)):
        places[k] = place
        place += step


@_compiled
def _fetch(
    pairs: NDArray[np.uint64],
    pitch: int,
    places: NDArray[np.uint64],
    n: int,
    above: NDArray[np.uint64],
    below: NDArray[np.uint64],
) -> None:
    """Read the two pairs of pixels around each place."""
    for k in range(n):
        at = (places[k] >> uint64(48)) * pitch + ((places[k] >> uint64(16)) & uint64(0xFFFF))
        above[k] = pairs[at]
        below[k] = pairs[at + pitch]


@numba.njit(inline="always")
def _channel(
    p00: Any, p01: Any, p10: Any, p11: Any, w00: Any, w01: Any, w10: Any, w11: Any, shift: Any, opacity: Any
) -> Any:
    """Weigh one channel, apply the opacity. uint32 throughout: numba would widen to 64 bits by itself."""
    low = uint32(255)
    upper = uint32(uint32(((p00 >> shift) & low) * w00) + uint32(((p01 >> shift) & low) * w01))
    lower = uint32(uint32(((p10 >> shift) & low) * w10) + uint32(((p11 >> shift) & low) * w11))
    z = uint32(uint32(upper + lower) + uint32(512)) >> uint32(10)
    z = uint32(uint32(z * opacity) + uint32(128))
    return uint32(uint32(z + uint32(z >> uint32(8))) >> uint32(8))


@_compiled
def _mix(
    above: NDArray[np.uint64],
    below: NDArray[np.uint64],
    places: NDArray[np.uint64],
    n: int,
    opacity: int,
    color: NDArray[np.uint8],
    keep: NDArray[np.uint8],
) -> None:
    for k in range(n):
        p = uint32((places[k] >> uint64(11)) & uint64(31))
        q = uint32((places[k] >> uint64(43)) & uint64(31))
        w11 = uint32(p * q)
        w10 = uint32(uint32(q << uint32(5)) - w11)
        w01 = uint32(uint32(p << uint32(5)) - w11)
        w00 = uint32(uint32(uint32(1024) - uint32(p << uint32(5))) - w10)
        p00, p01 = uint32(above[k]), uint32(above[k] >> uint64(32))
        p10, p11 = uint32(below[k]), uint32(below[k] >> uint64(32))
        color[3 * k] = uint8(_channel(p00, p01, p10, p11, w00, w01, w10, w11, uint32(0), opacity))
        color[3 * k + 1] = uint8(_channel(p00, p01, p10, p11, w00, w01, w10, w11, uint32(8), opacity))
        color[3 * k + 2] = uint8(_channel(p00, p01, p10, p11, w00, w01, w10, w11, uint32(16), opacity))
        alpha = _channel(p00, p01, p10, p11, w00, w01, w10, w11, uint32(24), opacity)
        keep[3 * k] = keep[3 * k + 1] = keep[3 * k + 2] = uint8(uint32(255) - alpha)


@_compiled
def _blend(
    frames: NDArray[np.uint8], spans: NDArray[np.int32], color: NDArray[np.uint8], keep: NDArray[np.uint8]
) -> None:
    start = 0
    for r in range(len(spans)):
        t, y, x0, x1 = spans[r]
        stop = start + 3 * (x1 - x0)
        _blend_row(frames[t, y].reshape(-1)[3 * x0 : 3 * x1], color[start:stop], keep[start:stop])
        start = stop


@_compiled
def _blend_row(row: NDArray[np.uint8], color: NDArray[np.uint8], keep: NDArray[np.uint8]) -> None:
    # uint16 throughout: the largest sum, 255 * 255 + 128 + 254, fits.
    for k in range(len(row)):
        z = uint16(uint16(uint16(row[k]) * uint16(keep[k])) + uint16(128))
        z = uint16(uint16(z + uint16(z >> uint16(8))) >> uint16(8))
        row[k] = uint8(min(uint16(z + uint16(color[k])), uint16(255)))
