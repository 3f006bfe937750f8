"""Tubelet pairs (Thoker, Doughty and Snoek, ICCV 2023)."""

from vidsynth.generators.tubelets.pairs import TubeletPairs
from vidsynth.generators.tubelets.recipe import TubeletRecipe

__all__ = ["TubeletPairs", "TubeletRecipe"]
