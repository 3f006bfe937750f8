"""`vidsynth recipes`: the shipped recipes."""

from __future__ import annotations

import click

from vidsynth.cli.names import RECIPE


@click.command("recipes")
@click.argument("name", type=RECIPE, required=False)
def command(name: str | None) -> None:
    """List the shipped recipes, or print one with all its parameters.

    \b
      vidsynth recipes
      vidsynth recipes tubelets-112 > mine.yaml
    """
    from vidsynth.generator import recipe_type
    from vidsynth.recipe import load_values, shipped

    if name is not None:
        values = load_values(name)
        click.echo(recipe_type(values.get("generator", "")).from_dict(values, name).to_yaml(), nl=False)
        return
    width = max(map(len, shipped())) + 2
    for known in shipped():
        click.echo(f"{known:<{width}}{describe(known)}")


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
