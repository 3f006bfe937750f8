"""`vidsynth splits check`: what a modality split holds, and whether it keeps its promises."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from vidsynth.cli.output import Output, output_options
from vidsynth.cli.splits import writing


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--root", type=click.Path(path_type=Path), help="Where the videos lie: missing files are a violation.")
@click.option("--allow-covered", is_flag=True, help="Let evaluated sets be covered or seen in training.")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the matrix of sets by parts into a PNG.")
@output_options
def command(file: Path, root: Path | None, allow_covered: bool, picture: Path | None, output: Output) -> None:
    """Check a modality split: the matrix of sets by parts, and a line for each invariant.

    Exits with 3 if one is violated.

    \b
      vidsynth splits check split.parquet
      vidsynth splits check split.parquet --picture matrix.png
    """
    from vidsynth.manifest import Manifest
    from vidsynth.sources.availability import absent_files
    from vidsynth.splits.modality import check
    from vidsynth.splits.modality.wording import check_text

    manifest = Manifest.read(file, root)
    found = check(manifest, allow_covered=allow_covered, missing=absent_files(manifest) if root else None)
    if picture is not None:
        from vidsynth.report.modality_matrix import write_matrix

        with writing(picture):
            write_matrix(picture, found)
    output.show(check_text(found), found.to_dict())
    if found.violations:
        sys.exit(3)
