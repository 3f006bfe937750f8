"""Features of sound, in float64: log spectra over time, float64 [bins, frames].

Everything is linear algebra on frames of `window` samples, `hop` apart, done in blocks that stay in the
processor's cache. Differences between machines are those of float64, some 1e-14.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from vidsynth.generators.audio.recipe import AudioRecipe

Floats = NDArray[np.float64]

_TAPER = 0.25  # of scipy.signal.spectrogram's window
_PREEMPHASIS = 0.97  # Kaldi's
_BLOCK = 128  # frames


def whole(samples: NDArray[np.int16], count: int) -> Floats:
    """Return `count` samples in -1 to 1: the first ones; if there are fewer, all of them over and over.

    Nothing gives silence. (As the code of audio-adaptive recognition does it; its loop never ends on an empty
    segment, and its clamp to -1..1 does nothing to 16-bit samples.)
    """
    if not len(samples):
        return np.zeros(count)
    filled: Floats = np.resize(samples, count) / float(1 << 15)
    return filled


def log_spectra(signal: Floats, recipe: AudioRecipe) -> Floats:
    """Return the features that a recipe names of a signal, not yet normalised: float64 [bins, frames]."""
    return _KINDS[recipe.features.kind](signal, recipe)


def normalised(spectra: Floats, mean: float | None, deviation: float | None) -> NDArray[np.float32]:
    """Return (spectra - mean) / deviation as float32; by default its own mean, and its own deviation + 1e-9."""
    if mean is None or deviation is None:
        mean, deviation = float(spectra.mean()), float(spectra.std()) + 1e-9
    return np.asarray((spectra - mean) / deviation, np.float32)


def descriptor(spectra: Floats) -> NDArray[np.float32]:
    """Return mean and deviation over time of each bin: float32 [2 * bins]; zeros if there is no frame."""
    if not spectra.shape[1]:
        return np.zeros(2 * len(spectra), np.float32)
    return np.concatenate([spectra.mean(1), spectra.std(1)]).astype(np.float32)


def mel_filters(bins: int, size: int, rate: int, low_hz: float, high_hz: float) -> Floats:
    """Return triangles over the frequencies of a transform of `size` samples: float64 [bins, size // 2 + 1].

    They are even in mel, 1127 ln(1 + f / 700), and each reaches to the middles of its neighbours: the bands of
    HTK, Kaldi and VGGish.
    """
    low, high = 1127 * np.log1p(np.array([low_hz, high_hz]) / 700)
    edges = np.linspace(low, high, bins + 2)[:, None]
    at = 1127 * np.log1p(np.arange(size // 2 + 1) * (rate / size) / 700)
    rising = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    filters: Floats = np.maximum(0, np.minimum(rising, falling))
    filters[:, [0, -1]] = 0  # neither a constant nor half the rate is a band's
    return filters


# ------------------------------------------------------------------------------ the kinds


def _spectrogram(signal: Floats, recipe: AudioRecipe) -> Floats:
    """log(scipy.signal.spectrogram(signal, rate, nperseg=window, noverlap=window - hop) + floor).

    Power density, one-sided, of frames without their mean, under a Tukey window (periodic, a quarter tapered).
    """
    size = recipe.features.window
    window = _tukey(size)
    window *= np.sqrt(2 / (recipe.sound.rate * (window @ window)))
    out = np.empty((recipe.frames, recipe.bins))
    for block, frames in _blocks(signal, recipe):
        spectrum = np.fft.rfft((frames - frames.mean(1, keepdims=True)) * window)
        _power(spectrum, out[block])
    out[:, 0] /= 2  # these two have no mirror image
    if size % 2 == 0:
        out[:, -1] /= 2
    return np.log(out + recipe.features.floor).T


def _logmel(signal: Floats, recipe: AudioRecipe) -> Floats:
    """log(mel magnitudes + floor) under a periodic Hann window, as VGGish computes them (Hershey et al., 2017)."""
    window = _hann(recipe.features.window, periodic=True)
    filters, size = _filters(recipe)
    out = np.empty((recipe.frames, recipe.bins))
    for block, frames in _blocks(signal, recipe):
        power = _power(np.fft.rfft(frames * window, size))
        out[block] = _in_bands(np.sqrt(power), filters)
    return np.log(out + recipe.features.floor).T


def _fbank(signal: Floats, recipe: AudioRecipe) -> Floats:
    """log(max(mel energies, floor)), as Kaldi's compute-fbank-feats does without dither and energy.

    Frames lose their mean and are pre-emphasised, under a symmetric Hann window (the `hanning` of
    torchaudio.compliance.kaldi, which the audio spectrogram transformer's features come from).
    """
    window = _hann(recipe.features.window, periodic=False)
    filters, size = _filters(recipe)
    out = np.empty((recipe.frames, recipe.bins))
    for block, frames in _blocks(signal, recipe):
        centred = frames - frames.mean(1, keepdims=True)
        before = np.concatenate([centred[:, :1], centred[:, :-1]], axis=1)
        power = _power(np.fft.rfft((centred - _PREEMPHASIS * before) * window, size))
        out[block] = _in_bands(power, filters)
    return np.log(np.maximum(out, recipe.features.floor)).T


_KINDS: dict[str, Callable[[Floats, AudioRecipe], Floats]] = {
    "spectrogram": _spectrogram,
    "logmel": _logmel,
    "fbank": _fbank,
}


def _blocks(signal: Floats, recipe: AudioRecipe) -> Iterator[tuple[slice, Floats]]:
    frames = np.lib.stride_tricks.sliding_window_view(signal, recipe.features.window)[:: recipe.features.hop]
    for start in range(0, len(frames), _BLOCK):
        block = slice(start, start + _BLOCK)
        yield block, frames[block]


def _power(spectrum: NDArray[np.complex128], out: Floats | None = None) -> Floats:
    power = np.square(spectrum.real, out=out)
    power += np.square(spectrum.imag)
    return power


def _in_bands(spectra: Floats, filters: Floats) -> Floats:
    """Return spectra @ filters, in products so small that BLAS starts no threads: each worker has one core."""
    return np.concatenate([spectra[at : at + 4] @ filters for at in range(0, len(spectra), 4)])


def _filters(recipe: AudioRecipe) -> tuple[Floats, int]:
    """Return the mel bands, float64 [frequencies, bins], and the size of the transform: a power of two."""
    size = 1 << (recipe.features.window - 1).bit_length()
    return _kept_filters(recipe.bins, size, recipe.sound.rate, recipe.features.low_hz, recipe.high_hz), size


@functools.lru_cache(maxsize=4)
def _kept_filters(bins: int, size: int, rate: int, low_hz: float, high_hz: float) -> Floats:
    return np.ascontiguousarray(mel_filters(bins, size, rate, low_hz, high_hz).T)


def _hann(size: int, *, periodic: bool) -> Floats:
    window: Floats = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / (size if periodic else size - 1))
    return window


def _tukey(size: int) -> Floats:
    """Return the periodic Tukey window: cosine slopes over half of `_TAPER` at either end of size + 1 samples."""
    width = int(_TAPER * size / 2)
    slope = 0.5 * (1 + np.cos(np.pi * (2 * np.arange(width + 1) / (_TAPER * size) - 1)))
    window = np.ones(size + 1)
    window[: width + 1] = slope
    window[size - width :] = slope[::-1]
    return window[:-1]
