"""Parameters that name something vidsynth ships, so that a shell can complete them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from vidsynth.store import Location


class Name(click.ParamType[str]):
    """A text that may be one of some names, or a path: a file is completed, too. What else it is, the library says."""

    name = "text"

    @abstractmethod
    def known(self, command: str) -> Iterable[str]:
        """Return the names that suit a command."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        names = [name for name in self.known(ctx.info_name or "") if name.startswith(incomplete)]
        return [CompletionItem(incomplete, type="file"), *map(CompletionItem, names)]  # bash forgets what comes before


class SourceName(Name):
    """A source, a folder or a manifest."""

    def known(self, command: str) -> Iterable[str]:
        from vidsynth.sources import known

        return known()


class RecipeName(Name):
    """A shipped recipe or a YAML file. Those are offered that are named as the command, if there are any."""

    def known(self, command: str) -> Iterable[str]:
        from vidsynth.recipe import shipped

        names = shipped()
        return [name for name in names if name.startswith(command)] or names


class ClassList(Name):
    """A shipped class list or a text file."""

    def known(self, command: str) -> Iterable[str]:
        from vidsynth.sources.classes import shipped

        return shipped()


class Words(click.ParamType[str]):
    """A text that is usually one of some words. Others are for the library to refuse, with the nearest word."""

    name = "text"

    def __init__(self, *words: str) -> None:
        self._words = words

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(word) for word in self._words if word.startswith(incomplete)]


class FolderOrUrl(click.ParamType[Any]):
    """A folder (or a file of one), or a URL for it."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Location:
        from vidsynth.store import folder_location

        return folder_location(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


LOCATION = FolderOrUrl()
SOURCE, RECIPE, CLASSES = SourceName(), RecipeName(), ClassList()
