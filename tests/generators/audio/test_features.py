"""Features of sound, each against a slow reference."""

import math

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.errors import RecipeError
from vidsynth.generators.audio import AudioRecipe, features
from vidsynth.recipe import load_values


def recipe(name: str, changes: dict[str, object] | None = None) -> AudioRecipe:
    return AudioRecipe.from_dict(load_values(name)).with_changes(changes or {})


def signal(count: int, seed: int = 0, loudness: float = 0.1) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(0, loudness, count), -1, 1)


def test_the_papers_spectrogram_has_its_size() -> None:
    adaptive = recipe("audio-adaptive")
    assert (adaptive.samples, adaptive.bins, adaptive.frames) == (160_000, 257, 1004)


@settings(deadline=None, max_examples=15)
@given(st.sampled_from([(512, 159), (400, 160), (33, 7), (8, 8)]), st.sampled_from([0.0, 1e-4, 0.3]), st.integers(0, 9))
def test_spectrograms_are_scipys(sizes: tuple[int, int], loudness: float, seed: int) -> None:
    window, hop = sizes
    made = recipe("audio-adaptive", {"sound.seconds": 1, "features.window": window, "features.hop": hop})
    x = signal(made.samples, seed, loudness)
    _, _, expected = scipy.signal.spectrogram(x, 16_000, nperseg=window, noverlap=window - hop)
    found = features.log_spectra(x, made)
    assert found.shape == (made.bins, made.frames) == expected.shape
    np.testing.assert_allclose(found, np.log(expected + 1e-7), rtol=0, atol=1e-12)


def test_the_front_end_is_that_of_the_authors() -> None:
    """Their steps, one after the other, on a short segment."""
    samples = np.random.default_rng(1).integers(-9000, 9000, 50_001).astype(np.int16)
    x = samples / 32768
    while len(x) < 160_000:
        x = np.tile(x, 10)
    x = np.clip(x[:160_000], -1, 1)
    _, _, power = scipy.signal.spectrogram(x, 16_000, nperseg=512, noverlap=353)
    expected = np.log(power + 1e-7)
    expected = (expected - expected.mean()) / (expected.std() + 1e-9)
    made = recipe("audio-adaptive")
    found = features.normalised(features.log_spectra(features.whole(samples, made.samples), made), None, None)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_an_empty_segment_is_silent_and_ends() -> None:
    made = recipe("audio-adaptive")
    x = features.whole(np.empty(0, np.int16), made.samples)
    assert x.shape == (160_000,) and not x.any()
    assert np.abs(features.normalised(features.log_spectra(x, made), None, None)).max() < 1e-4


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=30), st.integers(1, 100))
def test_short_sound_is_repeated(values: list[int], count: int) -> None:
    found = features.whole(np.array(values, np.int16), count)
    assert found.tolist() == [values[at % len(values)] / 32768 for at in range(count)]
    assert np.abs(found).max() <= 1


def mel(hz: float) -> float:
    return 1127 * math.log(1 + hz / 700)


def bands(bins: int, size: int, rate: int, low: float, high: float) -> np.ndarray:
    """Triangles, weight by weight."""
    step = (mel(high) - mel(low)) / (bins + 1)
    out = np.zeros((bins, size // 2 + 1))
    for band in range(bins):
        left, middle, right = (mel(low) + (band + n) * step for n in range(3))
        for at in range(1, size // 2):
            here = mel(at * rate / size)
            if left < here <= middle:
                out[band, at] = (here - left) / (middle - left)
            elif middle < here < right:
                out[band, at] = (right - here) / (right - middle)
    return out


@pytest.mark.parametrize(("bins", "low", "high"), [(64, 125, 7500), (128, 20, 8000), (5, 0, 4000)])
def test_mel_bands_are_triangles(bins: int, low: float, high: float) -> None:
    found = features.mel_filters(bins, 512, 16_000, low, high)
    np.testing.assert_allclose(found, bands(bins, 512, 16_000, low, high), rtol=0, atol=1e-9)


def test_logmel_is_that_of_its_definition() -> None:
    made = recipe("audio-logmel", {"sound.seconds": 0.3})
    x = signal(made.samples)
    window = scipy.signal.get_window("hann", 400)
    filters = bands(64, 512, 16_000, 125, 7500)
    expected = np.stack(
        [
            np.log(filters @ np.abs(np.fft.rfft(x[at : at + 400] * window, 512)) + 0.01)
            for at in range(0, len(x) - 399, 160)
        ],
        axis=1,
    )
    np.testing.assert_allclose(features.log_spectra(x, made), expected, rtol=0, atol=1e-9)


def test_fbank_is_kaldis() -> None:
    made = recipe("audio-fbank")
    assert (made.bins, made.frames, made.samples) == (128, 128, 20_720)
    x = signal(made.samples)
    filters = bands(128, 512, 16_000, 20, 8000)
    expected = []
    for at in range(0, len(x) - 399, 160):
        frame = x[at : at + 400] - x[at : at + 400].mean()
        emphasised = np.array([frame[n] - 0.97 * frame[max(n - 1, 0)] for n in range(400)])
        power = np.abs(np.fft.rfft(emphasised * np.hanning(400), 512)) ** 2
        expected.append(np.log(np.maximum(filters @ power, 1.1920929e-07)))
    np.testing.assert_allclose(features.log_spectra(x, made), np.array(expected).T, rtol=0, atol=1e-8)


def test_descriptors_are_means_and_deviations() -> None:
    spectra = np.random.default_rng(0).normal(size=(3, 40))
    found = features.descriptor(spectra)
    assert found.dtype == np.float32
    assert found == pytest.approx([*spectra.mean(1), *spectra.std(1)], abs=1e-6)
    assert not features.descriptor(spectra[:, :0]).any()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"features.mel_bins": 64}, "mel_bins: not used for spectrogram"),
        ({"features.kind": "logmel"}, "mel_bins: needed for logmel"),
        ({"sound.seconds": 0.01}, "window: 512 samples are more than the 160 of 0.01 s at 16000 Hz"),
        ({"features.mean": 1.0}, "mean, deviation: give both, or neither"),
        (
            {"features.kind": "fbank", "features.mel_bins": 9, "features.high_hz": 9000},
            "20? to|0 to 9000 Hz do not lie",
        ),
        ({"features.low_hz": 30}, "which a spectrogram does not have"),
        ({"sound.seconds": 600, "features.hop": 1}, "values a sample are more than"),
        ({"features.kind": "mel"}, "'mel' is not one of spectrogram, logmel, fbank; did you mean 'logmel'"),
    ],
)
def test_wrong_parameters_are_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        recipe("audio-adaptive", changes)
