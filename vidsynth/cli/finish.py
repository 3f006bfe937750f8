"""`vidsynth finish`: close a build whose slices were built apart."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from vidsynth.cli.names import LOCATION
from vidsynth.cli.output import Output, output_options

if TYPE_CHECKING:
    from vidsynth.store import Location


@click.command("finish")
@click.argument("out", type=LOCATION)
@output_options
def command(out: Location, output: Output) -> None:
    """Close a build whose slices were built with --shards, if all shards are there.

    If not, say which slices are missing and how to build them, and exit with 1.

    \b
      vidsynth tubelets --src k400 --out shards/ --shards 3/64
      vidsynth finish shards/
    """
    from vidsynth.jobs.finish import finish
    from vidsynth.shards.mirror import build_folder
    from vidsynth.shards.reader import Shards

    found = finish(out)
    if found.missing:
        if output.as_json:
            output.show("", found.values())
        click.echo(f"vidsynth: {found.text()}", err=True)
        sys.exit(1)
    shards = Shards(build_folder(out))
    output.show(
        f"{out}: finished. {len(shards)} samples in {found.shards} shards, {shards.summary['absent']} absent.",
        found.values(),
    )
