"""`vidsynth verify`: check a finished build."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from vidsynth.cli.options import LOCATION

if TYPE_CHECKING:
    from vidsynth.store import Location


@click.command("verify")
@click.argument("out", type=LOCATION)
@click.option("--rerender", type=click.IntRange(min=0), default=0, metavar="K", help="Make K samples again; compare.")
def command(out: Location, rerender: int) -> None:
    """Check a finished build: files, hashes, counts; exits with 3 if something is wrong."""
    from vidsynth.jobs.verify import verify
    from vidsynth.shards.mirror import build_folder
    from vidsynth.shards.reader import Shards

    problems = verify(out, rerender=rerender)
    if problems:
        for problem in problems:
            click.echo(f"vidsynth: {out}: {problem}", err=True)
        sys.exit(3)
    shards = Shards(build_folder(out))
    again = f", {min(rerender, len(shards))} made again and equal" if rerender else ""
    click.echo(f"{out}: sound. {len(shards)} samples in {len(shards.summary['shards'])} shards{again}.")
