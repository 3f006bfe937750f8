"""The time-order benchmark (Bagad, Tapaswi and Snoek, CVPR 2023)."""

from vidsynth.generators.time_order.recipe import TimeOrderRecipe
from vidsynth.generators.time_order.time_order import TimeOrder

__all__ = ["TimeOrder", "TimeOrderRecipe"]
