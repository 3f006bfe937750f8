"""`vidsynth recipes`: the shipped recipes."""

from __future__ import annotations

import click

from vidsynth.cli.names import RECIPE
from vidsynth.cli.output import Output, output_options


@click.command("recipes")
@click.argument("name", type=RECIPE, required=False)
@output_options
def command(name: str | None, output: Output) -> None:
    """List the shipped recipes, or print one with all its parameters. --quiet lists the names alone.

    \b
      vidsynth recipes
      vidsynth recipes tubelets-112 > mine.yaml
    """
    from vidsynth.generator import recipe_type
    from vidsynth.recipe import load_values, shipped

    if name is not None:
        values = load_values(name)
        recipe = recipe_type(values.get("generator", "")).from_dict(values, name)
        output.show(recipe.to_yaml().rstrip("\n"), recipe.to_dict())
        return
    known = {one: describe(one) for one in shipped()}
    width = max(map(len, known)) + 2
    output.show("\n".join(f"{one:<{width}}{about}" for one, about in known.items()), known, "\n".join(known))


def describe(name: str) -> str:
    """Return the comment that a shipped recipe's file begins with, on one line."""
    from importlib import resources

    text = (resources.files("vidsynth") / "recipes" / f"{name}.yaml").read_text(encoding="utf-8")
    comment = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("# "))
    return " ".join(comment)
