"""What is in a recipe file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vidsynth.errors import RecipeError
from vidsynth.generator import recipe_type
from vidsynth.recipe import load_values
from vidsynth.report.inspect.aligned import aligned, but_for
from vidsynth.report.nearest import nearest_shipped


@dataclass(frozen=True, slots=True)
class RecipeFacts:
    """A recipe.

    resolved : it is tied to a source's rows. nearest : the shipped recipe that differs least. changes : from it, by
    dotted key. defaults : differences from the generator's own defaults; None where a parameter has no default.
    """

    path: str
    generator: str
    hash: str
    resolved: bool
    source: str
    nearest: str | None
    changes: Mapping[str, Any]
    defaults: Mapping[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": "recipe", **asdict(self)}

    def text(self) -> str:
        """Return the facts for people."""
        differs = "".join(f"{key} {value}; " for key, value in (self.defaults or {}).items()).rstrip("; ")
        rows = [
            ("hash", self.hash),
            ("source", f"{self.source}{', tied to its rows' if self.resolved else ''}"),
            ("like", f"{self.nearest}{but_for(self.changes)}" if self.nearest else ""),
            ("differs", f"from the defaults in {differs}" if differs else "in nothing from the defaults"),
        ]
        return aligned(f"{self.path}: a recipe for {self.generator}", rows)

    @property
    def answer(self) -> str:
        """The recipe's hash."""
        return self.hash


def inspect_recipe(file: Path) -> RecipeFacts:
    """Return what a recipe file says. Raises RecipeError."""
    values = load_values(file)
    kind = recipe_type(values.get("generator", ""))
    recipe = kind.from_dict(values, str(file))
    near = nearest_shipped(recipe)
    try:
        usual = kind.from_dict({"generator": recipe.generator}).diff(recipe)
        defaults = {key: value for key, _, value in usual if not key.startswith("source.manifest")}
    except RecipeError:
        defaults = None
    return RecipeFacts(
        str(file),
        recipe.generator,
        recipe.hash(),
        recipe.source.manifest is not None,
        recipe.source.name,
        near.name if near else None,
        {key: value for key, _, value in near.changes} if near else {},
        defaults,
    )
