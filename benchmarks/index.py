"""Indexing a folder: files a second on one core, the first time and again, against PyAV reading the same packets."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import av
from timing import best_cpu_s, best_s
from videos import ten_second_videos

from vidsynth import source
from vidsynth.jobs.index import index_videos
from vidsynth.sources.files import video_files
from vidsynth.video.probe import probe

VIDEOS = 256


def measure() -> dict[str, float]:
    """Return files a second of CPU of a first call (warm page cache), and of wall time of a second one.

    H.264, 340x256, of ten and of three seconds. The second call opens no video; it asks the file system for each
    one's size and time. `packets` is what PyAV takes to open each file and read its packets, decoding nothing:
    less than is needed.
    """
    kept = os.environ.get("VIDSYNTH_CACHE")
    ten = ten_second_videos(VIDEOS)
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        for seconds, root in ((10, ten), (3, _three_second_videos(Path(folder), VIDEOS))):
            try:
                first_s, again_s = _first_and_again(root)
            finally:
                os.environ.pop("VIDSYNTH_CACHE")
                if kept is not None:
                    os.environ["VIDSYNTH_CACHE"] = kept
            packets_s = best_cpu_s(lambda root=root: _read_packets(root), 5)  # type: ignore[misc]
            out |= {
                f"first_{seconds}s_per_s": VIDEOS / first_s,
                f"again_{seconds}s_per_s": VIDEOS / again_s,
                f"packets_{seconds}s_per_s": VIDEOS / packets_s,
                f"ratio_{seconds}s": first_s / packets_s,
            }
    return out


def _three_second_videos(folder: Path, count: int) -> Path:
    demo = source("demo")
    files = [demo.root / path for path in demo.table["path"].to_pylist()]
    facts = [(file, probe(file)) for file in files]
    like = [file for file, info in facts if (info.codec, info.width, info.height) == ("h264", 340, 256)]
    for number in range(count):
        shutil.copy(like[number % len(like)], folder / f"{number:04d}.mp4")
    return folder


def _first_and_again(root: Path) -> tuple[float, float]:
    paths = video_files(root)
    for path in paths:
        (root / path).read_bytes()

    def first() -> None:
        with tempfile.TemporaryDirectory() as cache:
            os.environ["VIDSYNTH_CACHE"] = cache
            assert index_videos(root, paths, workers=0, progress=False).fresh == len(paths)

    first_s = best_cpu_s(first, 5)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["VIDSYNTH_CACHE"] = cache
        index_videos(root, paths, workers=0, progress=False)
        return first_s, best_s(lambda: index_videos(root, paths, workers=0, progress=False))


def _read_packets(root: Path) -> None:
    for path in video_files(root):
        with av.open(str(root / path)) as container:
            for _ in container.demux(video=0):
                pass


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<20}{value:.4g}")
