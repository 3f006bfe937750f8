"""`vidsynth finish`: close a build whose slices were built apart."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.command("finish")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what was found as one JSON object.")
def command(out: Path, as_json: bool) -> None:
    """Close a build whose slices were built with --shards, if all shards are there.

    If not, say which slices are missing and how to build them, and exit with 1.
    """
    from vidsynth.jobs.finish import finish
    from vidsynth.shards.reader import load

    found = finish(out)
    if as_json:
        click.echo(json.dumps(found.values()))
    elif found.missing:
        click.echo(f"vidsynth: {found.text()}", err=True)
    else:
        shards = load(out)
        click.echo(
            f"{out}: finished. {len(shards)} samples in {found.shards} shards, {shards.summary['absent']} absent."
        )
    if found.missing:
        sys.exit(1)
