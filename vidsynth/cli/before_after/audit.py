"""`vidsynth before-after audit`: how far words alone go."""

from __future__ import annotations

from pathlib import Path

import click

from vidsynth.cli.output import Output, output_options


@click.command("audit")
@click.argument("pairs", type=click.Path(path_type=Path))
@click.option("--train", help="The split to learn from.  [default: the largest]")
@click.option("--test", help="The split to ask about.  [default: the next; of a single split, a fifth held out]")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the random pairs asked about."
)
@click.option("--draws", type=click.IntRange(min=1), default=20, show_default=True, help="How often they are drawn.")
@output_options
def command(pairs: Path, train: str | None, test: str | None, seed: int, draws: int, output: Output) -> None:
    """Say how far words alone go: models that see no video choose between each caption and its reversal.

    On the one-sided set (given the clip, is it the caption or the reversed one?) they do better than chance. On
    counterbalanced quadruples, where the reversed clip is shown too, they are right exactly half the time.

    \b
      vidsynth before-after audit pairs.parquet
    """
    from vidsynth.jobs.pairs_file import PairsFile
    from vidsynth.splits.before_after.audit import COLUMNS, audit, text

    found, said = audit(PairsFile(pairs).table(COLUMNS), train=train, test=test, seed=seed, draws=draws)
    models = [{"model": one.model, **one.scores._asdict(), "deviation": one.deviation} for one in found]
    output.show(text(found, said), {"file": str(pairs), "asked": said, "models": models})
