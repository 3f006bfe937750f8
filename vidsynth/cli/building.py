"""What every command that builds does, once it has a generator."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from vidsynth.cli.output import Output
from vidsynth.errors import Unreachable

if TYPE_CHECKING:
    from vidsynth.generator import Generator
    from vidsynth.jobs.report import BuildReport
    from vidsynth.shards.reader import Shards
    from vidsynth.store import Location


def build_and_report(
    generator: Generator, out: Location | None, *, dry_run: bool, part: str | None, output: Output, **settings: Any
) -> None:
    """Build, or estimate; print what came of it. Exits with 130 when interrupted.

    part : the slice to build, if not all. settings : those of `vidsynth.jobs.run.Settings`.
    """
    from vidsynth.errors import BuildError, VidsynthError
    from vidsynth.jobs.estimate import estimate
    from vidsynth.jobs.run import Settings, run
    from vidsynth.jobs.slices import parse_slice
    from vidsynth.shards.folder import resume_command
    from vidsynth.shards.mirror import build_folder
    from vidsynth.shards.reader import Shards

    if dry_run:
        found = estimate(generator, workers=settings["workers"])
        output.show(found.text(), asdict(found))
        return
    if out is None:
        raise click.UsageError("--out is needed: the folder to build into (or --dry-run, to see what it would take)")
    folder = build_folder(out)
    asked = parse_slice(part) if part else None
    resume = resume_command(folder)
    again = f"{resume} --shards {asked}" if asked else resume
    try:
        report = run(generator, out, Settings(**settings, progress=output.progress), asked)
    except KeyboardInterrupt:
        if folder.recipe.exists():
            output.note(f"\nvidsynth: interrupted; finished shards are kept. Resume with:\n  {again}")
        raise
    except Unreachable as error:
        if not folder.recipe.exists():
            raise
        reason = f"{error.reason}\nFinished shards are safe. Resume with:\n  {again}"
        raise Unreachable(error.url, reason) from None
    except BuildError as error:
        raise BuildError(f"{error}\nWhat is finished is kept. Resume with:\n  {again}") from None
    except Exception as error:
        if not isinstance(error, VidsynthError) and folder.recipe.exists():
            output.note(f"vidsynth: stopped; finished shards are kept. Resume with:\n  {again}")
        raise
    if asked is None:
        _report(Shards(folder), report, resume, output)
    else:
        text = (
            f"{out}: slice {asked} is built: {report.rows} samples in {report.shards} shards, {report.absent} absent. "
            f"When every slice is: vidsynth finish {shlex.quote(str(out))}"
        )
        output.show(text, {"out": str(out), "run": report.values()})
    if (took := report.text()) and settings["log_json"] != "-":  # a log there says it, and is to be all that is there
        output.note(took)


def _report(shards: Shards, report: BuildReport, resume: str, output: Output) -> None:
    from vidsynth.report.amounts import size_text

    summary, out = shards.summary, str(shards.folder)
    look = f"Look at {out}/{shards.folder.preview.name}; read" if shards.folder.preview.exists() else "Read"
    text = (
        f"{out}: {len(shards)} samples in {len(summary['shards'])} shards, {size_text(summary['bytes'])}. "
        f"{look} with vidsynth.load({out!r})."
    )
    facts = ("generator", "recipe", "samples", "rows", "absent", "failures", "bytes", "seconds")
    values = {name: summary[name] for name in facts}
    output.show(
        text,
        {"out": str(out), **values, "shards": len(summary["shards"]), "run": report.values()},
    )
    if summary["absent"]:
        videos = sum(summary["failures"].values())
        output.note(
            f"vidsynth: {videos} video{'s' if videos != 1 else ''} could not be read; the {summary['absent']} of "
            f"{summary['samples']} samples that need them are absent, listed in {out}/{shards.folder.failures.name}.\n"
            + "\n".join(reasons(summary["failures"]))
            + f"\nTry these again: {resume} --retry-failed"
        )


def reasons(failures: dict[str, int], most: int = 12) -> Sequence[str]:
    """Return a line for each of the first `most` reasons, with how many videos it concerns."""
    lines = [f"  {count:>6}  {reason}" for reason, count in failures.items()]
    return [*lines[:most], f"  … and {len(lines) - most} more reasons"] if len(lines) > most else lines
