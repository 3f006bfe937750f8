"""`vidsynth audio`: build features of the sound of videos."""

from __future__ import annotations

from typing import Any

import click

from vidsynth.cli.asked import recipe_and_manifest
from vidsynth.cli.building import build_and_report
from vidsynth.cli.options import build_options, recipe_option, source_options


@click.command("audio")
@source_options
@recipe_option("audio-adaptive")
@click.option("--seconds", type=float, help="Seconds of sound that are looked at (sound.seconds).")
@click.option("--keep-samples", is_flag=True, help="Also store the sound itself (keep_samples).")
@build_options
def command(**options: Any) -> None:
    """Build features of the sound of each video, or of each segment that a manifest names.

    \b
      vidsynth audio --src videos/ --out audio/
      vidsynth audio --src segments.parquet --root /data/EPIC --recipe audio-logmel --out audio/
    """
    from vidsynth.generators.audio import AudioFeatures, AudioRecipe

    asked = {"sound.seconds": options.pop("seconds"), "keep_samples": options.pop("keep_samples") or None}
    found, manifest = recipe_and_manifest(AudioRecipe, asked, options)
    build_and_report(AudioFeatures(manifest, found), **options)
