"""Every error that vidsynth raises on purpose.

    VidsynthError
    ├── RecipeError         a recipe, an option or an argument is wrong
    ├── SourceError         a data set's root, its annotations or a manifest is wrong
    ├── DecodeError         a video (or one frame of it) cannot be read
    ├── ShardError          a build folder holds something else, or is damaged
    │   └── Mismatch        a file's bytes are not those that vidsynth.json tells of
    ├── BuildError          a build stopped: too many failures, or no worker survived
    ├── HubError            the Hub cannot be reached, or does not take what is sent
    │   └── AccessError     the token for the Hub is missing, wrong, or may not write there
    ├── StoreError          what a URL names is not there, or not yours to read or write
    │   └── Unreachable     the network or a server failed, and went on failing
    └── MissingDependency   an optional package is not installed

A message says what was wrong, where, and what to do next. The command line prints it as it is,
without a traceback, and exits with 2 (1 for BuildError, HubError and Unreachable, 3 for Mismatch).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class VidsynthError(Exception):
    """Base of all errors that a user can mend."""

    exit_code = 2


class RecipeError(VidsynthError):
    """A parameter is unknown, of the wrong type, or out of its range."""


class SourceError(VidsynthError):
    """A source is not where it was looked for, or its files do not say what they should."""


class DecodeError(VidsynthError):
    """A video cannot be opened or decoded.

    `path` names the file; `reason` is a short sentence that groups equal causes in reports. Both in one
    string will do: PyTorch rebuilds a worker's error from its text.
    """

    def __init__(self, path: str, reason: str = "") -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.reason else self.path


class ShardError(VidsynthError):
    """A build folder belongs to another recipe, is in use, or is damaged."""


class Mismatch(ShardError):
    """A file's bytes are not those that vidsynth.json tells of."""

    exit_code = 3


class BuildError(VidsynthError):
    """A build could not be finished though its input was well formed."""

    exit_code = 1


class HubError(VidsynthError):
    """The Hub cannot be reached, or does not take what is sent to it."""

    exit_code = 1


class AccessError(HubError):
    """The token for the Hub is missing, wrong, or may not write there."""

    exit_code = 2


class StoreError(VidsynthError):
    """What a URL names is not there, or its store does not let it be read or written.

    `url` names it, without secrets; `reason` is a short sentence. `missing`: it is not there.
    """

    def __init__(self, url: str, reason: str = "not there") -> None:
        super().__init__(url, reason)
        self.url, self.reason = url, reason

    def __str__(self) -> str:
        return f"{self.url}: {self.reason}"

    @property
    def missing(self) -> bool:
        return self.reason == "not there"


class Unreachable(StoreError):
    """A store could not be reached, or broke off, however often it was tried."""

    exit_code = 1


class MissingDependency(VidsynthError):
    """An optional package is needed; the message holds the command that installs it."""


_LONGEST_NAME = 200


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `"; did you mean 'x'?"` for the known name closest to `name`, or an empty string."""
    if len(str(name)) > _LONGEST_NAME:  # no name that somebody mistyped, and slow to compare
        return ""
    close = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
