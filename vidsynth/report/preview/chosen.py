"""Which samples of a build are shown, and those samples."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidsynth.errors import DecodeError, RecipeError, ShardError, SourceError
from vidsynth.evaluate import Failure, evaluate
from vidsynth.generator import Generator
from vidsynth.jobs.task import open_generator
from vidsynth.report.preview.columns import Facts
from vidsynth.shards.reader import Shards


@dataclass(frozen=True, slots=True)
class Condition:
    """A column's name and what its value must be: a text, or a number in [low, high]."""

    column: str
    text: str
    range: tuple[float, float] | None

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read `COLUMN=VALUE` or `COLUMN=LOW..HIGH`, either end of which may be left out. Raises RecipeError."""
        column, equals, value = text.partition("=")
        if not equals or not column:
            raise RecipeError(f"--where {text}: write COLUMN=VALUE, or COLUMN=LOW..HIGH for numbers")
        low, dots, high = value.partition("..")
        try:
            span = (float(low or "-inf"), float(high or "inf")) if dots else None
        except ValueError:
            span = None  # dots inside a text
        return cls(column.strip(), value.strip(), span)

    def holds(self, value: Any) -> bool:
        """Tell whether a value is the one asked for; of a list, whether one of its items is."""
        if isinstance(value, list):
            return any(self.holds(item) for item in value)
        if isinstance(value, bool) or value is None:
            return self.text.lower() == str(value).lower()
        if isinstance(value, str):
            return self.text == value
        if self.range is not None:
            return self.range[0] <= float(value) <= self.range[1]
        try:
            return float(self.text) == float(value)
        except ValueError:
            return False


class Build:
    """A finished build, and those of its samples that are asked for.

    where : conditions, such as "labels=falling" or "y_after=5..20"; all must hold.
    positions : of the samples for which they do.

    Raises ShardError if there is no finished build or no such sample, RecipeError if there is no such column.
    """

    def __init__(self, out: str | Path, where: Sequence[str] = ()) -> None:
        self.shards = Shards(out)
        self.facts = Facts(self.shards)
        self.positions: Sequence[int] = range(len(self.shards))
        for condition in map(Condition.parse, where):
            values = self.facts.values(condition.column, self.positions)
            self.positions = [at for at, value in zip(self.positions, values, strict=True) if condition.holds(value)]
        if not self.positions:
            raise ShardError(f"{out}: none of its {len(self.shards)} samples has {' and '.join(where)}")

    def samples(self, positions: Sequence[int]) -> Iterator[Mapping[str, Any]]:
        """Yield samples; those of which only the plan is stored are rendered. Raises ShardError if one cannot be."""
        if self.shards.recipe["payload"]["kind"] != "none":
            yield from (self.shards[position] for position in positions)
            return
        try:
            indices = self.facts.values("index", positions)
            for sample in evaluate(self.generator, indices):
                if isinstance(sample, Failure):
                    raise DecodeError(sample.video, sample.reason)
                yield sample
        except (DecodeError, SourceError, OSError) as error:
            raise ShardError(
                f"{self.shards.folder.path}: it holds plans alone (payload none), and what they are rendered from "
                f"cannot be read: {error}"
            ) from None

    @functools.cached_property
    def generator(self) -> Generator:
        """What the build was made by, over the videos where they were then."""
        return open_generator(self.shards.folder.path)


def spread(items: Sequence[int], most: int) -> list[int]:
    """Return at most `most` items, evenly spread from the first to the last.

    >>> spread(range(10), 4)
    [0, 3, 6, 9]
    """
    last = len(items) - 1
    return [items[at] for at in sorted({round(number * last / max(1, most - 1)) for number in range(most)})]
