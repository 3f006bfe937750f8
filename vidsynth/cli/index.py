"""`vidsynth index`: probe every video of a source, once."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from vidsynth.cli.names import LOCATION, SOURCE
from vidsynth.cli.output import Output, output_options

if TYPE_CHECKING:
    from vidsynth.store import Location


@click.command("index")
@click.argument("src", type=SOURCE)
@click.option("--root", type=LOCATION, help="Where the source's videos lie: a folder or URL.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one a core]")
@click.option("--retry-failed", is_flag=True, help="Open again what could not be read before.")
@click.option(
    "--video-timeout",
    type=click.FloatRange(min=1),
    default=60.0,
    show_default=True,
    help="Seconds after which a video that holds up a worker is given up.",
)
@output_options
def command(
    src: str, root: Location | None, workers: int | None, retry_failed: bool, video_timeout: float, output: Output
) -> None:
    """Read the facts of every video of a source, once: frames, times, size, colour, or why it cannot be read.

    \b
      vidsynth index charades --root /data/charades
      vidsynth index videos/

    Commands that need the videos later find their facts here. Only new and changed videos are opened; the same
    command resumes.
    """
    from vidsynth.cli.building import reasons
    from vidsynth.jobs.index import Index, index_videos
    from vidsynth.sources import source

    manifest = source(src, root=root, split="all")
    paths = sorted(set(manifest.table["path"].to_pylist()))
    try:
        found = index_videos(
            manifest.root,
            paths,
            workers=workers,
            video_timeout=video_timeout,
            retry_failed=retry_failed,
            progress=output.progress,
        )
    except KeyboardInterrupt:
        resume = shlex.join(["vidsynth", *sys.argv[1:]])
        output.note(f"\nvidsynth: interrupted; what was probed is kept. Resume with:\n  {resume}")
        raise
    file = Index(manifest.root).file
    output.show(
        f"{manifest.root}: {found.videos:,} videos, {found.fresh:,} of them opened now; index in {file}",
        {"root": str(manifest.root), "index": str(file), **asdict(found)},
    )
    if found.unreadable:
        counts: dict[str, int] = {}
        for reason in found.unreadable.values():
            counts[reason] = counts.get(reason, 0) + 1
        output.note(
            f"vidsynth: {len(found.unreadable):,} cannot be read (--json lists them; --retry-failed tries again):\n"
            + "\n".join(reasons(dict(sorted(counts.items(), key=lambda item: -item[1]))))
        )
