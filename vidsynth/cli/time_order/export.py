"""`vidsynth time-order export`: mp4 files, captions and questions."""

from __future__ import annotations

from pathlib import Path

import click

from vidsynth.cli.output import Output, output_options


@click.command("export")
@click.argument("bench", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@output_options
def command(bench: Path, folder: Path, output: Output) -> None:
    """Write a build as mp4 files with captions.csv, splits/test_v2.0.csv (as published) and questions.jsonl.

    \b
      vidsynth time-order export bench/ ToT-syn/
    """
    from vidsynth.benchmark.time_order import export

    count = export(bench, folder)
    output.show(exported(folder, count), {"folder": str(folder), "videos": count})


def exported(folder: Path, count: int) -> str:
    """Say what an export left."""
    files = "videos/, captions.csv, splits/test_v2.0.csv; questions.jsonl for multiple choice."
    return f"{folder}: {count} videos in {files}"
