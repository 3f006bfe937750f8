"""From a recipe file to a recipe and its videos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vidsynth.errors import RecipeError, SourceError
from vidsynth.generator import recipe_type
from vidsynth.manifest import Manifest
from vidsynth.recipe import Recipe, load_values
from vidsynth.shards.folder import BuildFolder
from vidsynth.shards.mirror import build_folder
from vidsynth.sources import source
from vidsynth.store import Url, folder_location, location


def open_recipe(
    file: str | Path,
    changes: Mapping[str, Any] | None = None,
    *,
    src: str | None = None,
    root: str | Path | None = None,
) -> tuple[Recipe, Manifest]:
    """Return a recipe file's recipe and manifest. At a URL, recipes are those of builds.

    The recipe of a build folder goes with the videos that the folder remembers, unless `src` or
    `root` say otherwise; any other recipe names its source. Raises RecipeError or SourceError.
    """
    where = location(file)
    if isinstance(where, Url):
        folder = build_folder(where.parent)
        folder.refresh()
        if where.name != folder.recipe.name or not folder.recipe.exists():
            raise RecipeError(f"{where}: not the recipe.yaml of a build")
        file = folder.recipe
    values = load_values(file)
    recipe = recipe_type(values.get("generator", "")).from_dict(values, str(file))
    if changes:
        recipe = recipe.with_changes(changes, "option")
    folder = BuildFolder(Path(file).parent)
    if src is None and Path(file) == folder.recipe and folder.manifest.exists():
        remembered = folder_location(root or folder.root.read_text(encoding="utf-8"))
        if isinstance(remembered, Path) and not remembered.is_dir():
            raise SourceError(f"{remembered}: the videos of this build are no longer there; say where with --root")
        return recipe, Manifest.open_arrow(folder.manifest, remembered)
    asked = recipe.source
    if src is None and asked.name in ("folder", "manifest") and (asked.name == "manifest" or root is None):
        raise SourceError(f"{file}: was made from a {asked.name} of someone's own; say which with --src")
    return recipe, source(src or asked.name, root=root, split=asked.split, classes=asked.classes)
