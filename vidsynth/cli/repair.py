"""`vidsynth repair`: build again what is damaged."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from vidsynth.cli.names import LOCATION
from vidsynth.cli.output import Output, output_options

if TYPE_CHECKING:
    from vidsynth.store import Location


@click.command("repair")
@click.argument("out", type=LOCATION)
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one a core]")
@click.option("--dry-run", is_flag=True, help="Say what is damaged and what would be done; write nothing.")
@click.option(
    "--video-timeout",
    type=click.FloatRange(min=1),
    default=300.0,
    show_default=True,
    help="Seconds after which a video that holds up a worker is given up.",
)
@output_options
def command(out: Location, workers: int | None, dry_run: bool, video_timeout: float, output: Output) -> None:
    """Build again the damaged shards of a build, byte for byte, and only those; mend its reports and markers.

    \b
      vidsynth repair shards/ --dry-run
      vidsynth repair shards/

    Files that are not vidsynth's are named and left alone; the command then exits with 3.
    """
    from vidsynth.jobs.repair import repair

    found = repair(out, workers=workers, dry_run=dry_run, video_timeout=video_timeout, progress=output.progress)
    done = {
        "build": "would be built again" if dry_run else "built again",
        "mark": "its marker would be written again" if dry_run else "its marker written again",
        "report": "would be written again" if dry_run else "written again",
        "restore": "would be restored" if dry_run else "restored",
        "delete": "would be deleted" if dry_run else "deleted",
        "leave": "left alone",
    }
    lines = [f"{out}: {problem}: {done[problem.mend]}" for problem in found.problems]
    output.show(
        "\n".join(lines or [f"{out}: sound; nothing to repair."]),
        {"out": str(out), "dry_run": dry_run, "problems": [asdict(problem) for problem in found.problems]},
    )
    if found.left or (dry_run and found.problems):
        sys.exit(3)
