"""What engines share: a task, tried as often as its workers die, without the videos that killed or held them up."""

from __future__ import annotations

import copy
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from vidsynth.errors import BuildError
from vidsynth.jobs.crumb import read_crumb

DEATHS = 5


class Task(Protocol):
    """What can be done in a worker, any number of times; a dataclass.

    refused : videos that are not to be opened, and why. crumb : the file that names the video in hand.
    title : what to call it in messages.
    """

    @property
    def refused(self) -> Mapping[str, str]: ...

    @property
    def crumb(self) -> Path: ...

    @property
    def title(self) -> str: ...


T = TypeVar("T", bound=Task)
R = TypeVar("R")


class Engine(Protocol):
    """What does tasks, somewhere."""

    def __call__(
        self, work: Callable[[T], R], tasks: Iterable[T], workers: int | None, video_timeout: float
    ) -> Iterator[R]:
        """Do tasks, yielding each result as it comes.

        work : does one; a function of a module, so that workers find it.
        workers : how many tasks are done at a time; by default, as many as there are cores.
        video_timeout : seconds that one video may hold up a worker.

        Raises BuildError if a task's workers keep dying without one video to blame, and whatever `work` raises.
        """


@dataclass(slots=True)
class Attempt:
    """A task, how often its worker died, and the video that was in hand then.

    crumb, since : which video it reads now, and when that was seen to change.
    """

    task: Any
    deaths: int = 0
    suspect: str | None = None
    crumb: tuple[str, str] | None = None
    since: float = 0.0

    def overstays(self, video_timeout: float) -> bool:
        """Tell whether one video holds up its worker for longer than that."""
        crumb = read_crumb(self.task.crumb)
        if crumb != self.crumb:
            self.crumb, self.since = crumb, time.monotonic()
        return crumb is not None and time.monotonic() - self.since > video_timeout

    def after_death(self, cause: str) -> Attempt:
        """Return the next attempt once the worker died: without the video that was in hand at an earlier death, too.
        (A single death may have had other causes.) Raises BuildError when it died too often."""
        crumb = read_crumb(self.task.crumb)
        if crumb is not None and self.suspect == crumb[0]:
            return self.without_video(f"killed the worker that read it, twice ({cause})")
        self.task.crumb.unlink(missing_ok=True)
        if self.deaths + 1 == DEATHS:
            raise BuildError(f"{self.task.title}: its worker died {DEATHS} times, at different videos ({cause})")
        return Attempt(self.task, self.deaths + 1, crumb[0] if crumb else None)

    def without_video(self, reason: str) -> Attempt:
        """Return the next attempt once the worker is gone: without the video that was in hand."""
        crumb = read_crumb(self.task.crumb)
        self.task.crumb.unlink(missing_ok=True)
        refused = {**self.task.refused, crumb[0]: reason} if crumb else self.task.refused
        return Attempt(replace(self.task, refused=refused))

    def after_timeout(self, video_timeout: float) -> Attempt:
        """Return the next attempt once the worker that overstayed is gone."""
        return self.without_video(f"held up a worker for more than {video_timeout:g} s")


def attempted(work: Callable[[Any], R], task: Any) -> tuple[bool, R | Exception]:
    """Do a task in a worker: return (True, its result), or (False, what it raised)."""
    try:
        return True, work(task)
    except Exception as error:
        return False, _portable(error)


def _portable(error: Exception) -> Exception:
    """Return an error that survives the way back, with the place where it was raised."""
    error.add_note(traceback.format_exc())
    try:
        copy.copy(error)  # made again as it will be there
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
