"""The overlay of a batch in one fused Triton kernel.

A program owns a tile of one frame of one clip: it reads the tile once, composites every tubelet that
touches it in order, and writes it once. A tile that no tubelet touches is copied in words, or, in
place, left alone. Patches are cut from the batch before, by a small kernel, since drawing in place
would overwrite them. The arithmetic is `compositing.spec`'s, so the bytes are.
"""

from __future__ import annotations

import contextlib
from typing import Any

import torch
import triton
import triton.language as tl

from vidsynth.torch.plans import PackedTubelets

_TILE = (16, 32)
_CUT = 256


def draw(source: torch.Tensor, target: torch.Tensor, tubelets: PackedTubelets) -> None:
    """Write source, uint8 [B, K, T, H, W, 3], with its tubelets into target, which may be source."""
    samples, clips, frames, height, width, _ = source.shape
    inplace = target is source
    patches = torch.empty(len(tubelets.masks), dtype=torch.int32, device=source.device)
    with _on(source.device):
        if len(patches):
            _cut[len(tubelets.sample), triton.cdiv(tubelets.largest, _CUT)](
                source, patches, tubelets.masks, tubelets.offsets, tubelets.sample, tubelets.cut,
                clips * frames, height, width, BLOCK=_CUT,
            )  # fmt: skip
        if source.numel() and not (inplace and not len(patches)):
            columns = triton.cdiv(width, _TILE[1])
            grid = (columns * triton.cdiv(height, _TILE[0]), frames, samples * clips)
            _overlay[grid](
                source, target, patches, tubelets.offsets, tubelets.first, tubelets.cut,
                tubelets.inverse, tubelets.opacity, tubelets.bounds, clips, height, width, columns,
                INPLACE=inplace, WORDS=width % 4 == 0, TILE_H=_TILE[0], TILE_W=_TILE[1],
            )  # fmt: skip


def _on(device: torch.device) -> Any:
    """Launch on this device, whichever is the current one."""
    return torch.cuda.device(device) if device.type == "cuda" else contextlib.nullcontext()


@triton.jit
def _cut(
    source, patches, masks, offsets, sample, cut, clips_frames, height, width, BLOCK: tl.constexpr
):  # fmt: skip
    """Premultiply a block of one tubelet's patch: int32 words, RGBA from the lowest byte."""
    n = tl.program_id(0)
    start = tl.load(offsets + n)
    size = (tl.load(offsets + n + 1) - start).to(tl.int32)
    place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    if tl.program_id(1) * BLOCK < size:
        frame, x, y = tl.load(cut + n * 5), tl.load(cut + n * 5 + 1), tl.load(cut + n * 5 + 2)
        w, h = tl.load(cut + n * 5 + 3), tl.load(cut + n * 5 + 4)
        valid = place < size
        alpha = tl.load(masks + start + place, mask=valid, other=0).to(tl.int32)
        # The border's pixels are taken from anywhere near: its masks are 0.
        i = x + tl.minimum(tl.maximum(place % (w + 2) - 1, 0), w - 1)
        j = y + tl.minimum(tl.maximum(place // (w + 2) - 1, 0), h - 1)
        picture = (tl.load(sample + n).to(tl.int64) * clips_frames + frame) * height * width * 3
        pixel = source + picture + (j * width + i) * 3
        red = _div255(tl.load(pixel, mask=valid, other=0).to(tl.int32) * alpha)
        green = _div255(tl.load(pixel + 1, mask=valid, other=0).to(tl.int32) * alpha)
        blue = _div255(tl.load(pixel + 2, mask=valid, other=0).to(tl.int32) * alpha)
        tl.store(patches + start + place, red | (green << 8) | (blue << 16) | (alpha << 24), mask=valid)


@triton.jit
def _overlay(
    source, target, patches, offsets, first, cut, inverse, opacity, bounds, clips, height, width, columns,
    INPLACE: tl.constexpr, WORDS: tl.constexpr, TILE_H: tl.constexpr, TILE_W: tl.constexpr,
):  # fmt: skip
    """Draw one tile of one frame of one clip."""
    x0 = (tl.program_id(0) % columns) * TILE_W
    y0 = (tl.program_id(0) // columns) * TILE_H
    t, frames = tl.program_id(1), tl.num_programs(1)
    clip = tl.program_id(2)
    picture = (clip.to(tl.int64) * frames + t) * height * width * 3
    begin, end = tl.load(first + clip // clips), tl.load(first + clip // clips + 1)
    touched = False
    for n in range(begin, end):
        touched = touched | _touches(bounds + (n * frames + t) * 4, x0, y0, TILE_H, TILE_W)
    rows = y0 + tl.arange(0, TILE_H)[:, None]
    if touched:
        x = x0 + tl.arange(0, TILE_W)[None, :]
        valid = (rows < height) & (x < width)
        pixel = picture + (rows * width + x) * 3
        red = tl.load(source + pixel, mask=valid, other=0).to(tl.int32)
        green = tl.load(source + pixel + 1, mask=valid, other=0).to(tl.int32)
        blue = tl.load(source + pixel + 2, mask=valid, other=0).to(tl.int32)
        for n in range(begin, end):
            if _touches(bounds + (n * frames + t) * 4, x0, y0, TILE_H, TILE_W):
                m = inverse + (n * frames + t) * 6
                u, v = _patch_coordinate(m, x, rows), _patch_coordinate(m + 3, x, rows)
                i, j = u >> 5, v >> 5
                w, h = tl.load(cut + n * 5 + 3), tl.load(cut + n * 5 + 4)
                inside = (i >= -1) & (i < w) & (j >= -1) & (j < h)
                p, q = u & 31, v & 31
                pitch = w + 2
                corner = patches + tl.load(offsets + n) + ((j + 1) * pitch + i + 1)
                p00 = tl.load(corner, mask=inside, other=0)
                p01 = tl.load(corner + 1, mask=inside, other=0)
                p10 = tl.load(corner + pitch, mask=inside, other=0)
                p11 = tl.load(corner + pitch + 1, mask=inside, other=0)
                w11 = p * q
                w10 = (q << 5) - w11
                w01 = (p << 5) - w11
                w00 = 1024 - (p << 5) - w10
                o = tl.load(opacity + n * frames + t).to(tl.int32)
                keep = 255 - _channel(p00, p01, p10, p11, w00, w01, w10, w11, o, 24)
                red = _over(_channel(p00, p01, p10, p11, w00, w01, w10, w11, o, 0), red, keep)
                green = _over(_channel(p00, p01, p10, p11, w00, w01, w10, w11, o, 8), green, keep)
                blue = _over(_channel(p00, p01, p10, p11, w00, w01, w10, w11, o, 16), blue, keep)
        tl.store(target + pixel, red.to(tl.uint8), mask=valid)
        tl.store(target + pixel + 1, green.to(tl.uint8), mask=valid)
        tl.store(target + pixel + 2, blue.to(tl.uint8), mask=valid)
    elif not INPLACE:
        if WORDS:  # frames of such widths begin on a word
            from_words = source.to(tl.pointer_type(tl.int32), bitcast=True)
            to_words = target.to(tl.pointer_type(tl.int32), bitcast=True)
            _copy(from_words + picture // 4, to_words + picture // 4, rows, height, width // 4, x0 // 4, TILE_W // 4)
        else:
            _copy(source + picture, target + picture, rows, height, width, x0, TILE_W)


@triton.jit
def _copy(source, target, rows, height, width, x0, TILE: tl.constexpr):
    """Copy a tile of TILE x 3 elements a row; the picture has width x 3."""
    place = tl.arange(0, 4 * TILE)[None, :]
    at = rows * (width * 3) + (x0 * 3 + place)
    valid = (rows < height) & (place < TILE * 3) & (x0 * 3 + place < width * 3)
    tl.store(target + at, tl.load(source + at, mask=valid, other=0), mask=valid)


@triton.jit
def _touches(bounds, x0, y0, TILE_H: tl.constexpr, TILE_W: tl.constexpr):
    left, top, right, bottom = tl.load(bounds), tl.load(bounds + 1), tl.load(bounds + 2), tl.load(bounds + 3)
    return (left < x0 + TILE_W) & (right > x0) & (top < y0 + TILE_H) & (bottom > y0)


@triton.jit
def _patch_coordinate(m, x, y):
    """Return (m[0] x + m[1] y + m[2]) >> 11, summed in 64 bits.

    By compositing.tubelet.BOUNDS the linear parts fit in 32 bits, so that each product is one
    instruction, and with frames of up to plans.MAX_SIDE pixels a side the result does.
    """
    a, b, c = tl.load(m).to(tl.int32).to(tl.int64), tl.load(m + 1).to(tl.int32).to(tl.int64), tl.load(m + 2)
    return ((a * x.to(tl.int64) + (b * y.to(tl.int64) + c)) >> 11).to(tl.int32)


@triton.jit
def _channel(p00, p01, p10, p11, w00, w01, w10, w11, o, SHIFT: tl.constexpr):
    """Weigh one channel of the four pixels, and apply the opacity."""
    s = ((p00 >> SHIFT) & 255) * w00 + ((p01 >> SHIFT) & 255) * w01
    s += ((p10 >> SHIFT) & 255) * w10 + ((p11 >> SHIFT) & 255) * w11
    return _div255(((s + 512) >> 10) * o)


@triton.jit
def _over(color, below, keep):
    return tl.minimum(color + _div255(below * keep), 255)


@triton.jit
def _div255(z):
    return (z + 128 + ((z + 128) >> 8)) >> 8
