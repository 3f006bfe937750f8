"""`vidsynth darkness-stats`: how many videos of a source are dark, and which."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidsynth.cli.asked import recipe_and_manifest
from vidsynth.cli.names import CLASSES, LOCATION, SOURCE
from vidsynth.cli.options import recipe_option
from vidsynth.cli.output import Output, output_options

if TYPE_CHECKING:
    from vidsynth.store import Location


@click.command("darkness-stats")
@click.argument("src", type=SOURCE)
@click.option("--root", type=LOCATION, help="Where the source's videos lie: a folder or URL.")
@click.option("--split", help="train, val, …; all for every one.  [default: the recipe's]")
@click.option("--classes", type=CLASSES, help="Keep a class list: a shipped one's name, or a .txt file.")
@recipe_option(said="the source's own, else darkness")
@click.option("--threshold", type=float, help="Dark is a Y of this or less (verdict.threshold).  [default: 40]")
@click.option("--aggregate", help="What is compared: mean, median or share (verdict.aggregate).")
@click.option("--weights", help="Of R, G, B: bt601, or day2dark-slide with 0.144 for blue (measure.weights).")
@click.option("--mode", help="rgb, or luma as frames dumped to JPEG have it (measure.mode).")
@click.option("--frames", help="all, key, or uniform:N (measure.frames).")
@click.option("--per", help="segment, or video: each file once and whole (measure.per).")
@click.option("--fast", is_flag=True, help="Key frames only; a sample is measured both ways, and the difference shown.")
@click.option("--out", type=LOCATION, help="The folder to write.  [default: one in the cache]")
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one a core]")
@click.option("--limit", type=click.IntRange(min=1), help="Measure the first N videos only.")
@click.option("--max-failures", metavar="N|P%", help="Stop once more videos have failed, e.g. 1%.")
@click.option("--retry-failed", is_flag=True, help="Try again what failed in an earlier run.")
@click.option("--overwrite", is_flag=True, help="Delete the statistics of another recipe that --out holds.")
@click.option(
    "--video-timeout", type=click.FloatRange(min=1), default=300.0, show_default=True,
    help="Seconds without progress after which a video is given up.",
)  # fmt: skip
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Set a recipe parameter.")
@output_options
def command(fast: bool, out: Location | None, output: Output, **options: Any) -> None:
    """Measure how dark videos are, and list the dark ones (Day2Dark).

    \b
      vidsynth darkness-stats videos/
      vidsynth darkness-stats k400 --root /data/k400 --split val --out dark-k400/
      vidsynth darkness-stats videos/ --threshold 30        (measures nothing again)
      vidsynth darkness-stats videos.parquet --fast --json

    The same command resumes. SRC is a source, a folder of videos, or a manifest.
    """
    from vidsynth.generators.darkness import DarknessRecipe, DarknessStatistics
    from vidsynth.jobs.darkness import darkness_statistics, usual_folder
    from vidsynth.report.darkness import text
    from vidsynth.sources import split_source

    if out is not None and not isinstance(out, Path):
        raise click.UsageError(f"--out {out}: statistics are tables of this machine; name a folder")
    if fast and options["frames"] not in (None, "key"):
        raise click.UsageError(f"--fast is --frames key; it does not go with --frames {options['frames']}")
    asked = {
        "verdict.threshold": options.pop("threshold"),
        "verdict.aggregate": options.pop("aggregate"),
        "measure.weights": options.pop("weights"),
        "measure.mode": options.pop("mode"),
        "measure.per": options.pop("per"),
        "measure.frames": "key" if fast else options["frames"],
    }
    options.pop("frames")
    kind, _ = split_source(options["src"], options["root"])
    options["recipe"] = options["recipe"] or _usual_recipe(kind)
    found, manifest = recipe_and_manifest(DarknessRecipe, asked, options)
    generator = DarknessStatistics(manifest, found)
    out = out or usual_folder(generator)
    try:
        summary, values = darkness_statistics(generator, out, progress=output.progress, **options)
    except KeyboardInterrupt:
        output.note("\nvidsynth: interrupted; what is measured is kept. The same command resumes.")
        raise
    output.show(f"{text(summary, values)}\n{_files(out, manifest.root)}", {**summary, "out": str(out)})
    if summary["failed"]:
        count = sum(summary["failed"].values())
        videos = "1 video" if count == 1 else f"{count} videos"
        output.note(f"vidsynth: {videos} could not be read, listed in {out / 'failures.parquet'}.")


def _usual_recipe(kind: str) -> str:
    """Return the name of the recipe that is shipped for a source."""
    from vidsynth.recipe import load_values, shipped

    every = [name for name in shipped() if name.startswith("darkness-")]
    return next((name for name in every if load_values(name)["source"]["name"] == kind), "darkness")


def _files(out: Path, root: Location) -> str:
    return (
        f"\n{out}:\n"
        "  darkness.parquet            a row a video\n"
        f"  dark.parquet, day.parquet   manifests: --src {out / 'dark.parquet'} --root {root}\n"
        "  histogram.png, contact-sheet.png, summary.json, failures.parquet"
    )
