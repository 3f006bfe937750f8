"""Darkness: the luminance of every frame from the decoder's planes, against other ways to it, and bare decoding.

CPU time of one thread on H.264 340x256, ten seconds. `bare` decodes every frame with PyAV and touches no
pixel; `rgb` turns each into rgb24 with PyAV and weights it in numpy; `cv2` reads with VideoCapture and
weights `cv2.mean`, the quickest way there; `keys` is ours on key frames alone. Each way takes its turn with
every video before the next round, so that all see the same machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import av
import cv2
import numpy as np
from videos import ten_second_videos

from vidsynth.jobs.task import prepare_process
from vidsynth.video.luma import WEIGHTS
from vidsynth.video.luma import measure as measured

VIDEOS, ROUNDS = 12, 5


def measure() -> dict[str, float]:
    """Return CPU milliseconds a frame of each way, and their ratios; and how far key frames alone are off."""
    prepare_process()
    paths = [str(path) for path in sorted(ten_second_videos(VIDEOS).rglob("*.mp4"))[:VIDEOS]]
    ways: dict[str, Callable[[str], object]] = {
        "bare": _bare,
        "ours": measured,
        "keys": _keys,
        "rgb": _rgb,
        "cv2": _cv2,
    }
    taken = dict.fromkeys(ways, 0.0)
    for path in paths:
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(ROUNDS):
            for name, way in ways.items():
                started = time.process_time()
                way(path)
                best[name] = min(best[name], time.process_time() - started)
        for name in ways:
            taken[name] += best[name]
    whole = [measured(path) for path in paths]
    frames = sum(found.info.frames for found in whole)
    off = [abs(float(found.y.mean()) - float(_keys(path).y.mean())) for found, path in zip(whole, paths, strict=True)]
    return {
        **{f"{name}_ms": 1e3 * seconds / frames for name, seconds in taken.items()},
        "ours_to_bare": taken["ours"] / taken["bare"],
        "rgb_to_ours": taken["rgb"] / taken["ours"],
        "cv2_to_ours": taken["cv2"] / taken["ours"],
        "ours_to_keys": taken["ours"] / taken["keys"],
        "keys_off_levels": float(np.mean(off)),
    }


def _bare(path: str) -> None:
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stream.codec_context.thread_type = "NONE"
        for _ in container.decode(stream):
            pass


def _keys(path: str) -> object:
    return measured(path, keys_only=True)


def _rgb(path: str) -> list[float]:
    weights = np.array(WEIGHTS["bt601"])
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stream.codec_context.thread_type = "NONE"
        return [float((f.to_ndarray(format="rgb24") @ weights).mean()) for f in container.decode(stream)]


def _cv2(path: str) -> list[float]:
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    red, green, blue = WEIGHTS["bt601"]
    out = []
    while True:
        there, picture = capture.read()
        if not there:
            return out
        b, g, r, _ = cv2.mean(picture)
        out.append(red * r + green * g + blue * b)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<18}{value:.4g}")
