"""`vidsynth occlusion`: build clips in which regions are hidden."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vidsynth.cli.asked import recipe_and_manifest
from vidsynth.cli.building import build_and_report
from vidsynth.cli.options import build_options, parse_words, recipe_option, sample_options, source_options


@click.command("occlusion")
@source_options
@click.option("--masks", type=click.Path(exists=True, path_type=Path), help="Where the masks are (masks.path).")
@recipe_option(said="by what --masks is")
@click.option("--objects", help="non-hand, action-noun, in-contact, hands or all (masks.objects).")
@click.option("--hide", metavar="A,B", help="Or only these classes, by name or number (masks.classes).")
@click.option("--fill", help="zero, mean, noise or blur (fill.kind).")
@click.option("--dark-factor", type=float, help="The share of the picture that stays there (fill.dark_factor).")
@click.option("--per-video", type=int, help="Clips of each video (per_video).")
@sample_options
@build_options
def command(masks: Path | None, **options: Any) -> None:
    """Hide objects, by their masks, or moving occluders, without any.

    \b
      vidsynth occlusion --src demo --out hidden/
      vidsynth occlusion --src epic.parquet --root /data/epic --masks /data/visor --out hidden/
      vidsynth occlusion --src davis/ --masks DAVIS/Annotations/480p --out hidden/ --dark-factor 0.2
    """
    from vidsynth.generators.occlusion import Occlusion, OcclusionRecipe
    from vidsynth.generators.occlusion.masking import recipe_for

    classes = parse_words(options.pop("hide"))
    objects = options.pop("objects")
    asked = {
        "masks.path": str(masks) if masks else None,
        "masks.objects": objects or ("classes" if classes else None),
        "masks.classes": classes,
        "fill.kind": options.pop("fill"),
        "fill.dark_factor": options.pop("dark_factor"),
        "per_video": options.pop("per_video"),
    }
    options["recipe"] = options["recipe"] or (recipe_for(masks) if masks else "occlusion")
    found, manifest = recipe_and_manifest(OcclusionRecipe, asked, options)
    build_and_report(Occlusion(manifest, found), **options)
