"""Darkness statistics (Day2Dark: Zhang, Doughty and Snoek)."""

from vidsynth.generators.darkness.of import darkness
from vidsynth.generators.darkness.recipe import DarknessRecipe
from vidsynth.generators.darkness.record import Darkness
from vidsynth.generators.darkness.statistics import DarknessStatistics

__all__ = ["Darkness", "DarknessRecipe", "DarknessStatistics", "darkness"]
