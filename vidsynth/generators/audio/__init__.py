"""Features of the sound of videos: the front ends of audio-adaptive recognition and of its neighbours."""

from vidsynth.generators.audio.recipe import AudioRecipe
from vidsynth.generators.audio.sounds import AudioFeatures

__all__ = ["AudioFeatures", "AudioRecipe"]
