"""A build from start to end: what is asked, what is there already, what is to do, and closing it."""

from __future__ import annotations

import contextlib
import errno
import platform
import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from vidsynth.errors import BuildError, RecipeError, ShardError
from vidsynth.generator import Generator, recipe_type
from vidsynth.jobs.cores import usable_cores
from vidsynth.jobs.index import Index
from vidsynth.jobs.interrupt import terminated_is_interrupted
from vidsynth.jobs.local import execute
from vidsynth.jobs.progress import Progress
from vidsynth.jobs.task import Task, build_shard
from vidsynth.recipe import load_values
from vidsynth.report.card import write_card
from vidsynth.report.preview import write_preview
from vidsynth.shards.finish import summarise, write_failures, write_summary
from vidsynth.shards.folder import HIDDEN, BuildFolder, Done, write_atomically
from vidsynth.shards.reader import Shards, load

_NAMED_VERSIONS = ("av", "numba", "numpy", "opencv-python-headless", "pyarrow")
_PREVIEWED = 6


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
    workers : processes; by default one a core. 0 builds in this process, without protection from crashes.
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
    with _locked(folder), _full_disk_said(folder):
        _claim(folder, generator, overwrite=overwrite)
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
            _close(folder, generator, [done[number] for number in range(len(ranges))], ranges)
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
    # A task takes along the facts of its own videos: the index of all may be large.
    tasks = (Task(folder.path, recipe, number, index.known(generator.paths(ranges[number])), {}) for number in todo)
    failed = sum(len(shard.failures) for shard in done.values())
    rows = sum(shard.rows for shard in done.values())
    with terminated_is_interrupted(), Progress(len(generator), rows, failed, shown=progress) as bar:
        try:
            _stop_if_hopeless(folder, failed, most)
            for result in execute(build_shard, tasks, workers, video_timeout):
                done[result.done.shard] = result.done
                index.add(result.fresh)
                failed += len(result.done.failures)
                bar.add(result.done.rows, len(result.done.failures))
                _stop_if_hopeless(folder, failed, most)
        finally:
            index.save()


def _close(folder: BuildFolder, generator: Generator, done: Sequence[Done], ranges: Sequence[range]) -> None:
    """Write the reports and, last, vidsynth.json."""
    absent = write_failures(folder, done)
    if not any(shard.rows for shard in done):
        raise BuildError(
            f"{folder.path}: every sample failed; the first: {absent[0].video}: {absent[0].reason}"
            if absent
            else f"{folder.path}: there are no samples"
        )
    names = {shard.file for shard in done}
    for file in folder.data.glob("*"):
        if file.relative_to(folder.path).as_posix() not in names:
            file.unlink()
    facts = {
        "vidsynth": version("vidsynth"),
        "generator": generator.name,
        "recipe": generator.recipe.hash(),
        "manifest": generator.recipe.source.manifest,
        "samples": len(generator),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _NAMED_VERSIONS}},
    }
    summary = summarise(done, ranges, facts)
    shards = Shards(folder.path, summary=summary)
    shown = [shards[position] for position in _spread(len(shards), _PREVIEWED)]
    if generator.recipe.payload.kind == "none":
        shown = [generator[sample["index"]] for sample in shown]
    write_preview(folder.preview, shown)
    write_card(folder, shards, generator)
    write_summary(folder, summary)


def _spread(count: int, most: int) -> list[int]:
    return sorted({round(number * (count - 1) / max(1, most - 1)) for number in range(most)})


def _claim(folder: BuildFolder, generator: Generator, *, overwrite: bool) -> None:
    """Make the folder this recipe's, or make sure that it is. Raises ShardError."""
    recipe = generator.recipe
    others = [entry.name for entry in folder.path.iterdir() if entry.name not in (HIDDEN, ".gitattributes", ".git")]
    if folder.recipe.exists():
        try:
            values = load_values(folder.recipe)
            theirs = recipe_type(values.get("generator", "")).from_dict(values, str(folder.recipe))
        except RecipeError:
            if not overwrite:
                raise
            theirs = None
        if theirs is None or theirs.hash() != recipe.hash():
            if not overwrite:
                raise ShardError(_other_recipe(folder, theirs, recipe))
            _clear(folder)
    elif others and not overwrite:
        raise ShardError(
            f"{folder.path}: not empty, and no vidsynth build ({', '.join(sorted(others)[:3])}"
            f"{', …' if len(others) > 3 else ''}); choose another --out"
        )
    elif others:
        raise ShardError(f"{folder.path}: not empty, and no vidsynth build; --overwrite deletes only builds")
    for scratch in (folder.tmp, folder.crumb(0).parent):
        shutil.rmtree(scratch, ignore_errors=True)
    write_atomically(folder.root, str(generator.manifest.root.resolve()).encode())
    if not (folder.recipe.exists() and folder.manifest.exists()):
        generator.manifest.write(folder.manifest)
        write_atomically(folder.recipe, recipe.to_yaml().encode())  # last: it makes the folder this recipe's


def _clear(folder: BuildFolder) -> None:
    for path in (folder.summary, folder.recipe, folder.card, folder.preview, folder.failures, folder.manifest):
        path.unlink(missing_ok=True)
    for path in (folder.done, folder.data):
        shutil.rmtree(path, ignore_errors=True)


def _other_recipe(folder: BuildFolder, theirs: Any, ours: Any) -> str:
    lines = [f"{folder.path} holds another recipe ({theirs.hash()[:4]}… here, {ours.hash()[:4]}… asked)."]
    changes = theirs.diff(ours)
    width = max(len(key) for key, _, _ in changes)
    lines += [f"  {key:<{width}}   {_short(here)} → {_short(asked)}" for key, here, asked in changes]
    if any(key == "source.manifest" for key, _, _ in changes):
        lines.append(
            "The source's videos have changed since. To go on with those of then: "
            f"vidsynth run {shlex.quote(str(folder.recipe))} --out {shlex.quote(str(folder.path))}"
        )
    finished = len(folder.finished(theirs.hash()))
    lines.append(
        f"Resume needs the same recipe: choose another --out, or --overwrite to delete its {finished} finished shards."
    )
    return "\n".join(lines)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"


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


@contextlib.contextmanager
def _locked(folder: BuildFolder) -> Iterator[None]:
    """Hold the folder for this process. Raises ShardError if another build holds it."""
    try:
        folder.lock.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ShardError(f"{folder.path}: cannot be written: {error.strerror}") from None
    with folder.lock.open("w") as file:
        lock = _flock()
        if lock is not None:
            try:
                lock(file.fileno())
            except BlockingIOError:
                raise ShardError(f"{folder.path}: another vidsynth build is at work here") from None
            except OSError:
                pass  # a file system without locks: two builds would only do the same work twice
        yield


def _flock() -> Callable[[int], None] | None:
    try:
        import fcntl
    except ImportError:
        return None
    return lambda handle: fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextlib.contextmanager
def _full_disk_said(folder: BuildFolder) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "No space left" in str(error):
            raise BuildError(
                f"{folder.path}: the disk (or your quota) is full. Finished shards are safe: "
                "make room, and the same command resumes"
            ) from None
        if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ShardError(f"{error.filename or folder.path}: cannot be written: {error.strerror}") from None
        raise
