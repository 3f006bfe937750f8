"""Checking a build: its files, and samples made anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vidsynth.errors import DecodeError, RecipeError
from vidsynth.evaluate import evaluate_one
from vidsynth.generator import Generator
from vidsynth.jobs.task import open_generator
from vidsynth.rng import Permutation
from vidsynth.shards.mirror import build_folder
from vidsynth.shards.reader import Shards
from vidsynth.shards.schema import to_batch, to_value
from vidsynth.shards.verify import check


def verify(out: str | Path, *, rerender: int = 0, generator: Generator | None = None) -> list[str]:
    """Return what is wrong with a finished build, one line each; an empty list is a sound build.

    Parameters
    ----------
    out : the folder, or its URL: each shard then lies on this disk while it is looked at.
    rerender : how many samples to make again from their videos and compare: byte for byte, but for arrays that
        say how far they may differ between processors of different kinds (`ArrayColumn.tolerance`).
    generator : what to make them with (default: from the build's own recipe and videos).

    Raises ShardError if there is no finished build here.
    """
    problems = [str(problem) for problem in check(out)]
    if rerender and not problems:
        problems += _rerendered(out, rerender, generator or open_generator(out))
    return problems


def _rerendered(out: str | Path, count: int, generator: Generator) -> Iterator[str]:
    shards = Shards(build_folder(out))
    recipe = generator.recipe
    if recipe.hash() != shards.summary["recipe"]:
        raise RecipeError(f"{out}/recipe.yaml: not the recipe that the shards were built from")
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
        different = [name for name in again.schema.names if not _equal(name, again, stored, shards.described)]
        if different:
            yield f"sample {index}: differs when made again, in {', '.join(different)}"


def _equal(
    name: str, again: pa.RecordBatch, stored: pa.RecordBatch, described: Mapping[str, Mapping[str, Any]]
) -> bool:
    """Tell whether a column of one row is the same: to the byte, but for what processors calculate differently."""
    one, other = again.column(name), stored.column(name)
    if one.equals(other):
        return True
    tolerance = described.get(name, {}).get("tolerance")
    if tolerance is not None:
        first, second = (to_value(column, 0, described[name]).astype(np.float64) for column in (one, other))
        return bool(np.all(np.abs(first - second) <= tolerance))
    if name == "sources" and any("tolerance" in facts for facts in described.values()):
        # What was read was itself calculated: its hash may differ, not where it came from.
        return [_place(source) for source in one[0].as_py()] == [_place(source) for source in other[0].as_py()]
    return False


def _place(source: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in source.items() if key != "sha256"}
