"""`vidsynth splits absent`: which activities the sound speaks against."""

from __future__ import annotations

from pathlib import Path

import click

from vidsynth.cli.names import SOURCE
from vidsynth.cli.output import Output, output_options
from vidsynth.cli.splits import writing
from vidsynth.errors import RecipeError

_PATH = click.Path(path_type=Path)


@click.command("absent")
@click.option(
    "--src",
    type=SOURCE,
    required=True,
    help="A manifest of unlabelled videos (.parquet, .csv, .jsonl), or a source.",
)
@click.option("--root", type=_PATH, help="Where the source's videos lie.")
@click.option("--scores", type=_PATH, required=True, help=".csv or .parquet: video_id, then a score a class.")
@click.option("--out", type=_PATH, required=True, help="The manifest to write: .parquet, .csv, ….")
@click.option("--split", default="target", show_default=True, help="Mark the rows of this split; all for every one.")
@click.option(
    "--rule",
    type=click.Choice(["lowest-k", "rank-fraction"]),
    default="lowest-k",
    show_default=True,
    help="Which classes are marked; see above.",
)
@click.option("--k", type=int, default=3, show_default=True, help="Classes a row, for lowest-k.")
@click.option("--fraction", type=click.FloatRange(0, 1), default=0.55, show_default=True, help="For rank-fraction.")
@click.option("--frequencies", help="For rank-fraction: a manifest of labelled segments to count classes in.")
@output_options
def command(
    src: str,
    root: Path | None,
    scores: Path,
    out: Path,
    split: str,
    rule: str,
    k: int,
    fraction: float,
    frequencies: str | None,
    output: Output,
) -> None:
    """Mark the activities that a video's sound speaks against, as absent_labels.

    lowest-k marks the k least likely classes of each row (one label a row); rank-fraction marks each class in a
    fraction of the rows that are expected to lack it (several labels a row). Where labels are known, hidden ones
    too, it is told how often a mark is right.

    \b
      vidsynth splits absent --src d1-d2.parquet --scores sound.csv --out absent.parquet
    """
    from vidsynth.jobs.features import read_scores
    from vidsynth.sources import source
    from vidsynth.splits import absent
    from vidsynth.splits.domain.roles import true_labels

    classes, found = read_scores(scores)
    manifest = source(src, root=root, split=split)
    likely = absent.aligned(manifest, found, classes)
    if rule == "lowest-k":
        if not 1 <= k < len(classes):
            raise RecipeError(f"--k: of {len(classes)} classes 1 to {len(classes) - 1} can be absent, not {k}")
        marked = absent.lowest_k(likely, k)
    else:
        if frequencies is None:
            raise click.UsageError("rank-fraction needs --frequencies MANIFEST, the labelled segments of the source")
        expected = absent.frequencies(source(frequencies, split="all"), classes)
        marked = absent.rank_fraction(likely, expected, fraction)
    made = absent.with_absent(manifest, marked, classes)
    with writing(out):
        made.write(out)
    lines = [f"{out}: {len(made)} rows, {int(marked.sum())} marks (its videos lie under {made.root})"]
    values = {"out": str(out), "rows": len(made), "marks": int(marked.sum()), "root": str(made.root)}
    labels, precision = true_labels(manifest), {}
    if any(labels):
        told = absent.precision(marked, labels, classes)
        width = max(map(len, classes)) + 2
        lines.append(f"  {'class':<{width}} {'marks':>7} {'right':>7} {'precision':>10} {'by chance':>10}")
        for name, each in told.items():
            name = name or "all"
            precision[name] = {"marks": each.marks, "right": each.right, "share": each.share, "chance": each.chance}
            lines.append(f"  {name:<{width}} {each.marks:>7} {each.right:>7} {each.share:>10.4f} {each.chance:>10.4f}")
    output.show("\n".join(lines), {**values, "precision": precision})
