"""`vidsynth splits balance`: weigh rows by clusters of their sounds."""

from __future__ import annotations

from pathlib import Path

import click

from vidsynth.cli.names import SOURCE
from vidsynth.cli.output import Output, output_options
from vidsynth.cli.splits import writing

_PATH = click.Path(path_type=Path)


@click.command("balance")
@click.option(
    "--src",
    type=SOURCE,
    required=True,
    help="A manifest (.parquet, .csv, .jsonl), a source or a folder of videos.",
)
@click.option("--root", type=_PATH, help="Where the source's videos lie.")
@click.option("--features", type=_PATH, required=True, help="A build of `vidsynth audio`, a .npy or a .parquet file.")
@click.option("--column", help="The column that holds them.  [default: descriptor]")
@click.option("--out", type=_PATH, required=True, help="The manifest to write: .parquet, .csv, ….")
@click.option("--split", help="Weigh the rows of this split only, such as source.")
@click.option("--beta", type=float, default=0.999, show_default=True, help="Of the effective number of samples.")
@click.option("--max-clusters", type=int, default=20, show_default=True, help="Clusters a class, at most.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of k-means.")
@output_options
def command(
    src: str,
    root: Path | None,
    features: Path,
    column: str | None,
    out: Path,
    split: str | None,
    beta: float,
    max_clusters: int,
    seed: int,
    output: Output,
) -> None:
    """Cluster the sounds of each class, and give each row the weight of audio-balanced learning.

    Rows get audio_cluster and audio_weight; classes of few samples and, within a class, rare sounds weigh more.

    \b
      vidsynth audio --src d1-d2.parquet --root /data/EPIC --recipe audio-logmel --out sounds/
      vidsynth splits balance --src d1-d2.parquet --split source --features sounds/ --out balanced.parquet
    """
    from vidsynth.jobs.features import read_features
    from vidsynth.sources import source
    from vidsynth.splits.balance import BalanceRules, balance

    values = {"beta": beta, "max_clusters": max_clusters, "seed": seed, "split": split}
    rules = BalanceRules.from_dict(values, "option")
    manifest = source(src, root=root, split="all")
    made, groups = balance(manifest, read_features(features, manifest, column), rules)
    with writing(out):
        made.write(out)
    lines = [f"{out}: {len(made)} rows (its videos lie under {made.root})"]
    width = max(len(group.label) for group in groups) + 2
    lines.append(f"  {'class':<{width}} {'rows':>7} {'heard':>7} {'weight':>8}  clusters: size x weight")
    for group in groups:
        parts = "  ".join(f"{size} x {weight:.3f}" for size, weight in zip(group.sizes, group.weights, strict=True))
        note = f"  ({group.note})" if group.note else ""
        lines.append(f"  {group.label:<{width}} {group.rows:>7} {group.heard:>7} {group.weight:>8.4f}  {parts}{note}")
    values = {"out": str(out), "rows": len(made), "root": str(made.root)}
    output.show("\n".join(lines), {**values, "classes": [group._asdict() for group in groups]})
