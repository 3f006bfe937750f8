"""`vidsynth sources`: what is known, where it was looked for, what was found; and commands on one source."""

from __future__ import annotations

import click

from vidsynth.cli.lazy import LazyGroup

_COMMANDS = {"check": ("vidsynth.cli.sources.check", "Compare a data set's annotation files with its videos.")}


@click.command("sources", cls=LazyGroup, commands_in=_COMMANDS, invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List the sources, where each was looked for, and what was found; or check one."""
    if context.invoked_subcommand is not None:
        return
    from vidsynth.sources import candidates, known, layout
    from vidsynth.sources.classes import shipped
    from vidsynth.sources.settings import config_file

    for name in known():
        data_set = layout(name)
        click.echo(f"{name}: {data_set.about['title']}")
        tried = candidates(name)
        found = [place for place in tried if place.path.is_dir()]
        for place in found:
            click.echo(f"  found      {place.path}  (said by {place.said_by})")
        if data_set.default_root is not None:
            root = data_set.default_root()
            click.echo(f"  {'found' if root.is_dir() else 'made when first used':<9}  {root}")
        elif not found:
            looked = ", ".join(str(place.path) for place in tried)
            click.echo(f"  not there  {looked}" if tried else "  no root set")
    click.echo("folder: any folder of videos; class folders become labels (--src FOLDER)")
    click.echo("manifest: a table of videos, .parquet, .csv, .tsv or .jsonl (--src FILE)")
    click.echo("hf://user/dataset: a data set of the Hugging Face Hub with a column of videos (--src hf://…)")
    click.echo(f"\nclass lists: {', '.join(shipped())}")
    click.echo(
        f"A root is set with --root FOLDER, with VIDSYNTH_ROOTS=NAME=FOLDER, or under `roots:` in {config_file()}."
    )
