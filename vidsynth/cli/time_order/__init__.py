"""`vidsynth time-order`: build the benchmark; score, audit and export it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsynth.cli.building import build_and_report
from vidsynth.cli.lazy import LazyGroup
from vidsynth.cli.names import LOCATION, SOURCE
from vidsynth.cli.options import build_options, parse_changes, recipe_option
from vidsynth.cli.output import Output

if TYPE_CHECKING:
    from vidsynth.store import Location

_COMMANDS = {
    "score": ("vidsynth.cli.time_order.score", "Grade a model's predictions."),
    "audit": ("vidsynth.cli.time_order.audit", "Measure what models without a sense of order reach."),
    "export": ("vidsynth.cli.time_order.export", "Write a build as mp4 files, captions and questions."),
}


@click.command("time-order", cls=LazyGroup, commands_in=_COMMANDS, invoke_without_command=True)
@recipe_option("time-order")
@click.option("--src", type=SOURCE, help="Videos to lie behind: demo, k400, a folder, or a manifest.  [default: none]")
@click.option("--root", type=LOCATION, help="Where the source's videos lie: a folder or URL.")
@click.option("--split", help="train, val, …; all for every one.  [default: the source's usual one]")
@click.option("--background", help="black, plain, noise, still or moving (background.kind).")
@click.option("--pairs", type=int, help="Pairs of a video and its reversed twin (pairs).")
@click.option("--events", type=int, help="Events a video (events.count).")
@click.option("--relations", help="Any of before, after, then, while, between, with commas (captions.relations).")
@click.option("--payload", help="raw, jpeg, h264, lossless or none (payload.kind).")
@click.option("--seed", type=int, help="Another seed gives other videos.")
@click.option("--mp4", "folder", type=click.Path(path_type=Path), help="Also export to this folder.")
@build_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    recipe: str,
    src: str | None,
    root: Location | None,
    split: str | None,
    folder: Path | None,
    changes: tuple[str, ...],
    limit: int | None,
    output: Output,
    **options: Any,
) -> None:
    """Build the time-order benchmark: coloured shapes that come in order, each video with its reversed twin.

    \b
      vidsynth time-order --out bench/
      vidsynth time-order --recipe time-order-published --out published/ --mp4 ToT-syn/
      vidsynth time-order --recipe time-order-natural --src videos/ --out natural/
      vidsynth time-order score bench/ predictions.csv
      vidsynth time-order audit bench/
    """
    if ctx.invoked_subcommand is not None:
        return
    from vidsynth.generators.time_order import TimeOrder, TimeOrderRecipe
    from vidsynth.recipe import load_values
    from vidsynth.sources import default_split, source, split_source

    relations = options.pop("relations")
    values = {
        "limit": limit,
        "seed": options.pop("seed"),
        "pairs": options.pop("pairs"),
        "events.count": options.pop("events"),
        "captions.relations": [word.strip() for word in relations.split(",")] if relations else None,
        "background.kind": options.pop("background"),
        "payload.kind": options.pop("payload"),
        "source.split": split,
    }
    asked = {key: value for key, value in values.items() if value is not None} | parse_changes(changes)
    template = load_values(recipe)
    named = template.get("source", {}).get("name", "none")
    kind, place = split_source(src or named, root)
    if named != kind:
        template["source"] = {"name": kind}
    found = TimeOrderRecipe.from_dict(template, recipe).with_changes(asked, "option")
    if src and kind != "none" and found.background.kind not in ("still", "moving"):
        raise click.UsageError(
            f"--src {src} needs --background still or moving; {found.background.kind} takes no videos"
        )
    if found.source.split is None and default_split(kind):
        found = found.with_changes({"source.split": default_split(kind)})
    if kind == "demo" and isinstance(place, Path) and not place.is_dir():
        click.echo(f"making the demo's videos in {place}, once (about ten seconds)", err=True)
    manifest = source(src or named, root=root, split=found.source.split)
    build_and_report(TimeOrder(manifest, found), output=output, **options)
    if folder is not None and not options["dry_run"]:
        from vidsynth.benchmark.time_order import export
        from vidsynth.cli.time_order.export import exported

        output.note(exported(folder, export(options["out"], folder)))
