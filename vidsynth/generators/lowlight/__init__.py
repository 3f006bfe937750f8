"""Clips darkened as a camera would have seen them in low light."""

from vidsynth.generators.lowlight.generator import LowLight
from vidsynth.generators.lowlight.recipe import LowLightRecipe

__all__ = ["LowLight", "LowLightRecipe"]
