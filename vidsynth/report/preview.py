"""A contact sheet of samples: clips with their tubelets' outlines and paths, or spectra of sound."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vidsynth.clip import Frames
from vidsynth.compositing.truth import moved
from vidsynth.shards.folder import write_atomically

_FRAMES = 8
_CELL = 160
_GAP = 4
_TITLE = 18
# Okabe and Ito's colours: told apart by everyone, and seldom met in videos.
_COLORS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (213, 94, 0), (204, 121, 167))
_DRAW = {"lineType": cv2.LINE_AA, "shift": 4}


def write_preview(file: Path, samples: Sequence[Mapping[str, Any]]) -> None:
    """Write a PNG of samples; nothing, and no old one stays, if they hold neither clips nor spectra."""
    if not any(_clips(sample) or _spectra(sample) for sample in samples):
        file.unlink(missing_ok=True)
        return
    picture = io.BytesIO()
    Image.fromarray(contact_sheet(samples)).save(picture, "PNG", compress_level=3)
    write_atomically(file, picture.getvalue())


def contact_sheet(samples: Sequence[Mapping[str, Any]]) -> Frames:
    """Return the sheet, uint8 [H, W, 3]: per sample a title and, per clip, up to 8 of its frames in a row.

    Samples without clips show their spectra, low frequencies below.
    """
    blocks = [_block(sample) for sample in samples]
    width = max(block.shape[1] for block in blocks)
    return np.concatenate([_padded(block, width) for block in blocks])


def _block(sample: Mapping[str, Any]) -> Frames:
    rows = _clip_rows(sample) or [_spectrum(values) for values in _spectra(sample)]
    title = np.full((_TITLE, rows[0].shape[1], 3), 255, np.uint8)
    labels = ", ".join(sample.get("labels") or ())
    said = [sample.get("caption"), "  |  ".join(map(_origin, sample["sources"])), labels]
    text = f"{sample['index']}   {'   '.join(filter(None, said)) or sample['key']}"
    cv2.putText(title, text, (_GAP, _TITLE - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (40, 40, 40), 1, cv2.LINE_AA)
    return np.concatenate([title, *rows])


def _clip_rows(sample: Mapping[str, Any]) -> list[Frames]:
    clips = _clips(sample)
    if not clips:
        return []
    if "token_mask" in sample:
        clips.append(_hidden(clips[0], sample["token_mask"]))
    frames, height, width, _ = clips[0].shape
    zoom = _CELL / max(height, width)
    shown = np.unique(np.linspace(0, frames - 1, min(frames, _FRAMES)).round().astype(int))
    tubelets = (sample.get("plan") or {}).get("tubelets") or []
    return [np.concatenate([_cell(clip[t], tubelets, t, zoom) for t in shown], axis=1) for clip in clips]


def _origin(source: Mapping[str, Any]) -> str:
    times = source.get("times")
    return f"{source['video_id']} {min(times):.2f}-{max(times):.2f} s" if times else str(source["video_id"])


def _clips(sample: Mapping[str, Any]) -> list[Frames]:
    return [value for value in sample.values() if isinstance(value, np.ndarray) and _is_clip(value)]


def _is_clip(value: NDArray[Any]) -> bool:
    return value.dtype == np.uint8 and value.ndim == 4 and value.shape[-1] == 3


def _hidden(clip: Frames, token_mask: NDArray[np.uint8]) -> Frames:
    """Return a clip with grey where its tokens are hidden."""
    for axis, count in enumerate(token_mask.shape):
        token_mask = token_mask.repeat(clip.shape[axis] // count, axis)
    return np.where(token_mask[..., None], np.uint8(128), clip)


def _spectra(sample: Mapping[str, Any]) -> list[NDArray[Any]]:
    return [
        value
        for value in sample.values()
        if isinstance(value, np.ndarray) and value.dtype == np.float32 and value.ndim == 2
    ]


def _spectrum(values: NDArray[Any]) -> Frames:
    """Draw spectra over time, float32 [bins, frames], as wide as a row of frames: bright is much."""
    low, high = np.percentile(values, (1, 99))
    grey = (np.clip((values[::-1] - low) / max(high - low, 1e-9), 0, 1) * 255).astype(np.uint8)
    wide = cv2.resize(grey, (_FRAMES * (_CELL + _GAP) - _GAP, _CELL), interpolation=cv2.INTER_AREA)
    colored = cv2.cvtColor(cv2.applyColorMap(wide, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB)
    return np.pad(np.asarray(colored, np.uint8), ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)


def _cell(frame: Frames, tubelets: Sequence[Mapping[str, Any]], t: int, zoom: float) -> Frames:
    picture = cv2.resize(frame, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR)
    for number, tubelet in enumerate(tubelets):
        color = _COLORS[number % len(_COLORS)]
        affine = np.asarray(tubelet["affine"], np.float64).reshape(-1, 2, 3)
        _, _, width, height = tubelet["box"]
        path = moved(affine, np.array([[width / 2, height / 2]]))[:, 0]
        cv2.polylines(picture, [_fixed_point(path * zoom)], False, color, 1, **_DRAW)
        if tubelet["opacity"][t]:
            corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
            outline = moved(affine[t : t + 1], corners)[0]
            cv2.polylines(picture, [_fixed_point(outline * zoom)], True, color, 1, **_DRAW)
            cv2.circle(picture, tuple(_fixed_point(path[t] * zoom)[0].tolist()), 3 << 4, color, -1, **_DRAW)
    return np.pad(picture, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)


def _fixed_point(points: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return points as OpenCV draws them: int32 [P, 2] in 16ths of a pixel, from pixel centres."""
    return np.rint((np.clip(points, -1e4, 1e4) - 0.5) * 16).astype(np.int32).reshape(-1, 2)


def _padded(block: Frames, width: int) -> Frames:
    return np.pad(block, ((0, 2 * _GAP), (0, width - block.shape[1]), (0, 0)), constant_values=255)
