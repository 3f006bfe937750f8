"""`vidsynth before-after check`: what a file of pairs says of order holds."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import click

_SHOWN = 20


@click.command("check")
@click.argument("pairs", type=click.Path(path_type=Path))
def command(pairs: Path) -> None:
    """Check a file of pairs; exits with 3 if something is wrong.

    Every caption must parse back into its two events and relation, reversing twice give the original, and no
    negative tell of the row's own events.

    \b
      vidsynth before-after check pairs.parquet
    """
    from vidsynth.jobs.pairs_file import PairsFile
    from vidsynth.splits.before_after.check import check

    file = PairsFile(pairs)
    problems = check(file.rows(), file.rules)
    shown = list(itertools.islice(problems, _SHOWN))
    if shown:
        for problem in shown:
            click.echo(f"vidsynth: {pairs}: {problem}", err=True)
        more = sum(1 for _ in problems)
        if more:
            click.echo(f"vidsynth: {pairs}: … and {more:,} more", err=True)
        sys.exit(3)
    click.echo(f"{pairs}: sound. {len(file):,} captions parse back, and reversed twice are what they were.")
