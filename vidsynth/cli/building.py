"""What every command that builds does, once it has a generator."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from vidsynth.generator import Generator
    from vidsynth.shards.reader import Shards


def build_and_report(
    generator: Generator, out: Path | None, *, dry_run: bool, part: str | None, **settings: Any
) -> None:
    """Build, or estimate; print what came of it. Exits with 130 when interrupted.

    part : the slice to build, if not all. settings : those of `vidsynth.jobs.run.Settings`.
    """
    from vidsynth.jobs.estimate import estimate
    from vidsynth.jobs.run import Settings, run
    from vidsynth.jobs.slices import parse_slice
    from vidsynth.shards.reader import load

    if dry_run:
        click.echo(estimate(generator, workers=settings["workers"]).text())
        return
    if out is None:
        raise click.UsageError("--out is needed: the folder to build into (or --dry-run, to see what it would take)")
    asked = parse_slice(part) if part else None
    resume = f"vidsynth run {shlex.quote(str(out / 'recipe.yaml'))} --out {shlex.quote(str(out))}"
    again = f"{resume} --shards {asked}" if asked else resume
    try:
        report = run(generator, out, Settings(**settings), asked)
    except KeyboardInterrupt:
        if (out / "recipe.yaml").exists():
            click.echo(f"\nvidsynth: interrupted; finished shards are kept. Resume with:\n  {again}", err=True)
        raise
    if asked is None:
        _report(load(out), resume)
    else:
        click.echo(
            f"{out}: slice {asked} is built: {report.rows} samples in {report.shards} shards, {report.absent} absent. "
            f"When every slice is: vidsynth finish {shlex.quote(str(out))}"
        )
    if (took := report.text()) and settings["log_json"] != "-":  # a log there says it, and is to be all that is there
        click.echo(took, err=True)


def _report(shards: Shards, resume: str) -> None:
    from vidsynth.report.amounts import size_text

    summary, out = shards.summary, shards.folder.path
    look = f"Look at {shards.folder.preview}; read" if shards.folder.preview.exists() else "Read"
    click.echo(
        f"{out}: {len(shards)} samples in {len(summary['shards'])} shards, {size_text(summary['bytes'])}. "
        f"{look} with vidsynth.load({str(out)!r})."
    )
    if summary["absent"]:
        videos = sum(summary["failures"].values())
        click.echo(
            f"vidsynth: {videos} video{'s' if videos != 1 else ''} could not be read; the {summary['absent']} of "
            f"{summary['samples']} samples that need them are absent, listed in {shards.folder.failures}.\n"
            + "\n".join(reasons(summary["failures"]))
            + f"\nTry these again: {resume} --retry-failed",
            err=True,
        )


def reasons(failures: dict[str, int], most: int = 12) -> Sequence[str]:
    """Return a line for each of the first `most` reasons, with how many videos it concerns."""
    lines = [f"  {count:>6}  {reason}" for reason, count in failures.items()]
    return [*lines[:most], f"  … and {len(lines) - most} more reasons"] if len(lines) > most else lines
