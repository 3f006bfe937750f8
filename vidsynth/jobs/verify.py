"""Checking a build: its files, and samples made anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vidsynth.errors import DecodeError, RecipeError
from vidsynth.evaluate import evaluate_one
from vidsynth.generator import Generator
from vidsynth.jobs.task import open_generator
from vidsynth.rng import Permutation
from vidsynth.shards.folder import BuildFolder
from vidsynth.shards.reader import Shards
from vidsynth.shards.schema import to_batch
from vidsynth.shards.verify import check


def verify(out: str | Path, *, rerender: int = 0, generator: Generator | None = None) -> list[str]:
    """Return what is wrong with a finished build, one line each; an empty list is a sound build.

    Parameters
    ----------
    rerender : how many samples to make again from their videos and compare byte for byte.
    generator : what to make them with (default: from the build's own recipe and videos).

    Raises ShardError if there is no finished build here.
    """
    problems = list(check(out))
    if rerender and not problems:
        problems += _rerendered(Path(out), rerender, generator or open_generator(Path(out)))
    return problems


def _rerendered(out: Path, count: int, generator: Generator) -> Iterator[str]:
    shards = Shards(out)
    recipe = generator.recipe
    if recipe.hash() != shards.summary["recipe"]:
        raise RecipeError(f"{BuildFolder(out).recipe}: not the recipe that the shards were built from")
    # Spread over the build by a permutation, so that a longer check repeats and extends a shorter one.
    order = Permutation(0, "verify", len(shards))
    for position in sorted(order.array(0, min(count, len(shards))).tolist()):
        stored = shards.row(position)
        index = stored.column("index")[0].as_py()
        try:
            sample = evaluate_one(generator, index)
        except DecodeError as error:
            yield f"sample {index}: cannot be made again: {error}"
            continue
        again = to_batch([sample], shards.schema, recipe.payload)
        different = [name for name in again.schema.names if not again.column(name).equals(stored.column(name))]
        if different:
            yield f"sample {index}: differs when made again, in {', '.join(different)}"
