"""Ten-second videos as copies of Kinetics look: H.264, 340x256, 25 fps, B-frames, key frames far apart."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from vidsynth.sources import scenes
from vidsynth.sources.settings import cache_dir
from vidsynth.video.write import write_video

_DISTINCT = 16


def ten_second_videos(count: int) -> Path:
    """Return a folder of `count` videos, made once into the cache; 16 are distinct, the others copies."""
    root = cache_dir() / f"benchmark-{count}"
    made = cache_dir() / "benchmark"
    made.mkdir(parents=True, exist_ok=True)
    for number in range(_DISTINCT):
        file = made / f"{number:02d}.mp4"
        if not file.exists():
            like = scenes.SCENES[number % len(scenes.SCENES)]
            scene = like._replace(name=f"bench-{number}", width=340, height=256, fps=25, seconds=10.0)
            beside = file.with_suffix(".tmp.mp4")
            write_video(beside, scenes.render(scene), codec="libx264", fps=25, options={"crf": "23"})
            os.replace(beside, file)
    root.mkdir(exist_ok=True)
    for number in range(count):
        file = root / f"{number:04d}.mp4"
        if not file.exists():
            shutil.copy(made / f"{number % _DISTINCT:02d}.mp4", file)
    return root
