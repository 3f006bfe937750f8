"""`vidsynth sources check`: annotation files against videos."""

from __future__ import annotations

from pathlib import Path

import click

from vidsynth.cli.names import SOURCE
from vidsynth.cli.output import Output, output_options


@click.command("check")
@click.argument("name", type=SOURCE)
@click.option("--root", type=click.Path(path_type=Path), help="Where the data set lies.")
@click.option(
    "--probe", is_flag=True, help="Open every video found, as `vidsynth index` does to see if it can be read."
)
@click.option("--missing", type=click.Path(path_type=Path), help="Write the names of missing videos here, one a line.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes for --probe.  [default: one a core]")
@output_options
def command(
    name: str, root: Path | None, probe: bool, missing: Path | None, workers: int | None, output: Output
) -> None:
    """Compare a data set's annotation files with the videos that are there.

    \b
      vidsynth sources check charades --root /data/charades
      vidsynth sources check k400 --probe --missing missing.txt

    Says what is expected, found, missing, unreadable, unexpected and there twice, and which annotation rows make
    no sense, with file and line. Exits with 0 whatever is missing.
    """
    from vidsynth.errors import SourceError
    from vidsynth.sources.check import check

    report = check(name, root)
    if probe:
        from vidsynth.jobs.index import index_videos

        probed = index_videos(report.root, report.found, workers=workers, progress=output.progress)
        report = report.with_unreadable(probed.unreadable)
    if missing is not None:
        try:
            missing.write_text("".join(f"{file}\n" for file in report.missing), encoding="utf-8")
        except OSError as error:
            raise SourceError(f"{missing}: cannot be written: {error.strerror}") from None
    output.show(report.text(), report.to_json())
    if missing is not None:
        output.note(f"the {len(report.missing):,} missing are listed in {missing}")
