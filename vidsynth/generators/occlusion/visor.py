"""VISOR's masks of EPIC-Kitchens (Darkhalil et al., NeurIPS 2022): sparse and interpolated polygons.

One JSON file a video, `P01_01.json` (sparse, on 1920x1080 pictures) or `P01_01_interpolations.json`
(dense, on 854x480), anywhere under the folder. Its frame numbers are those of VISOR's own
extraction, so frames are found by their time: from `frames_to_timestamps.json` where that lies under
the folder and knows the frame, else (n - 1) / fps, with 60 frames a second for videos with two-digit
numbers and 50 for those with three. The dense files are read as they lie: run VISOR's own correction
of their end frames first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import SourceError
from vidsynth.generators.occlusion.json_file import member, objects, read_json, refuse
from vidsynth.generators.occlusion.regions import Polygons, Region, Regions, VideoMasks
from vidsynth.video.probe import VideoInfo

_SPARSE, _DENSE = (1080, 1920), (480, 854)
_TIMES = "frames_to_timestamps.json"
_SUFFIX = "_interpolations"
_VIDEO = re.compile(r"P\d{2}_\d{2,3}(_interpolations)?\.json")
_FRAME = re.compile(r"_frame_(\d{1,10})\.")
_LONGEST = 1e6  # seconds
_FAR = 16384.0  # pixels: vertices may lie outside the picture, but not by so much


def is_visor(name: str, *, dense: bool) -> bool:
    """Tell whether a file of this name holds a video's sparse (or dense) masks."""
    found = _VIDEO.fullmatch(name)
    return found is not None and bool(found[1]) == dense


class Visor:
    """The VISOR files under one folder. Raises SourceError if it holds none of the kind asked for."""

    def __init__(self, root: Path, *, dense: bool) -> None:
        self._dense = dense
        self._files: dict[str, Path] = {}
        self._times: dict[str, Any] = {}
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                if is_visor(name, dense=dense):
                    video = name.removesuffix(".json").removesuffix(_SUFFIX)
                    self._files.setdefault(video, Path(folder, name))
                elif name == _TIMES:
                    where = os.path.join(folder, name)
                    self._times = member(_object(read_json(Path(where))[0], where), "timestamps", dict, where)
        if not self._files:
            kind = f"P01_01{_SUFFIX}.json" if dense else "P01_01.json"
            raise SourceError(f"{root}: no VISOR annotations such as {kind} in this folder")
        self._last: tuple[str, VideoMasks] | None = None

    def find(self, names: Sequence[str], info: VideoInfo) -> VideoMasks | None:
        """Return the masks of the video of one of these names; None if there is no file. Raises SourceError."""
        video = next((name for name in names if name in self._files), None)
        if video is None:
            return None
        if self._last is None or self._last[0] != video:  # a video's clips follow each other
            self._last = video, self._read(video)
        return self._last[1]

    def _read(self, video: str) -> VideoMasks:
        path = self._files[video]
        value, digest = read_json(path)
        top = _object(value, str(path))
        fps = 60 if len(video.rpartition("_")[2]) == 2 else 50
        pictures: dict[float, list[Region]] = {}
        for where, entry in objects(member(top, "video_annotations", list, str(path)), f"{path}: video_annotations"):
            name = member(member(entry, "image", dict, where), "name", str, f"{where}.image")
            # One frame may end an interpolation and begin the next.
            regions = pictures.setdefault(self._time(name, fps, f"{where}.image.name"), [])
            regions += _regions(member(entry, "annotations", list, where), f"{where}.annotations")
        times = sorted(pictures)
        height, width = _DENSE if self._dense else _SPARSE

        def regions_at(number: int) -> Regions:
            return tuple(pictures[times[number]])

        return VideoMasks(np.array(times), 1 / fps, height, width, regions_at, str(path), lambda _: digest)

    def _time(self, name: str, fps: int, where: str) -> float:
        known = self._times.get(name)
        if known is not None:
            if not isinstance(known, int | float) or not 0 <= known <= _LONGEST:
                raise SourceError(f"{_TIMES}: {name}: must be seconds, not {known!r:.40}")
            return float(known)
        number = _FRAME.search(name)
        if number is None or int(number[1]) < 1:
            raise SourceError(f"{where}: {name!r} tells no frame (such as P01_01_frame_0000000123.jpg)")
        return (int(number[1]) - 1) / fps


def _object(value: Any, where: str) -> dict[str, Any]:
    return value if isinstance(value, dict) else refuse(where, dict, value)


def _regions(annotations: list[Any], where: str) -> list[Region]:
    entries = list(objects(annotations, where))
    held = {entry.get("in_contact_object") for _, entry in entries if isinstance(entry.get("in_contact_object"), str)}
    return [
        Region(
            member(entry, "name", str, at),
            member(entry, "class_id", int, at),
            Polygons(tuple(_polygons(member(entry, "segments", list, at), f"{at}.segments"))),
            held=isinstance(entry.get("id"), str) and entry["id"] in held,
        )
        for at, entry in entries
    ]


def _polygons(segments: list[Any], where: str) -> list[NDArray[np.float64]]:
    out = []
    for number, segment in enumerate(segments):
        if segment == []:
            continue
        try:
            points = np.array(segment, np.float64)
        except (ValueError, TypeError, OverflowError):
            points = np.empty(0)
        if points.ndim != 2 or points.shape[1] != 2 or not (np.abs(points) <= _FAR).all():
            raise SourceError(f"{where}[{number}]: must be a list of [x, y] within {_FAR:.0f} pixels")
        out.append(points)
    return out
