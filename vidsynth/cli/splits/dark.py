"""`vidsynth splits dark`: labelled dark and day sets, and pools of unlabelled dark videos."""

from __future__ import annotations

from pathlib import Path

import click

from vidsynth.cli.output import Output, output_options

_PATH = click.Path(path_type=Path)


@click.command("dark")
@click.argument("stats", type=_PATH)
@click.option("--out", type=_PATH, required=True, help="The folder to write manifests into.")
@click.option("--pool", type=_PATH, multiple=True, help="Statistics of other videos to take unlabelled dark ones from.")
@click.option("--threshold", type=float, default=40.0, show_default=True, help="Dark is a mean Y of this or less.")
@click.option("--test", default="val", show_default=True, help="The split to test on; all for every one.")
@click.option("--train", default="train", show_default=True, help="The split to train on; all for every one.")
@click.option(
    "--per-class", type=click.IntRange(min=1), default=1, show_default=True, help="Dark test videos a class must have."
)
@click.option("--exclude", help="Classes to leave out of the pools: a class list.  [default: the target classes]")
@click.option("--seed", type=int, default=0, show_default=True, help="Draws the day test set.")
@output_options
def command(
    stats: Path,
    out: Path,
    pool: tuple[Path, ...],
    threshold: float,
    test: str,
    train: str,
    per_class: int,
    exclude: str | None,
    seed: int,
    output: Output,
) -> None:
    """Make Day2Dark's sets from what darkness-stats left in the folder STATS.

    \b
    dark-test.parquet   dark videos of the test split, labelled
    day-test.parquet    day videos of the test split with the same classes, as many of each
    day-train.parquet   day videos of the training split, labelled
    dark-pool*.parquet  dark videos without labels, of no target class, one file for each --pool

    \b
      vidsynth darkness-stats k400 --split all --out dark-k400/
      vidsynth darkness-stats mit --split train --out dark-mit/
      vidsynth splits dark dark-k400/ --pool dark-mit/ --per-class 5 --out day2dark/
    """
    import json

    from vidsynth.jobs.darkness import open_statistics
    from vidsynth.sources.classes import canonical, read_classes
    from vidsynth.splits.dark import dark_pool, dark_sets

    manifest, y = open_statistics(stats)
    sets = dark_sets(manifest, y, threshold=threshold, test=test, train=train, per_class=per_class, seed=seed)
    made = {"dark-test": sets.dark_test, "day-test": sets.day_test, "day-train": sets.day_train}
    targets = read_classes(exclude) if exclude else _labels(sets.dark_test.table["labels"].to_pylist())
    unwanted = {canonical(name) for name in targets}
    for number, folder in enumerate(pool):
        others, luminance = open_statistics(folder)
        excluded = {name for name in _labels(others.table["labels"].to_pylist()) if canonical(name) in unwanted}
        name = "dark-pool" if len(pool) == 1 else f"dark-pool-{number}"
        made[name] = dark_pool(others, luminance, threshold=threshold, exclude=excluded)

    out.mkdir(parents=True, exist_ok=True)
    counts, lines = {}, []
    for name, rows in made.items():
        rows.about |= {"name": name}
        rows.write(out / f"{name}.parquet")
        classes = len(_labels(rows.table["labels"].to_pylist()))
        counts[name] = {"videos": len(rows), "classes": classes, "root": str(rows.root)}
        lines.append(
            f"{name:<12}{len(rows):>8} videos {classes:>5} classes   --src {out / name}.parquet --root {rows.root}"
        )
    for reason, count in sets.dropped.items():
        if count:
            lines.append(f"left out: {count} ({reason})")
    report = {"sets": counts, "left out": dict(sets.dropped)}
    (out / "counts.json").write_text(json.dumps(report, indent=1) + "\n")
    output.show("\n".join(lines), {"out": str(out), **report})


def _labels(lists: list[list[str] | None]) -> set[str]:
    return {name for names in lists for name in names or ()}
