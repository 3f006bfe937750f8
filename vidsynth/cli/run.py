"""`vidsynth run`: build what a recipe file says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from vidsynth.cli.building import build_and_report
from vidsynth.cli.names import LOCATION
from vidsynth.cli.options import build_options, parse_changes

if TYPE_CHECKING:
    from vidsynth.store import Location


@click.command("run")
@click.argument("recipe", type=LOCATION)
@click.option("--src", help="The source, where it is a folder or a manifest of your own.")
@click.option("--root", type=LOCATION, help="Where the source's videos lie: a folder or URL.")
@build_options
def command(
    recipe: Location,
    src: str | None,
    root: Location | None,
    changes: tuple[str, ...],
    limit: int | None,
    **options: Any,
) -> None:
    """Build what a recipe file says, or resume its build.

    The recipe.yaml of a build folder knows its videos: `vidsynth run shards/recipe.yaml --out shards/`
    resumes, and with another --out builds the same bytes there.

    \b
      vidsynth run shards/recipe.yaml --out shards/
      vidsynth run tubelets-table5-3.yaml --src k400 --root /data/k400 --out table5/
    """
    from vidsynth.generator import make
    from vidsynth.jobs.recipe_file import open_recipe

    asked = parse_changes(changes) | ({"limit": limit} if limit else {})
    found, manifest = open_recipe(recipe, asked, src=src, root=root)
    build_and_report(make(found, manifest), **options)
