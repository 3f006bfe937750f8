"""What every command that builds does, once it has a generator."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidsynth.cli.output import Output

if TYPE_CHECKING:
    from vidsynth.generator import Generator
    from vidsynth.shards.reader import Shards


def build_and_report(
    generator: Generator,
    out: Path | None,
    *,
    workers: int | None,
    dry_run: bool,
    max_failures: str | None,
    retry_failed: bool,
    overwrite: bool,
    video_timeout: float,
    output: Output,
) -> None:
    """Build, or estimate; print what came of it. Exits with 130 when interrupted."""
    from vidsynth.jobs.estimate import estimate
    from vidsynth.jobs.run import build

    if dry_run:
        found = estimate(generator, workers=workers)
        output.show(found.text(), asdict(found))
        return
    if out is None:
        raise click.UsageError("--out is needed: the folder to build into (or --dry-run, to see what it would take)")
    resume = f"vidsynth run {shlex.quote(str(out / 'recipe.yaml'))} --out {shlex.quote(str(out))}"
    try:
        shards = build(
            generator,
            out,
            workers=workers,
            max_failures=max_failures,
            retry_failed=retry_failed,
            overwrite=overwrite,
            video_timeout=video_timeout,
            progress=output.progress,
        )
    except KeyboardInterrupt:
        if (out / "recipe.yaml").exists():
            output.note(f"\nvidsynth: interrupted; finished shards are kept. Resume with:\n  {resume}")
        raise
    _report(shards, resume, output)


def _report(shards: Shards, resume: str, output: Output) -> None:
    from vidsynth.report.amounts import size_text

    summary, out = shards.summary, shards.folder.path
    look = f"Look at {shards.folder.preview}; read" if shards.folder.preview.exists() else "Read"
    facts = ("generator", "recipe", "samples", "rows", "absent", "failures", "bytes", "seconds")
    output.show(
        f"{out}: {len(shards)} samples in {len(summary['shards'])} shards, {size_text(summary['bytes'])}. "
        f"{look} with vidsynth.load({str(out)!r}).",
        {"out": str(out), **{name: summary[name] for name in facts}, "shards": len(summary["shards"])},
    )
    if summary["absent"]:
        videos = sum(summary["failures"].values())
        output.note(
            f"vidsynth: {videos} video{'s' if videos != 1 else ''} could not be read; the {summary['absent']} of "
            f"{summary['samples']} samples that need them are absent, listed in {shards.folder.failures}.\n"
            + "\n".join(reasons(summary["failures"]))
            + f"\nTry these again: {resume} --retry-failed"
        )


def reasons(failures: dict[str, int], most: int = 12) -> Sequence[str]:
    """Return a line for each of the first `most` reasons, with how many videos it concerns."""
    lines = [f"  {count:>6}  {reason}" for reason, count in failures.items()]
    return [*lines[:most], f"  … and {len(lines) - most} more reasons"] if len(lines) > most else lines
