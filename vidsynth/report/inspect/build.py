"""What is in a build folder, finished or not."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from vidsynth.errors import ShardError
from vidsynth.jobs.task import open_generator
from vidsynth.report.amounts import size_text
from vidsynth.report.footage import Footage, footage
from vidsynth.report.inspect.aligned import aligned, but_for, most_frequent
from vidsynth.report.inspect.table import StoredColumn, stored_columns
from vidsynth.report.nearest import nearest_shipped
from vidsynth.shards.finish import failures_by_reason
from vidsynth.shards.folder import BuildFolder, Done
from vidsynth.shards.reader import Shards
from vidsynth.shards.schema import described_columns


@dataclass(frozen=True, slots=True)
class BuildFacts:
    """A build.

    samples : planned. rows : there are. absent : could not be made, for the reasons in `failures` (reason → videos).
    shards, shards_done : planned and there. seconds : of work. recipe : its hash. nearest : the shipped recipe that
    differs least, and `changes` its parameters that are others. source : its name, `split`, and what it says of
    itself. source_rows : of the manifest. columns : of the shards; none before the first is done.
    shows : clips, videos and classes; None of an unfinished build. versions : made with; empty of an unfinished one.
    resume : the command that goes on; None of a finished build.
    """

    path: str
    finished: bool
    generator: str
    samples: int
    rows: int
    absent: int
    failures: Mapping[str, int]
    shards: int
    shards_done: int
    bytes: int
    seconds: float
    recipe: str
    nearest: str | None
    changes: Sequence[str]
    payload: str
    source: str
    split: str | None
    about: Mapping[str, str]
    source_rows: int
    columns: Sequence[StoredColumn]
    shows: Footage | None
    versions: Mapping[str, str]
    resume: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": "build", **asdict(self), "shows": self.shows.to_dict() if self.shows else None}

    def text(self) -> str:
        """Return the facts for people."""
        left = self.shards - self.shards_done
        done = f"{self.shards} shards" if self.finished else f"{self.shards_done} of {self.shards} shards, {left} left"
        rows = [
            ("samples", f"{self.rows:,} of {self.samples:,}, in {done}, {size_text(self.bytes)}"),
            ("resume", self.resume or ""),
            ("recipe", f"{self.recipe[:12]}{f': {self.nearest}{but_for(self.changes)}' if self.nearest else ''}"),
            ("source", f"{self.source}{f', split {self.split}' if self.split else ''}: {self.source_rows:,} rows"),
            ("licence", self.about.get("licence", "")),
            ("forbids", self.about.get("forbids", "")),
            ("payload", self.payload),
            ("columns", ", ".join(column.text for column in self.columns)),
            *_shown(self.shows),
            ("absent", f"{self.absent:,} samples; videos: {most_frequent(self.failures)}" if self.absent else ""),
            ("made with", ", ".join(f"{name} {number}" for name, number in self.versions.items())),
        ]
        return aligned(f"{self.path}: {'a' if self.finished else 'an unfinished'} build of {self.generator}", rows)

    @property
    def answer(self) -> str:
        """The number of samples that are there."""
        return str(self.rows)


def inspect_build(out: Path) -> BuildFacts:
    """Return what is in a build folder. Raises RecipeError or ShardError if its files are damaged."""
    folder = BuildFolder(out)
    try:
        generator = open_generator(out)
    except (OSError, ValueError, KeyError) as error:  # pa.ArrowInvalid is a ValueError
        raise ShardError(f"{out}: what the build remembers of its videos is damaged: {error}") from None
    recipe, manifest = generator.recipe, generator.manifest
    done = list(folder.finished(recipe.hash()).values())
    shards = Shards(out) if folder.summary.exists() else None
    absent = [failure for one in done for failure in one.failures]
    # A finished build that was copied without its markers is as finished.
    summary = shards.summary if shards is not None else _so_far(done)
    schema = shards.schema if shards is not None else _schema(folder, done)
    near = nearest_shipped(recipe)
    quoted = shlex.quote(str(out)), shlex.quote(str(folder.recipe))
    return BuildFacts(
        path=str(out),
        finished=shards is not None,
        generator=generator.name,
        samples=len(generator),
        rows=summary["rows"],
        absent=summary["absent"],
        failures=summary["failures"] if shards is not None else failures_by_reason(absent),
        shards=len(generator.shards()),
        shards_done=len(summary["shards"]),
        bytes=summary["bytes"],
        seconds=summary["seconds"],
        recipe=recipe.hash(),
        nearest=near.name if near else None,
        changes=[key for key, _, _ in near.changes] if near else [],
        payload=recipe.payload.kind,
        source=recipe.source.name,
        split=recipe.source.split,
        about=manifest.about,
        source_rows=len(manifest),
        columns=stored_columns(schema, described_columns(schema)) if schema is not None else [],
        shows=footage(shards, manifest) if shards is not None else None,
        versions={"vidsynth": summary["vidsynth"], **summary["versions"]} if shards is not None else {},
        resume=None if shards is not None else f"vidsynth run {quoted[1]} --out {quoted[0]}",
    )


def _so_far(done: Sequence[Done]) -> dict[str, Any]:
    return {
        "rows": sum(one.rows for one in done),
        "absent": sum(len(one.failures) for one in done),
        "bytes": sum(one.bytes for one in done),
        "seconds": round(sum(one.seconds for one in done), 3),
        "shards": done,
    }


def _schema(folder: BuildFolder, done: Sequence[Done]) -> pa.Schema | None:
    if not done:
        return None
    with pa.memory_map(str(folder.path / done[0].file)) as source:
        return pa.ipc.open_file(source).schema


def _shown(shows: Footage | None) -> list[tuple[str, str]]:
    if shows is None or not shows.clips:
        return []
    span = f", {shows.span_s[1]:.2f} s each (median)" if shows.span_s else ""
    rows = [("shows", f"{shows.clips:,} clips of {shows.videos:,} videos{span}")]
    if shows.labels:
        even = f"entropy {100 * shows.evenness:.0f} % of an even distribution's"
        rows.append(("classes", f"{len(shows.labels):,}: {most_frequent(shows.labels)}; {even}"))
    return rows
