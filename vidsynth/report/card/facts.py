"""What a card says, before it is put into words: gathered once, for the card and for Croissant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vidsynth.columns import ValueColumn
from vidsynth.generator import Generator
from vidsynth.report.footage import Footage, footage
from vidsynth.report.nearest import Nearest, nearest_shipped
from vidsynth.report.papers import own_bibtex, papers, tasks
from vidsynth.shards.reader import Shards

# Of columns that every shard has; those of the generator describe themselves.
_COMMON = {
    "index": "the sample's number",
    "key": "its name",
    "plan": "every decision that made it; renders it again",
    "sources": "id, path, frame times (s) and sha256 of the decoded frames of each clip used",
}
_FORMS = {
    "raw": "uint8 RGB, raw bytes",
    "jpeg": "one JPEG a frame",
    "h264": "mp4 (H.264)",
    "lossless": "mp4 (H.264 RGB, lossless)",
    "array": "{dtype}, raw bytes",
}


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column as the card shows it. stored : what `described_columns` tells of it, or nothing."""

    name: str
    form: str
    shape: tuple[int, ...]
    stored: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Everything that a card says.

    name : of the folder. about : of the source. used : what the samples show. made_from : the nearest shipped recipe.
    bibtex : the papers', and vidsynth's own, last. tasks : of the Hub.
    """

    name: str
    shards: Shards
    generator: Generator
    about: Mapping[str, str]
    columns: Sequence[ColumnFacts]
    used: Footage
    made_from: Nearest | None
    bibtex: Sequence[str]
    tasks: Sequence[str]

    @classmethod
    def of(cls, shards: Shards, generator: Generator) -> CardFacts:
        """Gather them from a build whose shards are all there."""
        recipe = generator.recipe
        made_from = nearest_shipped(recipe)
        cited = papers(generator.name, made_from.name if made_from else None)
        return cls(
            name=shards.folder.path.resolve().name,
            shards=shards,
            generator=generator,
            about=generator.manifest.about,
            columns=[_column(name, shards, generator) for name in shards.schema.names],
            used=footage(shards, generator.manifest),
            made_from=made_from,
            bibtex=[*cited.values(), own_bibtex(shards.summary["vidsynth"])],
            tasks=tasks(generator.name),
        )


def _column(name: str, shards: Shards, generator: Generator) -> ColumnFacts:
    stored = shards.described.get(name, {})
    column = generator.columns.get(name)
    if stored:
        return ColumnFacts(name, _FORMS[stored["kind"]].format(**stored), tuple(stored["shape"]), stored)
    about = column.about if isinstance(column, ValueColumn) else _COMMON.get(name, "")
    kind = str(shards.schema.field(name).type) if isinstance(column, ValueColumn) else ""
    return ColumnFacts(name, "; ".join(filter(None, [about, kind.replace(": string", "")])), (), {})
