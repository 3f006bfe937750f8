"""A few samples that move: a WebP or GIF with their clips side by side, plain and with what is known of them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from PIL import Image

from vidsynth.clip import Frames
from vidsynth.errors import ShardError
from vidsynth.report.lettering import write_text
from vidsynth.report.preview.drawing import drawn, scaled
from vidsynth.report.preview.overlays import Overlays, clips, lies_over, overlays
from vidsynth.report.preview.sheet import title

_GAP = 4
_LINE = 20
_MOST_FRAMES = 96


def animation(
    samples: Sequence[Mapping[str, Any]],
    kind: Literal["WEBP", "GIF"],
    *,
    fps: float,
    side: int = 160,
    quality: int = 75,
    captions: bool = True,
) -> bytes:
    """Return an animation of samples, a row each, that starts again when it ends.

    A row holds the clips as they are, then again with boxes, paths and masks, if the sample knows of any. Of clips
    with more than 96 frames as many are shown, evenly spread.

    fps : frames a second of the clips. side : pixels of a clip's longer side. quality : of a WebP, 0 to 100.
    captions : write each sample's above its row. Raises ShardError if a sample has no clip.
    """
    frames = _frames(samples, side, captions)
    step = -(-len(frames) // _MOST_FRAMES)
    first, *others = (Image.fromarray(frame) for frame in frames[::step])
    settings = {"quality": quality, "method": 4} if kind == "WEBP" else {"optimize": True}
    file = io.BytesIO()
    first.save(file, kind, save_all=True, append_images=others, duration=round(1000 * step / fps), loop=0, **settings)
    return file.getvalue()


def _frames(samples: Sequence[Mapping[str, Any]], side: int, captions: bool) -> list[Frames]:
    rows = [_pictures(sample, side) for sample in samples]
    width = max(sum(clip.shape[2] + _GAP for clip in row) for row in rows) + _GAP
    blocks = []  # of each row its line of text, and its clips
    for sample, row in zip(samples, rows, strict=True):
        line = np.full((_LINE if captions else _GAP, width, 3), 255, np.uint8)
        if captions:
            write_text(line, f"{sample['index']}   {title(sample)}", _GAP, 4, width - 2 * _GAP)
        blocks.append((line, row))
    length = max(len(clip) for row in rows for clip in row)
    return [np.concatenate([part for line, row in blocks for part in (line, _side_by_side(row, t, width))])
            for t in range(length)]  # fmt: skip


def _side_by_side(row: Sequence[Frames], t: int, width: int) -> Frames:
    strip = np.full((max(clip.shape[1] for clip in row) + _GAP, width, 3), 255, np.uint8)
    left = _GAP
    for clip in row:
        frame = clip[t % len(clip)]
        strip[: frame.shape[0], left : left + frame.shape[1]] = frame
        left += frame.shape[1] + _GAP
    return strip


def _pictures(sample: Mapping[str, Any], side: int) -> list[Frames]:
    """Return a sample's clips, uint8 [T, h, w, 3], plain and then drawn on."""
    over, plain, marked = overlays(sample), [], []
    for name, clip in clips(sample).items():
        zoom = side / max(clip.shape[1:3])
        plain.append(np.stack([scaled(frame, zoom) for frame in clip]))
        known = over if lies_over(name) else Overlays()
        if known.layers:
            marked.append(
                np.stack([drawn(frame, known, t, len(clip), zoom, known.chief) for t, frame in enumerate(clip)])
            )
    if not plain:
        raise ShardError("samples without clips do not move: ask for .png or .html")
    return plain + marked
