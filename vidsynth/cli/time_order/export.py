"""`vidsynth time-order export`: mp4 files, captions and questions."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("export")
@click.argument("bench", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
def command(bench: Path, folder: Path) -> None:
    """Write a build as mp4 files with captions.csv, splits/test_v2.0.csv (as published) and questions.jsonl.

    \b
      vidsynth time-order export bench/ ToT-syn/
    """
    export_and_report(bench, folder)


def export_and_report(bench: Path, folder: Path) -> None:
    """Export, and say what there is."""
    from vidsynth.benchmark.time_order import export

    count = export(bench, folder)
    click.echo(
        f"{folder}: {count} videos in videos/, captions.csv, splits/test_v2.0.csv; questions.jsonl for multiple choice."
    )
