"""Closing a build whose shards are all there: the reports and, last, vidsynth.json."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version

from vidsynth.errors import BuildError
from vidsynth.generator import Generator
from vidsynth.jobs.claim import tidy
from vidsynth.report.card import write_card
from vidsynth.report.preview import write_preview
from vidsynth.shards.finish import summarise, write_failures, write_summary
from vidsynth.shards.folder import BuildFolder, Done
from vidsynth.shards.reader import Shards

_NAMED_VERSIONS = ("av", "numba", "numpy", "opencv-python-headless", "pyarrow")
_PREVIEWED = 6


def close(folder: BuildFolder, generator: Generator, done: Sequence[Done], ranges: Sequence[range]) -> None:
    """Write the reports and, last, vidsynth.json. Raises BuildError if no sample is left."""
    absent = write_failures(folder, done)
    if not any(shard.rows for shard in done):
        raise BuildError(
            f"{folder}: every sample failed; the first: {absent[0].video}: {absent[0].reason}"
            if absent
            else f"{folder}: there are no samples"
        )
    # A worker outlives a killed build, if only for a moment.
    tidy(folder, range(len(ranges)), alone=True)
    folder.keep_only(shard.file for shard in done)
    facts = {
        "vidsynth": version("vidsynth"),
        "generator": generator.name,
        "recipe": generator.recipe.hash(),
        "manifest": generator.recipe.source.manifest,
        "samples": len(generator),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _NAMED_VERSIONS}},
    }
    summary = summarise(done, ranges, facts)
    shards = Shards(folder, summary=summary)
    shown = [shards[position] for position in _spread(len(shards), _PREVIEWED)]
    if generator.recipe.payload.kind == "none":
        shown = [generator[sample["index"]] for sample in shown]
    write_preview(folder.preview, shown)
    write_card(folder, shards, generator)
    write_summary(folder, summary)
    folder.publish()


def _spread(count: int, most: int) -> list[int]:
    return sorted({round(number * (count - 1) / max(1, most - 1)) for number in range(most)})
