"""`vidsynth before-after`: pairs of timed captions, and stitched clips of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsynth.cli.building import build_and_report
from vidsynth.cli.lazy import LazyGroup
from vidsynth.cli.names import LOCATION, SOURCE
from vidsynth.cli.options import build_options, parse_changes, parse_size, parse_words, recipe_option
from vidsynth.cli.output import Output

if TYPE_CHECKING:
    from vidsynth.store import Location

_SUBCOMMANDS = {
    "check": ("vidsynth.cli.before_after.check", "Check a file of pairs; exits with 3 if something is wrong."),
    "audit": ("vidsynth.cli.before_after.audit", "Say how far words alone go on a file of pairs."),
    "presets": ("vidsynth.cli.before_after.presets", "List the presets, or print one's rules."),
}


@click.command(
    "before-after",
    cls=LazyGroup,
    commands_in=_SUBCOMMANDS,
    invoke_without_command=True,
    no_args_is_help=True,
    subcommand_metavar="[COMMAND]",
)
@click.option(
    "--src",
    type=SOURCE,
    help="A data set with timed captions, or a manifest of segments (.parquet, .csv, .jsonl).",
)
@click.option("--root", type=LOCATION, help="Where the source's annotations and videos lie.")
@click.option("--preset", default="default", show_default=True, help="Rules by name; see `before-after presets`.")
@click.option("--list", "lists", multiple=True, metavar="SPLIT=FILE", help="A split is the videos that a file names.")
@click.option("--relations", help="Any of before, after, then, with commas (relations).")
@click.option("--policy", help="all, random or first: which pairs of a video (policy).")
@click.option("--per-video", type=int, help="How many, if random or first (per_video).")
@click.option("--seed", type=int, help="Another seed gives another random choice.")
@click.option("--render", is_flag=True, help="Stitch the clips: --out is then a folder of shards.")
@recipe_option("stitched", "How to stitch: a recipe, shipped or YAML.")
@click.option("--frames", type=int, help="Frames of each event (clip.frames).")
@click.option("--size", metavar="H[xW]", help="Clip height and width in pixels (clip.size).")
@click.option("--payload", help="raw, jpeg, h264, lossless or none (payload.kind).")
@build_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    src: str | None,
    root: Location | None,
    preset: str,
    lists: tuple[str, ...],
    changes: tuple[str, ...],
    render: bool,
    recipe: str,
    out: Location | None,
    output: Output,
    **options: Any,
) -> None:
    """Pair up events of one video, and word what came before and after what.

    A row is a stitched clip: one event's frames and then the other's, with its caption and the reversed one. Without
    --render, --out is a .parquet (.csv, .jsonl) file of pairs, without pixels.

    \b
      vidsynth before-after --src charades-actions --root /data/charades --out pairs.parquet
      vidsynth before-after --src captions.csv --policy random --out pairs.parquet
      vidsynth before-after --src captions.csv --root videos/ --render --out shards/
      vidsynth before-after audit pairs.parquet
    """
    if ctx.invoked_subcommand is not None:
        return
    if src is None:
        raise click.UsageError("--src is needed: where the timed captions come from")
    if out is None and not render:
        raise click.UsageError("--out is needed: the .parquet file to write pairs to (or, with --render, a folder)")
    from vidsynth.errors import SourceError
    from vidsynth.jobs import pairs_file
    from vidsynth.jobs.captions import timed_captions
    from vidsynth.splits.before_after.presets import preset as preset_of
    from vidsynth.splits.before_after.report import report, report_values

    if not render:
        if not isinstance(out, Path):
            raise click.UsageError(f"--out {out}: pairs are written to a file of this machine")
        pairs_file.check_place(out)
    of_rules, of_clips = _changes(changes, options, render)
    chosen = preset_of(preset)
    rules = chosen.rules().with_changes(of_rules, "option")
    files = dict(_split_and_file(text) for text in lists)
    captions = timed_captions(src, root, sentences=chosen.sentences, on_disk=render, lists=files)
    pairs = chosen.pair_up(captions.table, rules, {**captions.about, "captions": captions.name, "preset": preset})
    said = report(pairs, captions.name, captions.mean_length())
    if captions.missing:
        output.note(f"{captions.missing} videos are not under {captions.root}: their captions are left out.")
    if not len(pairs):
        output.note(said)
        raise SourceError(f"{src}: the rules left no pair; the table above says which removed how many")
    if render:
        from vidsynth.generators.stitched import StitchedClips, StitchedRecipe
        from vidsynth.recipe import load_values

        found = StitchedRecipe.from_dict(load_values(recipe), recipe).with_changes(of_clips, "option")
        output.note(said)
        build_and_report(StitchedClips(pairs.manifest(captions.root), found), out, output=output, **options)
    elif isinstance(out, Path):
        pairs_file.write(pairs, out)
        output.show(
            f"{said}\n\n{out}: {len(pairs):,} stitched clips of {len(pairs.first):,} pairs.",
            {"out": str(out), **report_values(pairs, captions.name)},
        )


def _changes(changes: tuple[str, ...], options: dict[str, Any], render: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take out of `options` what changes the rules and what changes the recipe; return both."""
    from vidsynth.splits.before_after.rules import PairRules

    own = set(PairRules.model_fields)
    asked = parse_changes(changes)
    of_rules = {key: value for key, value in asked.items() if not render or key.split(".")[0] in own}
    of_clips = {key: value for key, value in asked.items() if key not in of_rules}
    options["relations"] = parse_words(options["relations"])
    options["size"] = parse_size(options["size"])
    for name in ("relations", "policy", "per_video", "seed"):
        if (value := options.pop(name)) is not None:
            of_rules[name] = value
    names = {"frames": "clip.frames", "size": "clip.size", "payload": "payload.kind", "limit": "limit"}
    for name, key in names.items():
        if (value := options.pop(name)) is not None:
            of_clips[key] = value
    if not render and (of_clips or any(options[name] for name in ("workers", "dry_run", "overwrite", "retry_failed"))):
        raise click.UsageError("only with --render: --frames, --size, --payload, --limit, --workers and the like")
    return of_rules, of_clips


def _split_and_file(text: str) -> tuple[str, str]:
    split, equals, file = text.partition("=")
    if not (split and equals and file):
        raise click.BadParameter(f"{text!r}: write SPLIT=FILE, such as val=val_ids.txt", param_hint="--list")
    return split.strip(), file
