"""Run-length masks in one JSON file, as COCO (an image a frame) and YouTube-VIS (lists over time) have them.

An image's `file_name` tells its video and frame: `bear/00012.jpg` or `bear_00012.jpg`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vidsynth.errors import SourceError
from vidsynth.generators.occlusion import rle
from vidsynth.generators.occlusion.json_file import member, objects, read_json, refuse
from vidsynth.generators.occlusion.pngs import MAX_PIXELS
from vidsynth.generators.occlusion.regions import Raster, Region, Regions, VideoMasks
from vidsynth.video.probe import VideoInfo

_NAME = re.compile(r"(.+?)[/_](?:frame_?)?(\d{1,10})\.\w+")
_Rle = tuple[list[int] | str, int, int, int]  # counts, height, width, category


class CocoFile:
    """The masks of one file, by video and frame. Raises SourceError."""

    def __init__(self, path: Path, fps: float | None) -> None:
        self._path, self._fps = str(path), fps
        top, self._digest = read_json(path)
        if not isinstance(top, dict):
            refuse(self._path, dict, top)
        self._names = {
            member(entry, "id", int, where): member(entry, "name", str, where)
            for where, entry in objects(member(top, "categories", list, self._path), f"{path}: categories")
        }
        self._videos: dict[str, dict[int, list[_Rle]]] = {}
        if "videos" in top:
            self._read_videos(top)
        else:
            self._read_images(top)

    def find(self, names: Sequence[str], info: VideoInfo) -> VideoMasks | None:
        """Return the masks of the video of one of these names; None if the file has none. Raises SourceError.

        info : facts of the video, whose own frames are counted where there is no `fps`.
        """
        found = next((self._videos[name] for name in names if name in self._videos), None)
        if found is None:
            return None
        numbers = np.array(sorted(number for number in found if self._fps or number < info.frames), np.int64)
        times = numbers / self._fps if self._fps else info.seconds(info.ticks_of(numbers))
        height, width = next(((h, w) for masks in found.values() for _, h, w, _ in masks), (1, 1))

        def regions(number: int) -> Regions:
            return tuple(self._region(mask, height, width) for mask in found[int(numbers[number])])

        return VideoMasks(
            times, 1 / (self._fps or info.fps), height, width, regions, self._path, lambda _: self._digest
        )

    def _region(self, mask: _Rle, height: int, width: int) -> Region:
        counts, h, w, category = mask
        name = self._names.get(category, str(category))
        try:
            if (h, w) != (height, width):
                raise ValueError(f"a mask is {h}x{w}, the first of its video {height}x{width}")
            runs = rle.parsed(counts) if isinstance(counts, str) else counts
            return Region(name, category, Raster(rle.decoded(runs, h, w)))
        except (ValueError, TypeError, OverflowError) as error:
            raise SourceError(f"{self._path}: annotations: segmentation of {name}: {error}") from None

    def _read_images(self, top: dict[str, Any]) -> None:
        images = {}
        for where, entry in objects(member(top, "images", list, self._path), f"{self._path}: images"):
            place = self._place(member(entry, "file_name", str, where), where)
            images[member(entry, "id", int, where)] = place
            self._videos.setdefault(place[0], {}).setdefault(place[1], [])
        for where, entry in objects(member(top, "annotations", list, self._path), f"{self._path}: annotations"):
            image = images.get(member(entry, "image_id", int, where))
            if image is None:
                raise SourceError(f"{where}.image_id: there is no image {entry['image_id']}")
            self._videos[image[0]][image[1]].append(self._rle(entry.get("segmentation"), entry, where))

    def _read_videos(self, top: dict[str, Any]) -> None:
        videos = {}
        for where, entry in objects(member(top, "videos", list, self._path), f"{self._path}: videos"):
            places = [self._place(str(name), where) for name in member(entry, "file_names", list, where)]
            videos[member(entry, "id", int, where)] = places
            for video, frame in places:
                self._videos.setdefault(video, {}).setdefault(frame, [])
        for where, entry in objects(member(top, "annotations", list, self._path), f"{self._path}: annotations"):
            known = videos.get(member(entry, "video_id", int, where))
            masks = member(entry, "segmentations", list, where)
            if known is None or len(masks) != len(known):
                raise SourceError(f"{where}.segmentations: must be one a frame of a video that is listed")
            for place, mask in zip(known, masks, strict=True):
                if mask is not None:
                    self._videos[place[0]][place[1]].append(self._rle(mask, entry, where))

    def _rle(self, mask: Any, entry: dict[str, Any], where: str) -> _Rle:
        at = f"{where}.segmentation"
        if not isinstance(mask, dict):
            raise SourceError(f"{at}: must be run lengths (an object with size and counts)")
        size, counts = mask.get("size"), mask.get("counts")
        if not (isinstance(size, list) and len(size) == 2 and all(isinstance(side, int) and side > 0 for side in size)):
            raise SourceError(f"{at}.size: must be [height, width], not {size!r}")
        if size[0] * size[1] > MAX_PIXELS:
            raise SourceError(f"{at}.size: {size[0]}x{size[1]} pixels are more than is read at once")
        if not isinstance(counts, str) and not (isinstance(counts, list) and all(type(run) is int for run in counts)):
            raise SourceError(f"{at}.counts: must be a list of whole numbers, or a string")
        return counts, size[0], size[1], member(entry, "category_id", int, where)

    def _place(self, name: str, where: str) -> tuple[str, int]:
        found = _NAME.fullmatch(name)
        if found is None:
            raise SourceError(f"{where}: {name!r} tells no video and frame (such as bear/00012.jpg)")
        return found[1], int(found[2])
