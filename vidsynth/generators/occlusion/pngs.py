"""Masks as palette pictures: a folder a video, a PNG a frame, its values the objects' numbers (0: none).

As DAVIS and YouTube-VOS have them: `Annotations/480p/bear/00000.png`. A picture's name is the number
of its frame, from 0.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vidsynth.errors import SourceError
from vidsynth.generators.occlusion.json_file import read_bytes
from vidsynth.generators.occlusion.regions import Raster, Region, Regions, VideoMasks
from vidsynth.video.probe import VideoInfo

MAX_BYTES = 64 << 20
MAX_PIXELS = 36 << 20  # more than 7680 x 4320


class PngFolders:
    """The folders of mask pictures under one root; `fps` None: their numbers are the video's own frames'."""

    def __init__(self, root: Path, fps: float | None) -> None:
        self._root, self._fps = root, fps

    def find(self, names: Sequence[str], info: VideoInfo) -> VideoMasks | None:
        """Return the masks in the folder of one of these names; None if there is none. Raises SourceError.

        info : facts of the video, whose own frames are counted where there is no `fps`.
        """
        folder = next((self._root / name for name in names if (self._root / name).is_dir()), None)
        files = sorted(folder.glob("*.png")) if folder else []
        if not files:
            return None
        for file in files:
            if not file.stem.isdecimal() or len(file.stem) > 9:
                raise SourceError(f"{file}: its name must be the number of its frame, such as 00000.png")
        files.sort(key=lambda file: int(file.stem))
        numbers = np.array([int(file.stem) for file in files])
        if self._fps is None:
            files, numbers = files[: int((numbers < info.frames).sum())], numbers[numbers < info.frames]
        times = numbers / self._fps if self._fps else info.seconds(info.ticks_of(numbers))
        height, width = _read(files[0])[0].shape if files else (1, 1)

        def regions(number: int) -> Regions:
            picture = _read(files[number])[0]
            if picture.shape != (height, width):
                size = f"{picture.shape[0]}x{picture.shape[1]}"
                raise SourceError(f"{files[number]}: is {size}, the first of its folder {height}x{width}")
            found = [number for number in np.unique(picture).tolist() if number not in (0, 255)]  # 255: left open
            return tuple(Region(str(n), n, Raster((picture == n).astype(np.uint8))) for n in found)

        def digest(numbers: Sequence[int]) -> str:
            return hashlib.sha256(b"".join(_read(files[number])[1] for number in numbers)).hexdigest()

        return VideoMasks(times, 1 / (self._fps or info.fps), height, width, regions, str(folder), digest)


def _read(file: Path) -> tuple[NDArray[np.uint8], bytes]:
    """Return a picture's values, uint8 [H, W], and its bytes. Raises SourceError."""
    data = read_bytes(file, MAX_BYTES)
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise SourceError(f"{file}: {picture.width}x{picture.height} pixels are more than is read at once")
            if picture.mode not in ("P", "L"):
                raise SourceError(f"{file}: must be a palette or grey picture of 8 bits, not {picture.mode}")
            return np.asarray(picture, np.uint8), data
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SourceError(f"{file}: not readable as PNG: {' '.join(str(error).split())}") from None
