"""`vidsynth tubelets`: build tubelet pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vidsynth.cli.building import build_and_report
from vidsynth.cli.options import build_options, parse_changes, parse_size, parse_words


@click.command("tubelets")
@click.option(
    "--src", required=True, help="A data set (`vidsynth sources` lists them), a folder, or a manifest (.parquet, …)."
)
@click.option("--root", type=click.Path(path_type=Path), help="Where the source's videos lie.")
@click.option("--split", help="train, val, …; all for every one.  [default: the source's usual one]")
@click.option("--classes", help="Keep a class list: mini-kinetics-200, or a .txt file.")
@click.option("--recipe", default="tubelets-112", show_default=True, help="A shipped recipe's name, or a YAML file.")
@click.option("--frames", type=int, help="Frames a clip (clip.frames).")
@click.option("--size", metavar="H[xW]", help="Clip height and width in pixels (clip.size).")
@click.option("--tubelets", "count", type=int, help="Tubelets a pair (tubelets.count).")
@click.option("--motion", help="none, linear or nonlinear (tubelets.motion).")
@click.option("--transforms", help="Any of scale, shear, rotation, with commas; or none (tubelets.transforms).")
@click.option("--truth", help="Any of boxes, masks, flow, tracks, with commas (truth).")
@click.option("--payload", help="raw, jpeg, h264, lossless or none (payload.kind).")
@click.option("--fraction", type=float, help="Share of the videos to use (source.fraction).")
@click.option("--seed", type=int, help="Another seed gives other samples.")
@build_options
def command(
    src: str,
    root: Path | None,
    split: str | None,
    classes: str | None,
    recipe: str,
    changes: tuple[str, ...],
    limit: int | None,
    **options: Any,
) -> None:
    """Build tubelet pairs: two clips that carry the same moving patches.

    \b
      vidsynth tubelets --src demo --out shards/
      vidsynth tubelets --src k400 --root /data/k400 --out shards/ --payload raw
      vidsynth tubelets --src videos/ --recipe tubelets-224 --dry-run
    """
    from vidsynth.generators.tubelets import TubeletPairs, TubeletRecipe
    from vidsynth.recipe import load_values
    from vidsynth.sources import default_split, source, split_source

    values = {
        "limit": limit,
        "seed": options.pop("seed"),
        "clip.frames": options.pop("frames"),
        "clip.size": parse_size(options.pop("size")),
        "tubelets.count": options.pop("count"),
        "tubelets.motion": options.pop("motion"),
        "tubelets.transforms": parse_words(options.pop("transforms")),
        "truth": parse_words(options.pop("truth")),
        "payload.kind": options.pop("payload"),
        "source.fraction": options.pop("fraction"),
        "source.split": split,
        "source.classes": classes,
    }
    asked = {key: value for key, value in values.items() if value is not None} | parse_changes(changes)
    kind, place = split_source(src, root)
    template = load_values(recipe)
    if template.get("source", {}).get("name") != kind:  # split and classes are words of the recipe's own source
        template["source"] = {"name": kind, "fraction": template.get("source", {}).get("fraction", 1.0)}
    found = TubeletRecipe.from_dict(template, recipe).with_changes(asked, "option")
    if found.source.split is None and default_split(kind):
        found = found.with_changes({"source.split": default_split(kind)})
    if kind == "demo" and not place.is_dir():
        click.echo(f"making the demo's videos in {place}, once (about ten seconds)", err=True)
    manifest = source(src, root=root, split=found.source.split, classes=found.source.classes)
    build_and_report(TubeletPairs(manifest, found), **options)
