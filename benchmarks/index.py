"""Indexing a folder: files a second on one core, the first time and again, against PyAV reading the same packets."""

from __future__ import annotations

import os
import tempfile

import av
from timing import best_cpu_s, best_s
from videos import ten_second_videos

from vidsynth.jobs.index import index_videos
from vidsynth.sources.files import video_files

VIDEOS = 256


def measure() -> dict[str, float]:
    """Return files a second of CPU of a first call (warm page cache), and of wall time of a second one.

    The second opens no video; it asks the file system for each one's size and time. `packets_per_s` is what
    PyAV does that opens each file and reads its packets, decoding nothing: less than is needed.
    """
    root = ten_second_videos(VIDEOS)
    paths = video_files(root)
    for path in paths:
        (root / path).read_bytes()

    def first() -> None:
        with tempfile.TemporaryDirectory() as cache:
            os.environ["VIDSYNTH_CACHE"] = cache
            assert index_videos(root, paths, workers=0, progress=False).fresh == len(paths)

    def packets() -> None:
        for path in paths:
            with av.open(str(root / path)) as container:
                for _ in container.demux(video=0):
                    pass

    kept = os.environ.get("VIDSYNTH_CACHE")
    try:
        first_s, packets_s = best_cpu_s(first, 5), best_cpu_s(packets, 5)
        with tempfile.TemporaryDirectory() as cache:
            os.environ["VIDSYNTH_CACHE"] = cache
            index_videos(root, paths, workers=0, progress=False)
            again_s = best_s(lambda: index_videos(root, paths, workers=0, progress=False))
    finally:
        os.environ.pop("VIDSYNTH_CACHE")
        if kept is not None:
            os.environ["VIDSYNTH_CACHE"] = kept
    return {
        "first_per_s": len(paths) / first_s,
        "again_per_s": len(paths) / again_s,
        "packets_per_s": len(paths) / packets_s,
        "first_ratio": first_s / packets_s,
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<16}{value:.4g}")
