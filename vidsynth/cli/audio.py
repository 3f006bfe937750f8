"""`vidsynth audio`: build features of the sound of videos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vidsynth.cli.building import build_and_report
from vidsynth.cli.options import build_options, parse_changes


@click.command("audio")
@click.option(
    "--src", required=True, help="A source's name, a folder of videos, or a manifest (.parquet, .csv, .jsonl)."
)
@click.option("--root", type=click.Path(path_type=Path), help="Where the source's videos lie.")
@click.option("--split", help="train, val, …; all for every one.  [default: the source's usual one]")
@click.option("--classes", help="Keep a class list: mini-kinetics-200, or a .txt file.")
@click.option("--recipe", default="audio-adaptive", show_default=True, help="A shipped recipe's name, or a YAML file.")
@click.option("--seconds", type=float, help="Seconds of sound that are looked at (sound.seconds).")
@click.option("--keep-samples", is_flag=True, help="Also store the sound itself (keep_samples).")
@build_options
def command(
    src: str,
    root: Path | None,
    split: str | None,
    classes: str | None,
    recipe: str,
    seconds: float | None,
    keep_samples: bool,
    changes: tuple[str, ...],
    limit: int | None,
    **options: Any,
) -> None:
    """Build features of the sound of each video, or of each segment that a manifest names.

    \b
      vidsynth audio --src videos/ --out audio/
      vidsynth audio --src segments.parquet --root /data/EPIC --recipe audio-logmel --out audio/
    """
    from vidsynth.generators.audio import AudioFeatures, AudioRecipe
    from vidsynth.recipe import load_values
    from vidsynth.sources import default_split, source, split_source

    values = {
        "limit": limit,
        "sound.seconds": seconds,
        "keep_samples": keep_samples or None,
        "source.split": split,
        "source.classes": classes,
    }
    asked = {key: value for key, value in values.items() if value is not None} | parse_changes(changes)
    kind, _ = split_source(src, root)
    template = load_values(recipe)
    if template.get("source", {}).get("name") != kind:  # split and classes are words of the recipe's own source
        template["source"] = {"name": kind, "fraction": template.get("source", {}).get("fraction", 1.0)}
    found = AudioRecipe.from_dict(template, recipe).with_changes(asked, "option")
    if found.source.split is None and default_split(kind):
        found = found.with_changes({"source.split": default_split(kind)})
    manifest = source(src, root=root, split=found.source.split, classes=found.source.classes)
    build_and_report(AudioFeatures(manifest, found), **options)
