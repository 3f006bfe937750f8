"""`vidsynth tubelets`: build tubelet pairs."""

from __future__ import annotations

from typing import Any

import click

from vidsynth.cli.asked import recipe_and_manifest
from vidsynth.cli.building import build_and_report
from vidsynth.cli.options import build_options, parse_words, recipe_option, sample_options, source_options


@click.command("tubelets")
@source_options
@recipe_option("tubelets-112")
@sample_options
@click.option("--tubelets", "count", type=int, help="Tubelets a pair (tubelets.count).")
@click.option("--motion", help="none, linear or nonlinear (tubelets.motion).")
@click.option("--transforms", help="Any of scale, shear, rotation, with commas; or none (tubelets.transforms).")
@click.option("--truth", help="Any of boxes, masks, flow, tracks, with commas (truth).")
@build_options
def command(**options: Any) -> None:
    """Build tubelet pairs: two clips that carry the same moving patches.

    \b
      vidsynth tubelets --src demo --out shards/
      vidsynth tubelets --src k400 --root /data/k400 --out shards/ --payload raw
      vidsynth tubelets --src videos/ --recipe tubelets-224 --dry-run
    """
    from vidsynth.generators.tubelets import TubeletPairs, TubeletRecipe

    asked = {
        "tubelets.count": options.pop("count"),
        "tubelets.motion": options.pop("motion"),
        "tubelets.transforms": parse_words(options.pop("transforms")),
        "truth": parse_words(options.pop("truth")),
    }
    found, manifest = recipe_and_manifest(TubeletRecipe, asked, options)
    build_and_report(TubeletPairs(manifest, found), **options)
