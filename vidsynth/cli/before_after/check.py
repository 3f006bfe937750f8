"""`vidsynth before-after check`: what a file of pairs says of order holds."""

from __future__ import annotations

from pathlib import Path

import click

from vidsynth.cli.output import Output, output_options

_SHOWN = 20


@click.command("check")
@click.argument("pairs", type=click.Path(path_type=Path))
@output_options
def command(pairs: Path, output: Output) -> None:
    """Check a file of pairs; exits with 3 if something is wrong.

    Every caption must parse back into its two events and relation, reversing twice give the original, and no
    negative tell of the row's own events.

    \b
      vidsynth before-after check pairs.parquet
    """
    from vidsynth.jobs.pairs_file import PairsFile
    from vidsynth.splits.before_after.check import check

    file = PairsFile(pairs)
    problems = list(check(file.rows(), file.rules))
    values = {"file": str(pairs), "sound": not problems, "captions": len(file), "problems": problems}
    if problems:
        more = [f"… and {len(problems) - _SHOWN:,} more"] if len(problems) > _SHOWN else []
        output.mismatch([f"{pairs}: {problem}" for problem in [*problems[:_SHOWN], *more]], values)
    output.show(f"{pairs}: sound. {len(file):,} captions parse back, and reversed twice are what they were.", values)
