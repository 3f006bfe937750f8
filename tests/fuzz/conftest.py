"""How many damaged files are tried, and the good ones they are made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

# Run as programs, and imported from their own folder.
collect_ignore = ["boxes.py", "mutate.py", "read_damaged.py", "reading.py"]
_X264 = "keyint=6:min-keyint=6:scenecut=0:bframes=2:b-adapt=0"
_FRAMES = 12
# The codecs and containers of data sets.
SEEDS: dict[str, dict[str, object]] = {
    "h264.mp4": {"audio": True, "options": {"x264-params": _X264}},
    "fragmented.mp4": {"audio": True, "options": {"g": "6"}, "container_options": {"movflags": "frag_keyframe"}},
    "trimmed.mp4": {"start": -0.2, "options": {"g": "6"}},
    "turned.mp4": {"rotation": 90},
    "h264.mkv": {"audio": True, "options": {"g": "6"}},
    "h264.ts": {"audio": True, "options": {"g": "6"}},
    "h264.flv": {"audio": True, "options": {"g": "6"}},
    "h264.h264": {},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": f"log-level=none:{_X264}"}},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"g": "6"}, "audio": True},
    "mpeg2.mpg": {"codec": "mpeg2video", "options": {"g": "6", "bf": "2"}},
    "mjpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"g": "6"}, "audio": True},
    "wmv2.wmv": {"codec": "wmv2"},
    "raw.avi": {"codec": "rawvideo", "pix_fmt": "bgr24", "frames": 4},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fuzz-cases", type=int, default=200, help="damaged videos that tests/fuzz makes and reads")
    parser.addoption("--fuzz-seed", type=int, default=0, help="of the damage")


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path]) -> Path:
    """A folder of small good videos."""
    folder = tmp_path_factory.mktemp("seeds")
    for name, arguments in SEEDS.items():
        make_video(folder / name, **{"frames": _FRAMES, **arguments})
    return folder
