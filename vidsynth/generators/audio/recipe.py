"""The recipe of audio features."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from vidsynth.errors import RecipeError
from vidsynth.generators.clips import video_count
from vidsynth.manifest import Manifest
from vidsynth.recipe import Params, Recipe
from vidsynth.video.audio import MAX_RATE

MAX_VALUES = 1 << 26  # of one sample's features


class SoundParams(Params):
    """Which sound of a segment: its first `seconds`, mono, at `rate` samples a second.

    fill : what a shorter segment becomes. tile repeats it until it is long enough (an empty one is silent);
        zeros sets the features to 0 that would need sound that is not there.
    """

    rate: int = Field(16_000, ge=1000, le=MAX_RATE)
    seconds: float = Field(10.0, gt=0, le=600)
    fill: Literal["tile", "zeros"] = "tile"


class FeatureParams(Params):
    """What is computed of it.

    kind : spectrogram, the log power density at window // 2 + 1 frequencies (scipy.signal.spectrogram);
        logmel, log magnitudes in mel bands (as VGGish has them); fbank, log energies in mel bands (as Kaldi has them).
    window, hop : samples.
    mel_bins, low_hz, high_hz : the mel bands; up to half the rate where `high_hz` is not given.
    floor : added before the logarithm; for fbank, the least energy.
    mean, deviation : subtracted, then divided by. Both open: each sample's own.
    """

    kind: Literal["spectrogram", "logmel", "fbank"] = "spectrogram"
    window: int = Field(512, ge=2, le=1 << 16)
    hop: int = Field(159, ge=1, le=1 << 16)
    mel_bins: int | None = Field(None, ge=1, le=1024)
    low_hz: float = Field(0.0, ge=0)
    high_hz: float | None = Field(None, gt=0)
    floor: float = Field(1e-7, gt=0)
    mean: float | None = None
    deviation: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.mel_bins is None) != (self.kind == "spectrogram"):
            raise ValueError(f"mel_bins: {'needed' if self.mel_bins is None else 'not used'} for {self.kind}")
        if self.kind == "spectrogram" and (self.low_hz or self.high_hz):
            raise ValueError("low_hz, high_hz: bound mel bands, which a spectrogram does not have")
        if (self.mean is None) != (self.deviation is None):
            raise ValueError("mean, deviation: give both, or neither")
        return self


class AudioRecipe(Recipe):
    """Everything that decides a set of audio features.

    keep_samples : also store the samples that the features were computed of, int16.
    rows_per_shard : about; a video's rows stay together.
    """

    generator: Literal["audio"] = "audio"
    sound: SoundParams = SoundParams()
    features: FeatureParams = FeatureParams()
    keep_samples: bool = False
    rows_per_shard: int | None = Field(None, ge=1, le=100_000)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.samples < self.features.window:
            raise ValueError(
                f"features.window: {self.features.window} samples are more than the {self.samples} "
                f"of {self.sound.seconds:g} s at {self.sound.rate} Hz"
            )
        if self.high_hz > self.sound.rate / 2 or self.features.low_hz >= self.high_hz:
            raise ValueError(
                f"features.high_hz: bands from {self.features.low_hz:g} to {self.high_hz:g} Hz do not lie "
                f"in 0 to {self.sound.rate / 2:g}, half the rate"
            )
        if self.bins * self.frames > MAX_VALUES:
            raise ValueError(f"features: {self.bins} x {self.frames} values a sample are more than {MAX_VALUES}")
        return self

    @property
    def samples(self) -> int:
        """Samples that features are computed of."""
        return round(self.sound.rate * self.sound.seconds)

    @property
    def high_hz(self) -> float:
        """The upper end of the bands."""
        return self.features.high_hz or self.sound.rate / 2

    @property
    def bins(self) -> int:
        """Rows of the features."""
        return self.features.mel_bins or self.features.window // 2 + 1

    @property
    def frames(self) -> int:
        """Columns of the features."""
        return 1 + (self.samples - self.features.window) // self.features.hop

    def resolve(self, manifest: Manifest) -> AudioRecipe:
        """Return the recipe with nothing left open, for these videos. Raises RecipeError.

        A recipe that is resolved already must have been made for the same manifest.
        """
        changes: dict[str, object] = self.tied_to(manifest)
        count = video_count(self, manifest)
        if not count:
            raise RecipeError(f"{manifest.about.get('name', manifest.root)} has no videos")
        if self.rows_per_shard is None:
            changes["rows_per_shard"] = min(256, max(8, math.ceil(count / 64)))
        if self.features.high_hz is None and self.features.mel_bins is not None:
            changes["features.high_hz"] = self.high_hz
        return self.with_changes(changes)
