"""From what a user asked on the command line to a recipe and its videos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vidsynth.cli.options import parse_changes, parse_size

if TYPE_CHECKING:
    from vidsynth.manifest import Manifest
    from vidsynth.recipe import Recipe

R = TypeVar("R", bound="Recipe")


def recipe_and_manifest(kind: type[R], asked: Mapping[str, Any], options: dict[str, Any]) -> tuple[R, Manifest]:
    """Return the recipe that a command was given, with all that was asked of it, and the manifest of its source.

    kind : the recipe's type. asked : dotted parameters that the command has options for; None was not asked.
    options : the command's others; what `source_options`, --recipe, --limit, --set and, where the command has them,
        `sample_options` gave is taken out. Raises RecipeError or SourceError.
    """
    from vidsynth.recipe import load_values
    from vidsynth.sources import default_split, source, split_source

    src, root, recipe = options.pop("src"), options.pop("root"), options.pop("recipe")
    shared = {
        "limit": options.pop("limit"),
        "seed": options.pop("seed", None),
        "clip.frames": options.pop("frames", None),
        "clip.size": parse_size(options.pop("size", None)),
        "payload.kind": options.pop("payload", None),
        "source.fraction": options.pop("fraction", None),
        "source.split": options.pop("split"),
        "source.classes": options.pop("classes"),
    }
    changes = {key: value for key, value in (*asked.items(), *shared.items()) if value is not None}
    changes |= parse_changes(options.pop("changes"))
    name, place = split_source(src, root)
    template = load_values(recipe)
    if template.get("source", {}).get("name") != name:  # split and classes are words of the recipe's own source
        template["source"] = {"name": name, "fraction": template.get("source", {}).get("fraction", 1.0)}
    found = kind.from_dict(template, recipe).with_changes(changes, "option")
    if found.source.split is None and default_split(name):
        found = found.with_changes({"source.split": default_split(name)})
    if name == "demo" and isinstance(place, Path) and not place.is_dir():
        click.echo(f"making the demo's videos in {place}, once (about ten seconds)", err=True)
    return found, source(src, root=root, split=found.source.split, classes=found.source.classes)
