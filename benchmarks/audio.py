"""Sound: features of a ten-second clip against decoding it, and k-means of as many rows as a large data set has."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from timing import best_cpu_s

from vidsynth.generators.audio import AudioRecipe, features
from vidsynth.recipe import load_values
from vidsynth.splits.balance.kmeans import kmeans
from vidsynth.video.audio import read_sound

ROWS, WIDTH, CLUSTERS = 300_000, 128, 20


def measure() -> dict[str, float]:
    """Return milliseconds of CPU for each, their ratios to decoding, and seconds and GB of k-means (10 runs)."""
    out = {}
    with tempfile.TemporaryDirectory() as folder:
        file = _ten_seconds(Path(folder) / "a.mp4")
        decode_s = best_cpu_s(lambda: read_sound(file), 15)
        samples = read_sound(file).samples[:160_000]
    out["decode_ms"] = decode_s * 1e3
    for name in ("audio-adaptive", "audio-logmel", "audio-fbank"):
        recipe = AudioRecipe.from_dict(load_values(name))

        def compute(recipe: AudioRecipe = recipe) -> None:
            spectra = features.log_spectra(features.whole(samples, recipe.samples), recipe)
            features.normalised(spectra, recipe.features.mean, recipe.features.deviation)
            features.descriptor(spectra)

        feature_s = best_cpu_s(compute, 15)
        out |= {f"{name}_ms": feature_s * 1e3, f"{name}_ratio": feature_s / decode_s}
    # A process of its own: what it takes at most is then its own, too.
    done = subprocess.run([sys.executable, __file__, "kmeans"], capture_output=True, text=True, check=True)
    wall_s, cpu_s, memory_gb = map(float, done.stdout.split())
    return out | {"kmeans_wall_s": wall_s, "kmeans_cpu_s": cpu_s, "kmeans_gb": memory_gb}


def _ten_seconds(file: Path) -> Path:
    """Write ten seconds as videos have them: stereo, 44,100 Hz, AAC."""
    rng = np.random.default_rng(0)
    at = np.arange(441_000) / 44_100
    tones = sum(np.sin(2 * np.pi * hz * at) * rng.uniform(0.01, 0.03) for hz in rng.uniform(80, 7000, 20))
    wave = (tones + rng.normal(0, 0.02, len(at))).astype(np.float32)
    with av.open(str(file), "w") as container:
        stream = container.add_stream("aac", rate=44_100, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.stack([wave, 0.7 * wave]), "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 44_100, 0, Fraction(1, 44_100)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file


def _kmeans() -> None:
    import time

    rng = np.random.default_rng(0)
    centres = rng.normal(0, 1, (CLUSTERS, WIDTH)).astype(np.float32)
    points = rng.standard_normal((ROWS, WIDTH), np.float32)
    points += 0.3 * centres[rng.integers(0, CLUSTERS, ROWS)]
    wall, cpu = time.perf_counter(), time.process_time()
    kmeans(points, CLUSTERS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform != "darwin" else 1 << 30)
    print(time.perf_counter() - wall, time.process_time() - cpu, peak)


if __name__ == "__main__":
    if sys.argv[1:] == ["kmeans"]:
        _kmeans()
    else:
        for name, value in measure().items():
            print(f"{name:<22}{value:.3g}")
