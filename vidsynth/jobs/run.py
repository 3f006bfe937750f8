"""A build from start to end: what is asked, what is there already, what is to do, and closing it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from vidsynth.errors import BuildError, RecipeError
from vidsynth.generator import Generator
from vidsynth.jobs.claim import claim
from vidsynth.jobs.close import close
from vidsynth.jobs.cores import usable_cores
from vidsynth.jobs.disk import disk_errors_said
from vidsynth.jobs.index import Index
from vidsynth.jobs.interrupt import terminated_is_interrupted
from vidsynth.jobs.local import execute
from vidsynth.jobs.lock import locked
from vidsynth.jobs.progress import Progress
from vidsynth.jobs.task import Task, build_shard
from vidsynth.shards.folder import BuildFolder, Done
from vidsynth.shards.reader import Shards, load
from vidsynth.shards.seen import Seen


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
) -> Shards:
    """Build every sample of a generator into a folder of shards, and open it.

    What the folder holds already of the same recipe is kept, so calling this again resumes. Scripts
    that call it with workers need the usual `if __name__ == "__main__":`.

    Parameters
    ----------
    out : the folder.
    workers : processes; by default one a core. 0 builds in this process.
    max_failures : stop once more samples have failed: a number, or a share of all, such as "1%".
    retry_failed : build those shards again from which samples are absent.
    overwrite : delete what another recipe left in the folder.
    video_timeout : seconds that one video may hold up a worker before it is given up.
    progress : show a bar on standard error.

    Raises ShardError if the folder holds another recipe, is no build folder, or another build is at
    work in it; BuildError if too many samples fail, none is left, or the disk is full.
    """
    folder = BuildFolder(Path(out))
    most = _most_failures(max_failures, len(generator))
    with disk_errors_said(folder.path), locked(folder):
        claim(folder, generator, overwrite=overwrite)
        done = folder.finished(generator.recipe.hash())
        if retry_failed:
            for number in [number for number, shard in done.items() if shard.failures]:
                folder.unmark(number)
                del done[number]
        ranges = generator.shards()
        todo = [number for number in range(len(ranges)) if number not in done]
        if todo or not folder.summary.exists():
            folder.summary.unlink(missing_ok=True)
            _work(folder, generator, ranges, todo, done, workers, most, video_timeout, progress)
            close(folder, generator, [done[number] for number in range(len(ranges))], ranges)
    return load(folder.path)


def _work(
    folder: BuildFolder,
    generator: Generator,
    ranges: Sequence[range],
    todo: Sequence[int],
    done: dict[int, Done],
    workers: int | None,
    most: int | None,
    video_timeout: float,
    progress: bool,
) -> None:
    """Build the shards that are to do, adding their markers to `done`."""
    workers = min(usable_cores() if workers is None else workers, len(todo))
    index = Index(generator.manifest.root)
    recipe = generator.recipe.hash()
    seen = Seen(shard.videos for shard in done.values())

    def task(number: int) -> Task:
        # A task takes along the facts of its own videos: the index of all may be large.
        paths = generator.paths(ranges[number])
        return Task(folder.path, recipe, number, index.known(paths), {}, seen.of(paths))

    failed = sum(len(shard.failures) for shard in done.values())
    rows = sum(shard.rows for shard in done.values())
    with terminated_is_interrupted(), Progress(len(generator), rows, failed, shown=progress) as bar:
        try:
            _stop_if_hopeless(folder, failed, most)
            for result in execute(build_shard, map(task, todo), workers, video_timeout):
                if not seen.add(result.done.videos):
                    folder.unmark(result.done.shard)
                    raise BuildError(
                        f"{folder.path}: videos of shard {result.done.shard} changed while others read them; "
                        "the same command resumes, without those videos"
                    )
                done[result.done.shard] = result.done
                index.add(result.fresh)
                failed += len(result.done.failures)
                bar.add(result.done.rows, len(result.done.failures))
                _stop_if_hopeless(folder, failed, most)
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
            f"reasons are in {folder.done}/*.json. What is finished stays, and the same command resumes"
        )
