"""`vidsynth before-after presets`: rules by name."""

from __future__ import annotations

import click

from vidsynth.cli.output import Output, output_options


@click.command("presets")
@click.argument("name", required=False)
@output_options
def command(name: str | None, output: Output) -> None:
    """List the presets, or print one's rules, all of them. --quiet lists the names alone.

    \b
      vidsynth before-after presets
      vidsynth before-after presets charades-paper
    """
    from vidsynth.recipe import to_yaml
    from vidsynth.splits.before_after.presets import PRESETS, preset

    if name is not None:
        rules = preset(name).rules().to_dict()
        output.show(to_yaml(rules).rstrip("\n"), rules)
        return
    width = max(map(len, PRESETS)) + 2
    known = {one: found.about for one, found in PRESETS.items()}
    output.show("\n".join(f"{one:<{width}}{about}" for one, about in known.items()), known, "\n".join(known))
