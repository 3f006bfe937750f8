"""Making a folder a recipe's own, or making sure that it is."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import Any

from vidsynth.errors import RecipeError, ShardError
from vidsynth.generator import Generator, recipe_type
from vidsynth.part_files import left_over, sweep
from vidsynth.recipe import load_values
from vidsynth.shards.folder import HIDDEN, BuildFolder, resume_command, write_atomically


def claim(folder: BuildFolder, generator: Generator, *, overwrite: bool, shards: Container[int], alone: bool) -> None:
    """Make the folder this recipe's, or make sure that it is. Raises ShardError.

    shards : those that are ours to build. alone : nobody else builds here. What slices do beside each other here,
        each does alike, in any order.
    """
    recipe = generator.recipe
    folder.refresh()
    ours = {HIDDEN, ".gitattributes", ".git", *(file.name for file in left_over(folder.path))}
    others = [name for name in folder.names() if name not in ours]
    if folder.recipe.exists():
        try:
            values = load_values(folder.recipe)
            theirs = recipe_type(values.get("generator", "")).from_dict(values, str(folder.recipe))
        except RecipeError:
            if not overwrite:
                raise
            theirs = None
        if theirs is None or theirs.hash() != recipe.hash():
            if not overwrite:
                raise ShardError(_other_recipe(folder, theirs, recipe))
            folder.clear()
            # Over the old one: the folder is some recipe's, whenever this is cut short.
            write_atomically(folder.recipe, recipe.to_yaml().encode())
    elif others and not overwrite:
        raise ShardError(
            f"{folder}: not empty, and no vidsynth build ({', '.join(sorted(others)[:3])}"
            f"{', …' if len(others) > 3 else ''}); choose another --out"
        )
    elif others:
        raise ShardError(f"{folder}: not empty, and no vidsynth build; --overwrite deletes only builds")
    tidy(folder, shards, alone=alone)
    root = generator.manifest.root
    write_atomically(folder.root, str(root.resolve() if isinstance(root, Path) else root).encode())
    if not (folder.recipe.exists() and folder.manifest.exists()):
        generator.manifest.write(folder.manifest)
        write_atomically(folder.recipe, recipe.to_yaml().encode())  # last: it makes the folder this recipe's
    folder.settle()


def tidy(folder: BuildFolder, shards: Container[int], *, alone: bool) -> None:
    """Delete what a killed build left half-written of these shards; if we are alone here, of everything."""
    folder.clear_scratch(shards)
    for place in (folder.path, folder.lock.parent, folder.done):
        sweep(place, alone=alone)


def _other_recipe(folder: BuildFolder, theirs: Any, ours: Any) -> str:
    lines = [f"{folder} holds another recipe ({theirs.hash()[:4]}… here, {ours.hash()[:4]}… asked)."]
    changes = theirs.diff(ours)
    width = max(len(key) for key, _, _ in changes)
    lines += [f"  {key:<{width}}   {_short(here)} → {_short(asked)}" for key, here, asked in changes]
    if any(key == "source.manifest" for key, _, _ in changes):
        lines.append(f"The source's videos have changed since. To go on with those of then: {resume_command(folder)}")
    finished = len(folder.finished(theirs.hash()))
    lines.append(
        f"Resume needs the same recipe: choose another --out, or --overwrite to delete its {finished} finished shards."
    )
    return "\n".join(lines)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"
