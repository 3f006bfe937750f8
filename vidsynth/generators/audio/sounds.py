"""Audio features: one sample a row of the manifest, of the sound of its segment."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vidsynth.columns import ArrayColumn, Column, ValueColumn
from vidsynth.evaluate import evaluate_one
from vidsynth.generator import Sample, register
from vidsynth.generators.audio import features
from vidsynth.generators.audio.recipe import AudioRecipe
from vidsynth.generators.clips import video_count
from vidsynth.manifest import Manifest
from vidsynth.recipe import load_values
from vidsynth.rng import Permutation
from vidsynth.video.audio import Sound, SoundRef, read_sounds
from vidsynth.video.index import VideoIndex

PLAN_TYPE = pa.struct(
    {
        "sound": pa.struct(
            {"video_id": pa.string(), "path": pa.string(), "start_s": pa.float64(), "end_s": pa.float64()}
        ),
        "labels": pa.list_(pa.string()),
    }
)
# More than a step of 16 bits in one sample of 5,000 changes where it is not near silent; see video/audio.py.
_TOLERANCE = 0.01


@dataclass(frozen=True, slots=True)
class AudioPlan:
    """Sample `index`: the sound that is read, and the labels of its row."""

    index: int
    sound: SoundRef
    labels: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.index:08d}"

    @property
    def clips(self) -> tuple[SoundRef]:
        return (self.sound,)

    def to_row(self) -> dict[str, Any]:
        """Return plain values that fit PLAN_TYPE."""
        ref = self.sound
        sound = {"video_id": ref.video_id, "path": ref.path, "start_s": ref.start_s, "end_s": ref.end_s}
        return {"sound": sound, "labels": list(self.labels)}

    @classmethod
    def from_row(cls, index: int, row: Mapping[str, Any]) -> AudioPlan:
        """Rebuild the plan that `to_row` described."""
        return cls(index, SoundRef(**row["sound"]), tuple(row["labels"]))


@register("audio", AudioRecipe)
class AudioFeatures:
    """Features of the sound of each row's segment, in the manifest's order.

    A sample holds index, key, plan, sources, and

    features : float32 [bins, frames], as the recipe's `features` say.
    descriptor : float32 [2 * bins], mean and deviation over time of the features before they are normalised; what
        clips are grouped by where no network's features are at hand.
    seconds : how much sound there was; 0 for a segment that begins after the end of its track.
    labels : of the row.
    samples : int16 [N], the sound itself, cut and repeated, where the recipe keeps it.

    A video without an audio track is a failure of its rows.

    Parameters
    ----------
    manifest : the videos, or segments of videos.
    recipe : a recipe, the name of a shipped one, or a path to YAML.
    changes : dotted parameters to replace, such as {"sound.seconds": 5}.
    videos : what is known of the files; they need not be probed.
    """

    name: ClassVar[str] = "audio"
    about: ClassVar[str] = (
        "Features of the sound of videos. The spectrogram is the front end of Zhang, Doughty, Shao and Snoek, "
        '"Audio-Adaptive Activity Recognition Across Video Domains", CVPR 2022 (arXiv 2203.14240). Features are '
        "computed in float64; decoders of lossy audio calculate in floats, so that between processors of different "
        "kinds values may differ by about 0.01 (more, near silence), and `vidsynth verify` forgives so much."
    )
    plan_type: pa.DataType = PLAN_TYPE

    def __init__(
        self,
        manifest: Manifest,
        recipe: AudioRecipe | str = "audio-adaptive",
        changes: Mapping[str, Any] | None = None,
        *,
        videos: VideoIndex | None = None,
    ) -> None:
        if not isinstance(recipe, AudioRecipe):
            recipe = AudioRecipe.from_dict(load_values(recipe), where=str(recipe))
        if changes:
            recipe = recipe.with_changes(changes)
        self.recipe: AudioRecipe = recipe.resolve(manifest)
        self.manifest = manifest
        self.videos = videos or VideoIndex(manifest.root)
        order = Permutation(self.recipe.seed, "order", len(manifest))
        self._rows = np.sort(order.array(0, video_count(self.recipe, manifest)))

    @classmethod
    def from_recipe(cls, recipe: AudioRecipe, manifest: Manifest) -> AudioFeatures:
        return cls(manifest, recipe)

    @property
    def columns(self) -> Mapping[str, Column]:
        bins, frames = self.recipe.bins, self.recipe.frames
        columns: dict[str, Column] = {
            "features": ArrayColumn("float32", (bins, frames), _TOLERANCE),
            "descriptor": ArrayColumn("float32", (2 * bins,), _TOLERANCE),
            "seconds": ValueColumn("float64", "seconds of sound that there were"),
            "labels": ValueColumn("list<string>", "the labels of its row"),
        }
        if self.recipe.keep_samples:
            columns["samples"] = ArrayColumn("int16", (self.recipe.samples,), 1)
        return columns

    def __len__(self) -> int:
        return min(len(self._rows), self.recipe.limit or len(self._rows))

    def __getitem__(self, index: int) -> Sample:
        return evaluate_one(self, index)

    def __repr__(self) -> str:
        return f"AudioFeatures({len(self)} segments, recipe {self.recipe.hash()[:8]})"

    def shards(self) -> Sequence[range]:
        # A track is decoded from its start for each shard that wants some of it: rows of one video stay together.
        videos = pc.dictionary_encode(self._paths(range(len(self)))).combine_chunks().indices.to_numpy()
        bounds = [0]
        for start in (np.flatnonzero(np.diff(videos)) + 1).tolist():
            if start - bounds[-1] >= (self.recipe.rows_per_shard or 1):
                bounds.append(start)
        return [range(*pair) for pair in itertools.pairwise([*bounds, len(self)])]

    def paths(self, indices: range) -> list[str]:
        return pc.unique(self._paths(indices)).to_pylist()  # type: ignore[no-any-return]

    def plan(self, index: int) -> AudioPlan:
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} is outside 0 to {len(self) - 1}")
        row = self.manifest[int(self._rows[index])]
        end = row.start_s + self.recipe.sound.seconds
        ref = SoundRef(row.video_id, row.path, row.start_s, end if row.end_s is None else min(end, row.end_s))
        return AudioPlan(index, ref, row.labels)

    def plan_from_row(self, row: Mapping[str, Any]) -> AudioPlan:
        return AudioPlan.from_row(row["index"], row["plan"])

    def read(self, refs: Sequence[SoundRef]) -> Sequence[Sound]:
        path = refs[0].path
        self.videos.known(path)  # the file is in hand now; raises if it is refused
        return read_sounds(self.videos.file(path), refs, self.recipe.sound.rate)

    def render(self, plan: AudioPlan, sounds: Sequence[Sound]) -> Sample:
        recipe, (sound,) = self.recipe, sounds
        samples = sound.samples[: recipe.samples]
        signal = features.whole(samples, recipe.samples)
        spectra = features.log_spectra(signal, recipe)
        heard = recipe.frames
        if recipe.sound.fill == "zeros":
            heard = max(0, 1 + (len(samples) - recipe.features.window) // recipe.features.hop)
            spectra[:, heard:] = 0
        made = {
            "features": features.normalised(spectra, recipe.features.mean, recipe.features.deviation),
            "descriptor": features.descriptor(spectra[:, :heard]),
            "seconds": len(samples) / recipe.sound.rate,
            "labels": list(plan.labels),
        }
        if recipe.keep_samples:
            made["samples"] = np.rint(signal * (1 << 15)).astype(np.int16)
        return made

    def _paths(self, indices: range) -> pa.ChunkedArray:
        return self.manifest.table["path"].take(pa.array(self._rows[indices.start : indices.stop]))
