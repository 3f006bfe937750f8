"""A contact sheet of a manifest's rows: frames of the part that each stands for, under what it says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vidsynth.clip import ClipRef, Frames
from vidsynth.errors import DecodeError
from vidsynth.manifest import Manifest, ManifestRow
from vidsynth.report.preview import write_preview
from vidsynth.video.decode import read_clip
from vidsynth.video.index import VideoIndex

_FRAMES = 8
_BOX_COLOR = (230, 159, 0)
# What `extra` may say that a title shows, beside the labels.
_SHOWN = ("class", "count", "classes", "second", "reversed")


def write_rows_preview(file: Path, manifest: Manifest, rows: int = 6) -> None:
    """Write a PNG with `rows` rows of a manifest, evenly spread; rows whose video cannot be read are passed over.

    Frames are evenly spaced over a row's segment, but where it counts repetitions they are those that bound them;
    of a row to be played reversed they are in reverse; a key frame's boxes are drawn on its middle.
    """
    extras, videos = manifest.extras(), VideoIndex(manifest.root)
    order = np.linspace(0, len(manifest) - 1, min(len(manifest), 8 * rows)).round().astype(int).tolist()
    order = order[:: max(1, len(order) // rows)] + order  # then any of the others, where some cannot be read
    shown: list[Mapping[str, Any]] = []
    for number in dict.fromkeys(order):
        if len(shown) == rows:
            break
        try:
            row = manifest[number]
            clip = _clip(videos, row, extras[number])
        except DecodeError:
            continue
        caption = _caption(row, extras[number])
        shown.append({"index": number, "key": row.video_id, "sources": [], "caption": caption, "clip": clip})
    write_preview(file, shown)


def _clip(videos: VideoIndex, row: ManifestRow, extra: Mapping[str, Any]) -> Frames:
    info = videos.info(row.path)
    end = min(row.end_s or info.duration_s, info.duration_s)
    times = extra.get("bounds_s") or np.linspace(row.start_s, end, _FRAMES, endpoint=False).tolist()
    frames = read_clip(videos.file(row.path), ClipRef(row.video_id, row.path, tuple(times))).frames
    if extra.get("boxes"):
        _draw_boxes(frames[len(frames) // 2], extra["boxes"])
    return frames[::-1] if extra.get("reversed") else frames


def _draw_boxes(frame: Frames, boxes: Sequence[Sequence[float]]) -> None:
    height, width, _ = frame.shape
    for x1, y1, x2, y2 in boxes:
        corners = (int(x1 * width), int(y1 * height)), (int(x2 * width), int(y2 * height))
        cv2.rectangle(frame, *corners, _BOX_COLOR, max(1, height // 120))


def _caption(row: ManifestRow, extra: Mapping[str, Any]) -> str:
    facts = [f"{name} {extra[name]}" for name in _SHOWN if extra.get(name) is not None]
    return "   ".join([row.video_id, row.split or "no split", ", ".join(row.labels) or "no label", *facts])
