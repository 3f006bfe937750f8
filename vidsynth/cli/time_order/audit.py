"""`vidsynth time-order audit`: what shortcuts are worth on a build."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command("audit")
@click.argument("bench", type=click.Path(path_type=Path))
def command(bench: Path) -> None:
    """Measure what models without a sense of order reach on a build.

    \b
    limit      the best that any model can do with this view alone
    expected   a rule on the videos as they were planned
    measured   the same rule on the videos as they are stored

    Exits with 3 if the recipe promises full balance, and one of the first two is not
    exactly 50 % or the 95 % interval of the third does not hold 50 %.

    \b
      vidsynth time-order audit bench/
    """
    from tqdm import tqdm

    from vidsynth.benchmark.time_order import audit

    found = audit(bench, lambda positions: tqdm(positions, unit=" videos", disable=not sys.stderr.isatty()))
    click.echo(f"{bench}: {found.videos} videos\n")
    click.echo(f"{'':<17}{'limit':>9}{'expected':>11}{'measured':>11}   goes by")
    for line in found.audits:
        measured = "not stored" if line.measured is None else _percent(line.measured)
        numbers = f"{_percent(line.limit):>9}{_percent(line.expected):>11}{measured:>11}"
        click.echo(f"{line.name:<17}{numbers}   {line.rule}")
    click.echo()
    for name, counts in found.counts.items():
        least, most = min(counts.values()), max(counts.values())
        each = f"{least} each" if least == most else f"{least} to {most}"
        click.echo(f"{name:<17}{each:>9}   {', '.join(counts)}")
    unfair = [line.name for line in found.audits if not line.fair]
    misread = [line.name for line in found.audits if not line.exact]
    if not unfair:
        click.echo("\nNo view tells a video from its twin: whatever sees no order is at exactly 50 %.")
        if misread:
            click.echo(f"Some frames were misread after the codec: {', '.join(misread)} is within its 95 % interval.")
    elif found.promised:
        click.echo(f"vidsynth: {bench}: not at 50 %, though the recipe promises it: {', '.join(unfair)}", err=True)
        sys.exit(3)
    else:
        click.echo(f"\nThe order shows without a sense of order: {', '.join(unfair)}. Score these with care.")


def _percent(share: object) -> str:
    return f"{100 * float(share):.2f} %"  # type: ignore[arg-type]
