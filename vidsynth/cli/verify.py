"""`vidsynth verify`: check a finished build."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click


@click.command("verify")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--rerender", type=click.IntRange(min=0), default=0, metavar="K", help="Make K samples again; compare.")
def command(out: Path, rerender: int) -> None:
    """Check a finished build: files, hashes, counts; exits with 3 if something is wrong."""
    from vidsynth.jobs.verify import verify
    from vidsynth.shards.reader import load

    problems = verify(out, rerender=rerender)
    if problems:
        for problem in problems:
            click.echo(f"vidsynth: {out}: {problem}", err=True)
        click.echo(f"Mend it with: vidsynth repair {shlex.quote(str(out))}", err=True)
        sys.exit(3)
    shards = load(out)
    again = f", {min(rerender, len(shards))} made again and equal" if rerender else ""
    click.echo(f"{out}: sound. {len(shards)} samples in {len(shards.summary['shards'])} shards{again}.")
