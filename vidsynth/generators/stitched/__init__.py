"""Stitched before/after clips (Bagad, Tapaswi and Snoek, CVPR 2023)."""

from vidsynth.generators.stitched.clips import StitchedClips
from vidsynth.generators.stitched.recipe import StitchedRecipe

__all__ = ["StitchedClips", "StitchedRecipe"]
