"""Reading clips: one pass with frames skipped, against torchcodec and decord asked for the same frames.

For each video, K clips of 16 frames at stride 4; ours must equal a plain full decode byte for byte.
Peers run with one thread. decord is asked for batches of indices, torchcodec for frames at indices.
"""

from __future__ import annotations

import importlib.util

import numpy as np
from timing import best_cpu_s
from videos import ten_second_videos

from vidsynth import ClipRef
from vidsynth.video.convert import Converter
from vidsynth.video.decode import read_clips
from vidsynth.video.probe import VideoInfo, probe

VIDEOS, FRAMES, STRIDE = 12, 16, 4


def measure() -> dict[str, float]:
    """Return CPU milliseconds a clip, for 1, 2 and 4 clips a video, and the peers' ratio to ours."""
    paths = sorted(ten_second_videos(VIDEOS).rglob("*.mp4"))[:VIDEOS]
    infos = [probe(path) for path in paths]
    out: dict[str, float] = {}
    for count in (1, 2, 4):
        rng = np.random.default_rng(count)
        numbers = [
            [int(rng.integers(0, info.frames - FRAMES * STRIDE)) + STRIDE * np.arange(FRAMES) for _ in range(count)]
            for info in infos
        ]
        refs = [[_ref(info, wanted) for wanted in video] for info, video in zip(infos, numbers, strict=True)]
        if count == 2:
            _check(infos[0], refs[0])
        ours = best_cpu_s(lambda refs=refs: [read_clips(i.path, i, r) for i, r in zip(infos, refs, strict=True)])
        out[f"ours_{count}_ms"] = 1e3 * ours / (VIDEOS * count)
        for name, peer in PEERS.items():
            if importlib.util.find_spec(name):
                try:
                    taken = best_cpu_s(
                        lambda peer=peer, n=numbers: [peer(i.path, v) for i, v in zip(infos, n, strict=True)]
                    )
                except (ImportError, OSError, RuntimeError) as error:
                    print(f"{name} does not run here: {str(error).splitlines()[0]}")
                    continue
                out[f"{name}_{count}_ms"] = 1e3 * taken / (VIDEOS * count)
                out[f"{name}_to_ours_{count}"] = taken / ours
    return out


def _ref(info: VideoInfo, numbers: np.ndarray) -> ClipRef:
    return ClipRef(info.path, info.path, tuple(info.seconds(info.ticks_of(numbers)).tolist()))


def _check(info: VideoInfo, refs: list[ClipRef]) -> None:
    """Compare with a plain decode of the whole video."""
    import av

    convert = Converter(info, info.whole())
    every = np.empty((info.frames, info.height, info.width, 3), np.uint8)
    with av.open(info.path) as container:
        for number, frame in enumerate(container.decode(video=0)):
            convert(frame, every[number])
    for clip in read_clips(info.path, info, refs):
        numbers = np.searchsorted(info.seconds(info.all_ticks()), clip.times - 1e-6)
        assert (clip.frames == every[numbers]).all()


def _decord(path: str, clips: list[np.ndarray]) -> None:
    import decord

    reader = decord.VideoReader(path, num_threads=1)
    for numbers in clips:
        reader.get_batch(numbers.tolist()).asnumpy()


def _torchcodec(path: str, clips: list[np.ndarray]) -> None:
    from torchcodec.decoders import VideoDecoder

    decoder = VideoDecoder(path, num_ffmpeg_threads=1, dimension_order="NHWC")
    for numbers in clips:
        decoder.get_frames_at(numbers.tolist()).data.numpy()


PEERS = {"decord": _decord, "torchcodec": _torchcodec}


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:<22}{value:.3g}")
