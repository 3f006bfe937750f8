"""`vidsynth time-order score`: grade predictions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidsynth.cli.output import Output, output_options

if TYPE_CHECKING:
    from vidsynth.benchmark.time_order.score import Accuracy, PairScore


@click.command("score")
@click.argument("bench", type=click.Path(path_type=Path))
@click.argument("predictions", type=click.Path(path_type=Path))
@output_options
def command(bench: Path, predictions: Path, output: Output) -> None:
    """Grade PREDICTIONS (.csv, .jsonl or .parquet) for the build BENCH.

    \b
    Similarities: a row a video, id (its key), caption, distractor: how well the
      video goes with each; and control_caption, control_distractor for its
      control video, if you have them. This gives both directions.
    Choices: a row a question of questions.jsonl, id and choice (A or B; yes or
      no). A task is answered as a whole.

    A tie is half right. Ids that are missing, unknown or given twice are errors.

    \b
      vidsynth time-order score bench/ predictions.csv
      vidsynth time-order score bench/ choices.jsonl
    """
    from vidsynth.benchmark.time_order import score
    from vidsynth.benchmark.time_order.questions import TASKS

    scores = score(bench, predictions)
    parts = []
    for task, title in TASKS.items():
        lines = [line for line in scores.accuracies if line.task == task]
        if lines:
            parts.append("\n".join([f"{title} (chance 50 %)", *_table(lines)]))
    if scores.pairs:
        parts.append("\n".join(["pairs of a video and its twin with every question right", *_pairs(scores.pairs)]))
    output.show("\n\n".join(parts), scores.to_dict())


def _pairs(pairs: Sequence[PairScore]) -> list[str]:
    out = []
    for pair in pairs:
        share = f"{100 * pair.right / pair.count:.1f} %"
        out.append(f"  {pair.name:<24}{share:>8}   {pair.right} of {pair.count}, by chance {100 * pair.chance:.1f} %")
    return out


def _table(lines: Sequence[Accuracy]) -> list[str]:
    out = []
    for line in lines:
        name = line.split if line.split == "all" else f"{line.split} {line.value}"
        remarks = [f"{line.ties} ties"] if line.ties else []
        remarks += [f"{line.unclear} answers name no option"] if line.unclear else []
        out.append(
            f"  {name:<24}{100 * line.accuracy:>6.1f} %   95 % interval {100 * line.low:.1f} to {100 * line.high:.1f}"
            f"   n = {line.count}{'   ' if remarks else ''}{', '.join(remarks)}"
        )
    return out
