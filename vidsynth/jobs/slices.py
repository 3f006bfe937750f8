"""A slice: the shards of a build that one of several machines is given."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from vidsynth.errors import RecipeError


@dataclass(frozen=True, slots=True)
class Slice:
    """Slice `number` of `of`, counted from 1: the shards k with k mod of = number - 1.

    Every of-th shard, not a block of neighbours: videos are sorted by name, so neighbours are alike in length, and
    blocks would end at very different times. Shards share no work, so that nothing is read twice.
    """

    number: int
    of: int

    def __contains__(self, shard: object) -> bool:
        return isinstance(shard, int) and shard % self.of == self.number - 1

    def shards(self, count: int) -> range:
        """Return the slice's shards, of `count` in all."""
        return range(self.number - 1, count, self.of)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def parse_slice(text: str, environ: Mapping[str, str] = os.environ) -> Slice:
    """Return the slice that `3/64` names, or, for `slurm`, that of this task of a Slurm array.

    Raises RecipeError.
    """
    if text.strip().lower() == "slurm":
        return _of_array(environ)
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
    if not found:
        raise RecipeError(f"--shards {text}: write i/n, such as 3/64, or slurm in a Slurm array")
    number, of = int(found[1]), int(found[2])
    if not 1 <= number <= of:
        raise RecipeError(f"--shards {text}: slices count from 1: 1/{of or 'n'} to {of or 'n'}/{of or 'n'}")
    return Slice(number, of)


def _of_array(environ: Mapping[str, str]) -> Slice:
    names = {word: f"SLURM_ARRAY_TASK_{word}" for word in ("ID", "MIN", "MAX", "STEP", "COUNT")}
    if names["ID"] not in environ:
        raise RecipeError("--shards slurm: this is no task of a Slurm array (no SLURM_ARRAY_TASK_ID); write i/n")
    facts = {word: environ.get(name, "1" if word == "STEP" else "") for word, name in names.items()}
    for word, value in facts.items():
        if not re.fullmatch(r"\d+", value):
            raise RecipeError(f"--shards slurm: {names[word]} is {value or 'not set'}, no number; write i/n")
    task, least, most, step, count = (int(facts[word]) for word in ("ID", "MIN", "MAX", "STEP", "COUNT"))
    number, beside = divmod(task - least, step) if step else (0, 1)
    if beside or not 0 <= number < count or least + (count - 1) * step != most:
        raise RecipeError(
            f"--shards slurm: task {task} of {count}, from {least} to {most}, is of no evenly spaced array; "
            "name the number of slices yourself: --shards $SLURM_ARRAY_TASK_ID/n"
        )
    return Slice(number + 1, count)
