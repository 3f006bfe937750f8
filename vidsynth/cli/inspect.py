"""`vidsynth inspect`: what is in a folder or a file."""

from __future__ import annotations

from pathlib import Path

import click

from vidsynth.cli.output import Output, output_options


@click.command("inspect")
@click.argument("path", type=click.Path(path_type=Path))
@output_options
def command(path: Path, output: Output) -> None:
    """Say what is in PATH: a build folder, finished or not, a manifest, a recipe, or a single shard.

    \b
      vidsynth inspect shards/
      vidsynth inspect videos.parquet --json
      vidsynth inspect shards/recipe.yaml
      vidsynth inspect shards/data/train-00000-of-00003.arrow

    --quiet prints one word: how many samples or rows there are; of a recipe, its hash. The keys of --json are the
    fields of the dataclasses in vidsynth.report.inspect, and `kind`: build, manifest, recipe, shard or table.
    """
    from vidsynth.report.inspect import inspect

    found = inspect(path)
    output.show(found.text(), found.to_dict(), found.answer)
