"""Closing a build whose slices were built apart; or saying what it lacks."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidsynth.errors import ShardError
from vidsynth.jobs.close import close
from vidsynth.jobs.disk import disk_errors_said
from vidsynth.jobs.lock import known_slices, locked, slices_at_work
from vidsynth.jobs.slices import Slice
from vidsynth.jobs.task import open_generator
from vidsynth.shards.folder import resume_command
from vidsynth.shards.mirror import build_folder

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Finished:
    """What `finish` found: `missing` shards of `shards`; none, and the build is closed.

    slices : those that the missing shards are of, where all slices that were begun were of one number.
    at_work : slices that are being built now.
    """

    out: str
    shards: int
    missing: tuple[int, ...]
    slices: tuple[Slice, ...]
    at_work: tuple[Slice, ...]

    def commands(self) -> list[str]:
        """Return what builds the missing shards: a command a slice, or one for all."""
        command = resume_command(build_folder(self.out))
        idle = [part for part in self.slices if part not in self.at_work]
        return [f"{command} --shards {part}" for part in idle] if self.slices else [command] if self.missing else []

    def values(self) -> dict[str, Any]:
        """Return this as plain values, for JSON."""
        return {
            "out": str(self.out),
            "finished": not self.missing,
            "shards": self.shards,
            "missing": list(self.missing),
            "slices": [str(part) for part in self.slices],
            "at_work": [str(part) for part in self.at_work],
            "commands": self.commands(),
        }

    def text(self) -> str:
        """Return what is missing, in a few lines."""
        lines = [f"{self.out}: {len(self.missing)} of {self.shards} shards are missing: {spans(self.missing)}."]
        if self.at_work:
            names = spans([part.number for part in self.at_work])
            lines.append(f"Still at work: slices {names} of {self.at_work[0].of}.")
        commands = self.commands()
        if len(commands) > 1:
            numbers = [part.number for part in self.slices if part not in self.at_work]
            lines.append(f"They are of slices {spans(numbers)} of {self.slices[0].of}.")
        if commands:
            lines += ["Build them with:", *(f"  {command}" for command in commands[:_NAMED])]
        if len(commands) > _NAMED:
            lines.append(f"  … and {len(commands) - _NAMED} more; or all on one machine, without --shards")
        return "\n".join(lines)


def finish(out: str | Path) -> Finished:
    """Close a build if all its shards are there: write its reports and, last, vidsynth.json.

    Raises ShardError if there is no build, or one is at work here though nothing is missing; BuildError if no sample
    is left.
    """
    folder = build_folder(out)
    if not folder.recipe.exists():
        raise ShardError(f"{folder}: no build here (no recipe.yaml)")
    generator = open_generator(str(folder))
    ranges = generator.shards()
    done = folder.finished(generator.recipe.hash())
    missing = tuple(number for number in range(len(ranges)) if number not in done)
    if missing:
        counts = {part.of for part in known_slices(folder)}
        of = counts.pop() if len(counts) == 1 else None
        slices = tuple(Slice(number + 1, of) for number in sorted({shard % of for shard in missing})) if of else ()
        return Finished(str(folder), len(ranges), missing, slices, tuple(slices_at_work(folder)))
    if not folder.summary.exists():
        with disk_errors_said(folder.path), locked(folder):
            close(folder, generator, [done[number] for number in range(len(ranges))], ranges)
    return Finished(str(folder), len(ranges), (), (), ())


def spans(numbers: list[int] | tuple[int, ...], most: int = 12) -> str:
    """Return ascending numbers in words.

    >>> spans([1, 2, 3, 7, 9, 10])
    '1-3,7,9-10'
    """
    groups = [list(group) for _, group in itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    words = [f"{g[0][1]}-{g[-1][1]}" if len(g) > 1 else str(g[0][1]) for g in groups]
    return ",".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")
