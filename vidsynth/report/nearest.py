"""The shipped recipe that a recipe was made from, which a recipe does not say of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vidsynth.recipe import Recipe, load_values, shipped

# What depends on whose videos are read is no difference between recipes.
_NOT_COMPARED = ("source.", "version")


@dataclass(frozen=True, slots=True)
class Nearest:
    """A shipped recipe, and how another differs from it: (dotted key, shipped value, the other's)."""

    name: str
    changes: Sequence[tuple[str, Any, Any]]


def nearest_shipped(recipe: Recipe) -> Nearest | None:
    """Return the shipped recipe of the same generator that differs least; of several, that of the shortest name.

    A parameter that the shipped recipe leaves open is no difference in a resolved one: `resolve` fills it in.
    """
    resolved = recipe.source.manifest is not None
    found: list[Nearest] = []
    for name in shipped():
        values = load_values(name)
        if values["generator"] == recipe.generator:
            every = type(recipe).from_dict(values, name).diff(recipe)
            changes = [one for one in every if not one[0].startswith(_NOT_COMPARED)]
            if resolved:
                changes = [one for one in changes if one[1] is not None or one[0] == "limit"]
            found.append(Nearest(name, changes))
    return min(found, key=lambda one: (len(one.changes), len(one.name), one.name), default=None)
