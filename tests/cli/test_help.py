"""Help texts: every command has one, each with an example that is right."""

import re
from collections.abc import Callable, Iterator

import click
import pytest

from vidsynth.cli.main import main


def commands(command: click.Command, path: tuple[str, ...] = ("vidsynth",)) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, (*path, name))


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_for_and_shows_how(name: str, check_command: Callable[[str], None]) -> None:
    command = COMMANDS[name]
    text = command.get_help(click.Context(command, info_name=name))
    assert command.help and command.help.split("\n")[0].rstrip()[-1] in ".:,;", text
    assert max(map(len, text.splitlines())) <= 110, text  # an example stays in one piece
    for param in command.params:
        assert isinstance(param, click.Argument) or getattr(param, "help", ""), f"{name}: {param.name} says nothing"
    examples = re.findall(r"^ {2,4}(vidsynth .*)$", text, re.MULTILINE)
    if name not in ("vidsynth", "vidsynth splits", "vidsynth completion"):
        assert any(example.startswith(name) for example in examples), f"{name}: shows no example"
    for example in examples:
        check_command(example)


def test_the_checker_of_commands_finds_wrong_ones(check_command: Callable[[str], None]) -> None:
    check_command("vidsynth tubelets --src demo --out shards/ --set tubelets.count=3 > log  # a comment")
    for wrong in ("vidsynth tublets --src demo", "vidsynth tubelets --source demo", "vidsynth splits --src demo"):
        with pytest.raises(AssertionError, match="has no"):
            check_command(wrong)
