"""The shipped recipe that a recipe was made from."""

import pytest

from vidsynth import TubeletPairs
from vidsynth.generator import recipe_type
from vidsynth.recipe import Recipe, load_values, shipped
from vidsynth.report.nearest import nearest_shipped


def shipped_recipe(name: str) -> Recipe:
    values = load_values(name)
    return recipe_type(values["generator"]).from_dict(values, name)


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_recipe_is_found_with_nothing_changed(name: str) -> None:
    found = nearest_shipped(shipped_recipe(name))
    assert found is not None and not found.changes
    # Some tables' rows are one recipe, or differ in what is not compared: whose videos are read.
    assert all(key.startswith("source.") for key, _, _ in shipped_recipe(found.name).diff(shipped_recipe(name)))


def test_changes_are_told(pairs: TubeletPairs) -> None:
    found = nearest_shipped(pairs.recipe.with_changes({"limit": 3}))
    assert found is not None and found.name == "tubelets-112"
    assert ("clip.frames", 16, 4) in found.changes and ("limit", None, 3) in found.changes
    assert not any(key.startswith("source.") for key, _, _ in found.changes)
