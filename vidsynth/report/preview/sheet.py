"""The contact sheet: a few samples, each with its clips in rows of frames, and what is known of the things in them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vidsynth.clip import Frames
from vidsynth.report.lettering import FAINT, write_text
from vidsynth.report.preview.drawing import color, drawn
from vidsynth.report.preview.overlays import Overlays, clips, lies_over, overlays, series, spectra, visible
from vidsynth.shards.folder import write_atomically

_FRAMES = 8
_CELL = 160
_GAP = 4
_LINE = 20  # of text
_MARGIN = 100  # where rows are named
_SERIES = 72
_WIDTH = _MARGIN + _FRAMES * (_CELL + _GAP)
_NUMBERS = 4  # of a sample that has no caption


def write_preview(file: Path, samples: Sequence[Mapping[str, Any]]) -> None:
    """Write a PNG of samples; nothing, and no old one stays, if they hold neither clips nor spectra nor series."""
    if not any(map(visible, samples)):
        file.unlink(missing_ok=True)
        return
    picture = io.BytesIO()
    Image.fromarray(contact_sheet(samples)).save(picture, "PNG", compress_level=3)
    write_atomically(file, picture.getvalue())


def contact_sheet(samples: Sequence[Mapping[str, Any]]) -> Frames:
    """Return the sheet, uint8 [H, W, 3].

    A sample is a title, and under it a row of 8 frames for each clip with what is known of the things in it; a
    sample without clips shows its spectra, low frequencies below, or what it lists over time.
    """
    return np.concatenate([_block(sample) for sample in samples])


def title(sample: Mapping[str, Any]) -> str:
    """Return what a sample is: its caption or its numbers, and its labels."""
    values = [sample.get("caption") or _numbers(sample), ", ".join(sample.get("labels") or ())]
    return " · ".join(filter(None, values))


def seconds(source: Mapping[str, Any]) -> str:
    """Return which seconds of a video were read."""
    times = source.get("times")
    return f"{min(times):.2f} to {max(times):.2f} s" if times else ""


def caption_of(clip: str, sample: Mapping[str, Any]) -> str:
    """Return the caption that a sample has for one of its clips alone, such as `reversed_caption`; or nothing."""
    return str(sample.get(f"{clip.rpartition('_')[0]}_caption") or "") if "_" in clip else ""


def spectrum(values: NDArray[Any], height: int, width: int) -> Frames:
    """Draw spectra over time, float32 [bins, frames]: bright is much, low frequencies lie below."""
    low, high = np.percentile(values, (1, 99))
    grey = (np.clip((values[::-1] - low) / max(high - low, 1e-9), 0, 1) * 255).astype(np.uint8)
    wide = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(wide, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB), np.uint8)


def _block(sample: Mapping[str, Any]) -> Frames:
    heading = _paper(_LINE)
    write_text(heading, str(sample["index"]), _GAP, 4, _MARGIN - 2 * _GAP, ink=FAINT)
    said = write_text(heading, title(sample), _MARGIN, 4, _WIDTH - _MARGIN - _GAP)
    left = _MARGIN + said + 24
    whence = "  |  ".join(f"{source['video_id']} {seconds(source)}".strip() for source in sample["sources"])
    if whence and left < _WIDTH - 80:
        write_text(heading, whence, left, 4, _WIDTH - left - _GAP, ink=FAINT, align="right")
    return np.concatenate([heading, *_rows(sample), _paper(2 * _GAP)])


def _rows(sample: Mapping[str, Any]) -> Iterator[Frames]:
    over, shown = overlays(sample), clips(sample)
    for name, clip in shown.items():
        note = caption_of(name, sample)
        if note:
            line = _paper(_LINE)
            write_text(line, note, _MARGIN, 4, _WIDTH - _MARGIN - _GAP)
            yield line
        if over.solid:
            yield _clip_row(name, clip, Overlays())
        yield _clip_row(name, clip, over if lies_over(name) else Overlays())
    if not shown:
        width = _WIDTH - _MARGIN - _GAP
        for name, values in spectra(sample).items():
            yield _named(name, [spectrum(values, _CELL, width)])
        for name, listed in series(sample).items():
            yield _named(name, [_curve(np.array(listed), _SERIES, width)])


def _clip_row(name: str, clip: Frames, over: Overlays) -> Frames:
    count, height, width, _ = clip.shape
    zoom = _CELL / max(height, width)
    every = np.unique(np.linspace(0, count - 1, min(count, _FRAMES)).round().astype(int)).tolist()
    return _named(name, [drawn(clip[t], over, t, count, zoom, over.chief) for t in every])


def _named(name: str, pictures: Sequence[Frames]) -> Frames:
    """Return pictures in a row behind its name."""
    row = _paper(len(pictures[0]) + _GAP)
    write_text(row, name, _GAP, 2, _MARGIN - 2 * _GAP, ink=FAINT, size=10)
    left = _MARGIN
    for picture in pictures:
        row[: len(picture), left : left + picture.shape[1]] = picture
        left += picture.shape[1] + _GAP
    return row


def _curve(values: NDArray[np.float64], height: int, width: int) -> Frames:
    """Draw values over time, from 0 or the least to the greatest, with both written at the side."""
    low, high = min(0.0, float(values.min())), float(values.max())
    picture = np.full((height, width, 3), 246, np.uint8)
    x = np.linspace(0, width - 64, len(values))
    y = (height - 6) - (values - low) / max(high - low, 1e-9) * (height - 12)
    points = np.rint(np.stack([x, y], 1) * 16).astype(np.int32)
    cv2.polylines(picture, [points], False, color(1), 2, cv2.LINE_AA, 4)
    write_text(picture, f"{high:.4g}", width - 56, 2, 52, size=10, ink=FAINT)
    write_text(picture, f"{low:.4g}", width - 56, height - 17, 52, size=10, ink=FAINT)
    return picture


def _numbers(sample: Mapping[str, Any]) -> str:
    """Return the first numbers and verdicts of a sample in words, for one that has nothing to look at."""
    if clips(sample):
        return ""
    found = [(name, value) for name, value in sample.items() if isinstance(value, bool | float)]
    return " · ".join(
        f"{name}\u00a0{value:.4g}" if isinstance(value, float) else f"{name}\u00a0{value}"
        for name, value in found[:_NUMBERS]
    )


def _paper(height: int) -> Frames:
    return np.full((height, _WIDTH, 3), 255, np.uint8)
