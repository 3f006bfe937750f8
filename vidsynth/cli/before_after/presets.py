"""`vidsynth before-after presets`: rules by name."""

from __future__ import annotations

import click


@click.command("presets")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the presets, or print one's rules, all of them.

    \b
      vidsynth before-after presets
      vidsynth before-after presets charades-paper
    """
    from vidsynth.recipe import to_yaml
    from vidsynth.splits.before_after.presets import PRESETS, preset

    if name is not None:
        click.echo(to_yaml(preset(name).rules().to_dict()), nl=False)
        return
    width = max(map(len, PRESETS)) + 2
    for known, found in PRESETS.items():
        click.echo(f"{known:<{width}}{found.about}")
