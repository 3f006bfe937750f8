"""A build from start to end: what is asked, what is there already, what is to do, and closing it."""

from __future__ import annotations

import contextlib
from collections.abc import Generator as Iteration
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vidsynth.errors import BuildError, RecipeError
from vidsynth.generator import Generator
from vidsynth.jobs.attempt import Engine
from vidsynth.jobs.claim import claim
from vidsynth.jobs.close import close
from vidsynth.jobs.disk import disk_errors_said
from vidsynth.jobs.engines import engine
from vidsynth.jobs.index import Index
from vidsynth.jobs.interrupt import terminated_is_interrupted
from vidsynth.jobs.lock import locked
from vidsynth.jobs.report import BuildReport
from vidsynth.jobs.slices import Slice
from vidsynth.jobs.task import Result, Task, build_shard
from vidsynth.jobs.watch import Watch
from vidsynth.shards.folder import BUNDLE, HIDDEN, BuildFolder, Done
from vidsynth.shards.mirror import build_folder
from vidsynth.shards.reader import Shards
from vidsynth.shards.seen import Seen


@dataclass(frozen=True, slots=True)
class Settings:
    """How to build; no byte of the samples depends on it. See `build`."""

    engine: str = "local"
    ray_address: str | None = None
    workers: int | None = None
    max_failures: str | int | None = None
    retry_failed: bool = False
    overwrite: bool = False
    video_timeout: float = 300.0
    progress: bool = True
    log_json: str | None = None


def build(
    generator: Generator,
    out: str | Path,
    *,
    workers: int | None = None,
    max_failures: str | int | None = None,
    retry_failed: bool = False,
    overwrite: bool = False,
    video_timeout: float = 300.0,
    progress: bool = True,
    engine: str = "local",
    ray_address: str | None = None,
    log_json: str | None = None,
) -> Shards:
    """Build every sample of a generator into a folder of shards, and open it.

    What the folder holds already of the same recipe is kept, so calling this again resumes. Scripts
    that call it with workers need the usual `if __name__ == "__main__":`.

    Parameters
    ----------
    out : the folder, or a URL that fsspec opens (`s3://bucket/out`): shards then lie on this disk only while they
        are written.
    workers : processes; by default one a core. 0 builds in this process, where nothing protects it from a video
        that crashes a decoder.
    max_failures : stop once more samples have failed: a number, or a share of all, such as "1%".
    retry_failed : build those shards again from which samples are absent.
    overwrite : delete what another recipe left in the folder.
    video_timeout : seconds that one video may hold up a worker before it is given up.
    progress : show a bar on standard error.
    engine : `local`, or `ray`: on a Ray cluster whose nodes all see the folder and the videos at the same paths.
    ray_address : of the cluster (default: RAY_ADDRESS, or else a cluster of this machine alone).
    log_json : a file to which lines of JSON are appended, one a finished shard; `-` is standard error.

    Raises ShardError if the folder holds another recipe, is no build folder, or another build is at
    work in it; BuildError if too many samples fail, none is left, or the disk is full; StoreError if a URL cannot
    be written (Unreachable, if it can no longer).
    """
    settings = Settings(
        engine, ray_address, workers, max_failures, retry_failed, overwrite, video_timeout, progress, log_json
    )
    run(generator, out, settings)
    return Shards(build_folder(out))


def run(generator: Generator, out: str | Path, settings: Settings, part: Slice | None = None) -> BuildReport:
    """Build, or resume, a whole folder and close it; or one slice of it, beside others. Return what it came to.

    Of a slice, `max_failures` speaks of the slice's own samples. Raises what `build` does.
    """
    if part and settings.overwrite:
        raise RecipeError(
            "--overwrite: would delete what other slices are building; leave --shards out, or empty --out first"
        )
    execute = engine(settings.engine, settings.ray_address)
    folder = build_folder(out)
    ours = part or Slice(1, 1)
    ranges = generator.shards()
    numbers = ours.shards(len(ranges))
    report = BuildReport(str(part) if part else None, sum(len(ranges[number]) for number in numbers), len(numbers))
    most = _most_failures(settings.max_failures, report.samples)
    with disk_errors_said(folder.path), locked(folder, part), terminated_is_interrupted():
        claim(folder, generator, overwrite=settings.overwrite, shards=ours, alone=part is None)
        done = folder.finished(generator.recipe.hash())
        if settings.retry_failed:
            again = {number for number in numbers if number in done and done[number].failures}
            folder.unmark(again)
            done = {number: shard for number, shard in done.items() if number not in again}
        for number in numbers:
            if number in done:
                report.keep(done[number])
        todo = [number for number in numbers if number not in done]
        status = folder.status(report.slice)
        with Watch(report, status, log=settings.log_json, shown=settings.progress) as watch:
            watch.begin({"out": str(folder), "generator": generator.name, "engine": settings.engine})
            if todo or not (part or folder.summary.exists()):
                folder.reopen()
                _stop_if_hopeless(folder, report.absent, most)
                results = _built(folder, generator, ranges, todo, done, ours, execute, settings)
                with contextlib.closing(results):  # ends the workers, whatever ends this
                    for result in results:
                        watch.add(result)
                        _stop_if_hopeless(folder, report.absent, most)
                folder.clear_scratch(ours)  # what workers that died left
                if part is None:
                    close(folder, generator, [done[number] for number in numbers], ranges)
    return report


def _built(
    folder: BuildFolder,
    generator: Generator,
    ranges: Sequence[range],
    todo: Sequence[int],
    done: dict[int, Done],
    ours: Slice,
    execute: Engine,
    settings: Settings,
) -> Iteration[Result, None, None]:
    """Build the shards that are to do, adding their markers to `done`."""
    index = Index(generator.manifest.root)
    recipe = generator.recipe.hash()
    seen = Seen(shard.videos for shard in done.values())
    out = str(folder)

    def task(number: int) -> Task:
        # A task takes along the facts of its own videos: the index of all may be large.
        paths = generator.paths(ranges[number])
        return Task(out, recipe, number, index.known(paths), {}, seen.of(paths))

    loose = [done[number] for number in folder.loose() if number in done and number in ours]
    try:
        for result in execute(build_shard, map(task, todo), settings.workers, settings.video_timeout):
            if not seen.add(result.done.videos):
                folder.unmark({result.done.shard})
                raise BuildError(
                    f"{folder}: videos of shard {result.done.shard} changed while others read them; "
                    "the same command resumes, without those videos"
                )
            done[result.done.shard] = result.done
            loose.append(result.done)
            if len(loose) >= BUNDLE:
                folder.bundle(loose)
                loose.clear()
            index.add(result.fresh)
            yield result
    finally:
        index.save()


def _most_failures(asked: str | int | None, total: int) -> int | None:
    """Return how many samples may fail. Raises RecipeError."""
    if asked is None:
        return None
    text = str(asked).strip()
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = -1
    share = text.endswith("%")
    if number < 0 or (share and number > 100) or not (share or number.is_integer()):
        raise RecipeError(f"max_failures: must be a number of samples or a share such as 1%, not {asked!r}")
    return int(total * number / 100) if share else int(number)


def _stop_if_hopeless(folder: BuildFolder, failed: int, most: int | None) -> None:
    if most is not None and failed > most:
        raise BuildError(
            f"{failed} samples have failed, more than the {most} allowed (--max-failures); "
            f"reasons are in {folder}/{HIDDEN}/done. What is finished stays, and the same command resumes"
        )
