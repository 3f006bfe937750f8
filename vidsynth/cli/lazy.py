"""Groups of commands that are imported only when called, so that `--help` is quick."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class LazyGroup(click.Group):
    """A group that knows of its commands where each lives and what it is for.

    commands_in : name → (the module whose `command` it is, its line in the help).
    more : the entry point group by which installed packages add commands of their own.
    """

    def __init__(
        self, *args: Any, commands_in: Mapping[str, tuple[str, str]], more: str | None = None, **settings: Any
    ) -> None:
        super().__init__(*args, **settings)
        self._commands_in = commands_in
        self._more = more

    @functools.cached_property
    def _added(self) -> dict[str, EntryPoint]:
        if self._more is None:
            return {}
        from importlib.metadata import entry_points

        points = sorted(entry_points(group=self._more), key=lambda point: point.name)
        return {point.name: point for point in points if point.name not in self._commands_in}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self._commands_in, *self._added]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._commands_in:
            command: click.Command = importlib.import_module(self._commands_in[cmd_name][0]).command
            return command
        return _loaded(self._added[cmd_name]) if cmd_name in self._added else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, text) for name, (_, text) in self._commands_in.items()]
                # Not loaded for a line of help: that would be slow, and a broken package would take the help along.
                + [(name, f"(from {_package(point)})") for name, point in self._added.items()]
            )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [
            CompletionItem(name, help=text)
            for name, (_, text) in self._commands_in.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in self._commands_in and not name.startswith("-") and name not in self._added:
            from vidsynth.errors import nearest

            ctx.fail(f"no command {name!r}{nearest(name, self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)


def _loaded(point: EntryPoint) -> click.Command:
    try:
        command = point.load()
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
    else:
        if isinstance(command, click.Command):
            return command
        why = "no click command"
    raise click.ClickException(f"{point.name}: {point.value}, from the package {_package(point)}, is not usable: {why}")


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value
