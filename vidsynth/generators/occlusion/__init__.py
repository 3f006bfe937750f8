"""Clips in which objects are hidden."""

from vidsynth.generators.occlusion.generator import Occlusion
from vidsynth.generators.occlusion.recipe import OcclusionRecipe

__all__ = ["Occlusion", "OcclusionRecipe"]
