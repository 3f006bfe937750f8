"""Mending a build: what is damaged is built again, byte for byte, and nothing else is touched."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vidsynth.errors import BuildError, RecipeError, ShardError, SourceError
from vidsynth.generator import Generator, recipe_type
from vidsynth.jobs.claim import tidy
from vidsynth.jobs.disk import disk_errors_said
from vidsynth.jobs.lock import locked
from vidsynth.jobs.run import build
from vidsynth.jobs.task import open_generator
from vidsynth.manifest import Manifest
from vidsynth.recipe import Recipe, load_values
from vidsynth.shards.finish import write_summary
from vidsynth.shards.folder import BuildFolder, Done, read_summary, resume_command, write_atomically
from vidsynth.shards.mirror import build_folder
from vidsynth.shards.records import recorded
from vidsynth.shards.seen import contents, to_text
from vidsynth.shards.sums import read_sums, sha256
from vidsynth.shards.verify import Problem, check, check_shards
from vidsynth.sources import known, layout, source


@dataclass(frozen=True, slots=True)
class Repair:
    """What was wrong with a build; all of it is mended but for what is `left`, which is somebody's own."""

    problems: Sequence[Problem]

    @property
    def shards(self) -> list[int]:
        """Return the numbers of the shards that had to be built again."""
        return sorted({problem.shard for problem in self.problems if problem.mend == "build"})

    @property
    def left(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.mend == "leave"]


def repair(
    out: str | Path,
    *,
    workers: int | None = None,
    video_timeout: float = 300.0,
    dry_run: bool = False,
    progress: bool = True,
) -> Repair:
    """Build again the damaged shards of a build, and only those; write its reports and markers again where need be.

    Of a build that is not finished, what is there is mended and the rest is built. A repair that was cut short is
    repeated, or resumed like any build.

    Parameters
    ----------
    workers, video_timeout, progress : as for `build`.
    dry_run : only say what is wrong.

    Raises ShardError if there is no build, the recipe or the table of videos is itself damaged, or a shard cannot be
    restored because its videos have changed; and what `build` raises.
    """
    folder = build_folder(out)
    if not folder.has_markers and folder.path != Path(out):
        raise ShardError(
            f"{out}: only folders are repaired. Delete the damaged shards there (`vidsynth verify {out}` names them); "
            f"then this builds them again: {resume_command(folder)}"
        )
    if not folder.recipe.exists() and not folder.done.exists():
        raise ShardError(f"{out}: no build here (neither recipe.yaml nor markers of shards)")
    with disk_errors_said(folder.path), locked(folder):
        summary = _summary(folder)
        recipe = _trusted_recipe(folder, summary)
        found = Repair(list(check(folder.path) if folder.summary.exists() else check_shards(folder, None)))
        if dry_run or (folder.summary.exists() and len(found.left) == len(found.problems)):
            return found
        _restore(folder, recipe)
        generator = open_generator(str(folder))
        expected = {record.done.shard: record.done for record in recorded(folder, summary)} if summary else {}
        _prepare(folder, generator, found, expected)
    build(generator, folder.path, workers=workers, video_timeout=video_timeout, progress=progress)
    with locked(folder):
        _hold_against(folder, found.shards, expected, summary)
    return found


def _summary(folder: BuildFolder) -> dict[str, Any] | None:
    """Return what vidsynth.json holds, if it is there and sound."""
    if read_sums(folder).get(folder.summary, (digest := sha256(folder.summary))) != digest:
        return None
    try:
        return read_summary(folder)
    except ShardError:
        return None


def _trusted_recipe(folder: BuildFolder, summary: Mapping[str, Any] | None) -> Recipe:
    """Return the recipe that the shards were built from. Raises ShardError if recipe.yaml is not it."""
    built = {done.recipe for done in folder.markers().values()} | ({summary["recipe"]} if summary else set())
    try:
        values = load_values(folder.recipe)
        recipe = recipe_type(values.get("generator", "")).from_dict(values, str(folder.recipe))
    except RecipeError as error:
        reason = str(error) if str(folder.recipe) in str(error) else f"{folder.recipe}: {error}"
    else:
        if not built or recipe.hash() in built:
            return recipe
        was = summary["recipe"] if summary else min(built)
        reason = f"{folder.recipe}: not the recipe of the shards beside it ({was[:4]}… then, {recipe.hash()[:4]}… now)"
    raise ShardError(
        f"{reason}. Nothing was touched. Put it back as it was (its text stands in {folder.card.name}, too)"
    )


def _restore(folder: BuildFolder, recipe: Recipe) -> None:
    """See to it that recipe and table of videos are as the build left them. Raises ShardError if they cannot be."""
    text = recipe.to_yaml().encode()
    if folder.recipe.read_bytes() != text:
        write_atomically(folder.recipe, text)
    digest = read_sums(folder).get(folder.manifest)
    with contextlib.suppress(OSError, SourceError):
        table = Manifest.open_arrow(folder.manifest, "").table
        if Manifest(table, "").hash() == recipe.source.manifest and digest in (None, sha256(folder.manifest)):
            return
    with contextlib.suppress(SourceError, OSError, UnicodeDecodeError):
        manifest = _read_source(recipe, Path(folder.root.read_text(encoding="utf-8")))
        if manifest.hash() == recipe.source.manifest:
            manifest.write(folder.manifest)
            return
    raise ShardError(
        f"{folder.manifest}: the table of the build's videos is damaged, and its source gives another now. No shard "
        "was touched. Build anew with a copy of recipe.yaml: `vidsynth run COPY --src SOURCE --out FOLDER`"
    )


def _read_source(recipe: Recipe, root: Path) -> Manifest:
    """Read the table of videos once more from where they lie. Raises SourceError."""
    asked = recipe.source
    makes_its_own = layout(asked.name).default_root if asked.name in known() else None
    if asked.name in known() and (makes_its_own is None or makes_its_own().resolve() == root):
        return source(asked.name, root=root, split=asked.split, classes=asked.classes)
    return source(root, split=asked.split, classes=asked.classes)  # a source that makes videos makes none there


def _prepare(folder: BuildFolder, generator: Generator, found: Repair, expected: Mapping[int, Done]) -> None:
    """Leave the folder as if the build had been cut short where it is damaged."""
    again = set(found.shards)
    for problem in found.problems:
        if problem.mend == "delete":
            (folder.path / problem.file).unlink(missing_ok=True)
        elif problem.mend == "mark" and problem.shard not in again:
            if problem.shard in expected:
                _mark(folder, generator, expected[problem.shard])
            else:
                folder.unmark({problem.shard})
    folder.unmark(again)
    tidy(folder, range(len(generator.shards())), alone=True)
    folder.summary.unlink(missing_ok=True)


def _mark(folder: BuildFolder, generator: Generator, done: Done) -> None:
    """Write a shard's marker anew, with what is recorded of it and what its videos are now."""
    indices = generator.shards()[done.shard]
    videos = to_text(contents(generator.manifest.root, generator.paths(indices), lambda path: None))
    folder.mark(dataclasses.replace(done, videos=videos))


def _hold_against(
    folder: BuildFolder, again: Sequence[int], expected: Mapping[int, Done], summary: dict[str, Any] | None
) -> None:
    """Make sure that shards which were built again are what they were; then the build is, to the byte."""
    markers = folder.markers()
    others = [number for number in again if number in expected and markers[number].sha256 != expected[number].sha256]
    if others:
        folder.summary.unlink(missing_ok=True)
        folder.unmark(set(others))
        for number in others:
            (folder.path / expected[number].file).unlink(missing_ok=True)
        raise BuildError(
            f"{', '.join(expected[number].file for number in others[:3])}{', …' if len(others) > 3 else ''}: cannot be "
            "restored: made again, its bytes differ, because videos or libraries have changed since. All other shards "
            f"are safe. To build from what is there now:\n  {resume_command(folder)}"
        )
    if summary is not None:
        for number in again:
            folder.mark(dataclasses.replace(markers[number], seconds=expected[number].seconds))
        write_summary(folder, summary)
