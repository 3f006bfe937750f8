"""The three forms of every report: text for people, one JSON document, or nothing.

                 standard output                        standard error
    (usual)      the report                             notes and a progress bar
    --json       one JSON document, whatever happened   notes and a progress bar
    --quiet      the bare answer, of commands that      errors only
                 list or count; else nothing

The exit code is the same in all of them. The keys of a document are those of the report that the library returns;
they are added to, not renamed. A number that is infinite or none is null.
"""

from __future__ import annotations

import functools
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import click

Command = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Output:
    """Which form was asked for."""

    as_json: bool = False
    quiet: bool = False

    @property
    def progress(self) -> bool:
        """Tell whether a progress bar is wanted."""
        return not self.quiet

    def show(self, text: str, values: Mapping[str, Any], answer: str = "") -> None:
        """Print a report: as `text`, as the JSON document `values`, or its bare answer, if it has one."""
        if self.as_json:
            click.echo(json.dumps(_plain(values), indent=1))
        elif not self.quiet:
            click.echo(text)
        elif answer:
            click.echo(answer)

    def mismatch(self, problems: Sequence[str], values: Mapping[str, Any]) -> NoReturn:
        """Print what was found wrong, a line each on standard error or all in the JSON document, and exit with 3."""
        if self.as_json:
            self.show("", values)
        for problem in problems:
            self.note(f"vidsynth: {problem}")
        sys.exit(3)

    def note(self, text: str) -> None:
        """Print what is worth knowing beside the report, on standard error."""
        if not self.quiet:
            click.echo(text, err=True)


def output_options(command: Command) -> Command:
    """Add --json and --quiet; the command gets them as one argument, `output`."""

    @click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON document.")
    @click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors, or the bare answer.")
    @functools.wraps(command)
    def with_output(*args: Any, as_json: bool, quiet: bool, **options: Any) -> Any:
        if as_json and quiet:
            raise click.UsageError("--json and --quiet: give one, a document or nothing")
        return command(*args, output=Output(as_json, quiet), **options)

    return with_output


def _plain(value: Any) -> Any:
    """Return a value that is JSON: numbers without a value become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
