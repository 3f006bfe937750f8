"""`vidsynth lowlight`: build darkened clips."""

from __future__ import annotations

from typing import Any

import click

from vidsynth.cli.asked import recipe_and_manifest
from vidsynth.cli.building import build_and_report
from vidsynth.cli.options import build_options, parse_range, recipe_option, sample_options, source_options


@click.command("lowlight")
@source_options
@recipe_option("lowlight")
@click.option("--target-y", metavar="Y|Y-Y", help="Mean luma of the dark clips, e.g. 25 or 5-40 (light.target_y).")
@click.option("--exposure", metavar="K|K-K", help="Or the share of the light that is left (light.exposure).")
@click.option("--per-video", type=int, help="Clips of each video (per_video).")
@sample_options
@build_options
def command(**options: Any) -> None:
    """Darken clips as a camera would have seen them in low light.

    \b
      vidsynth lowlight --src demo --out dark/ --target-y 25
      vidsynth lowlight --src k400 --root /data/k400 --out dark/ --target-y 5-40
      vidsynth lowlight --src videos/ --out dark/ --recipe lowlight-maet
    """
    from vidsynth.generators.lowlight import LowLight, LowLightRecipe

    target = parse_range(options.pop("target_y"), "--target-y")
    exposure = parse_range(options.pop("exposure"), "--exposure")
    if target and exposure:
        raise click.UsageError("--target-y and --exposure: give one, since the other follows from it")
    asked = {
        "light.target_y": target,
        "light.exposure": exposure,
        "per_video": options.pop("per_video"),
    }
    found, manifest = recipe_and_manifest(LowLightRecipe, asked, options)
    if exposure:
        found = found.with_changes({"light.target_y": None})
    build_and_report(LowLight(manifest, found), **options)
