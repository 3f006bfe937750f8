"""Every command in the pages exists with all its options; every Python block runs or compiles; every table is true."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import yaml

import vidsynth
from vidsynth.cli.main import main
from vidsynth.generator import recipe_type
from vidsynth.manifest import Manifest
from vidsynth.recipe import load_values, parse_yaml, shipped
from vidsynth.splits.before_after.presets import PRESETS as BEFORE_AFTER
from vidsynth.splits.domain.presets import PRESETS as DOMAIN
from vidsynth.splits.modality.spec import load_spec

LANGUAGES = {"console", "csv", "json", "python", "sh", "text", "toml", "yaml"}
OURS = "vidsynth "
# What a person types in these pages and vidsynth does not provide.
SHELL_WORDS = {
    "cat", "cd", "echo", "eval", "export", "ls", "mkdocs", "pip", "pytest", "python", "ray", "srun",
    "_VIDSYNTH_COMPLETE=bash_source",
}  # fmt: skip
ADDED = {"blinking", "halves", "gestures"}  # by the tutorials, which are followed in test_tutorials.py


def words_of(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise AssertionError(f"{command}: {error}") from None


def asked(command: str) -> click.Context:
    """Parse a command line as click does, and return the context of the innermost command."""
    context = main.make_context("vidsynth", words_of(command)[1:])
    while isinstance(context.command, click.Group) and (
        rest := [*getattr(context, "_protected_args", ()), *context.args]
    ):
        name, found, rest = context.command.resolve_command(context, rest)
        assert found is not None
        context = found.make_context(name, rest, parent=context)
    return context


def test_languages_are_known(block: Any) -> None:
    assert block.language in LANGUAGES, f"{block}: {block.language!r}"


def test_commands_and_their_options_exist(block: Any) -> None:
    if block.language not in ("sh", "console"):
        return
    assert block.commands, block
    for command in block.commands:
        command = re.sub(r"^(VIDSYNTH_\w+=\S+ )+", "", command)
        if ADDED.intersection(words_of(command)):
            continue
        if not command.startswith(OURS):
            first = command.split()[0]
            assert first in SHELL_WORDS, f"{block}: {first}"
            continue
        if command.endswith((" --help", " --version")):
            command = command.rpartition(" ")[0]
        try:
            context = asked(command)
        except click.exceptions.NoArgsIsHelpError:
            continue
        except click.BadParameter as error:
            if "does not exist" not in error.message:  # a file of the reader's
                raise AssertionError(f"{block}: {command}: {error.message}") from None
            continue
        except click.UsageError as error:
            raise AssertionError(f"{block}: {command}: {error.format_message()}") from None
        check_names(f"{block}: {command}", context)


def check_names(where: str, context: click.Context) -> None:
    """Check the names of recipes, presets and parameters that a command line mentions."""
    given = context.params
    command = context.command_path.removeprefix("vidsynth ")
    recipe = given.get("recipe") if command != "run" else None
    if command == "recipes":
        recipe = given["name"]
    if command == "proxy":
        recipe = recipe or given["task"]
    if recipe and not recipe.endswith(".yaml"):
        assert recipe in shipped(), f"{where}: no recipe {recipe}"
    if given.get("preset"):
        assert given["preset"] in (DOMAIN if command == "splits domain" else BEFORE_AFTER), where
    if command == "splits modality" and not given["name"].endswith(".yaml"):
        load_spec(given["name"])
    if recipe and not recipe.endswith(".yaml") and given.get("changes"):
        values = load_values(recipe)
        changes = dict(change.split("=", 1) for change in given["changes"])
        found = recipe_type(values["generator"]).from_dict(values)
        found.with_changes({key: parse_yaml(f"v: {value}", where)["v"] for key, value in changes.items()}, where)


def test_python_compiles(block: Any) -> None:
    if block.language == "python":
        compile(block.text, str(block), "exec")


def test_data_parses(block: Any) -> None:
    parsers: dict[str, Callable[[str], object]] = {"yaml": yaml.safe_load, "toml": tomllib.loads, "json": json.loads}
    if block.language in parsers and block.mark != "excerpt":
        parsers[block.language](block.text)


def test_examples_run_and_print_what_they_say(
    runnable_page: str, pages: Mapping[str, list[Any]], demo_build: Path, demo_cache: Path
) -> None:
    """Blocks after `<!-- run -->` are one program, in a folder that holds a build of the demo."""
    blocks = [block for block in pages[runnable_page] if block.mark == "run"]
    program = "\n".join(block.text for block in blocks)
    file = demo_build / (runnable_page.replace("/", "-").replace(".md", "") + ".py")
    file.write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, file.name],
        cwd=demo_build,
        env=os.environ | {"VIDSYNTH_CACHE": str(demo_cache)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    said = re.findall(r"^ *print\(.*\)  # (.*)$", program, re.MULTILINE)
    assert said, f"{runnable_page} promises nothing"
    assert done.stdout.splitlines() == said


# --- tables of what a paper sets and what our parameters are: `<!-- checked: recipe NAME -->` before a table ---


def settings(kind: str, name: str) -> dict[str, Any]:
    """Return every parameter of a recipe (as resolved for some videos), of a preset or of a specification."""
    if kind == "recipe":
        values = load_values(name)
        videos = Manifest.from_columns({"path": [f"{n}.mp4" for n in range(80)]}, ".")
        return recipe_type(values["generator"]).from_dict(values).resolve(videos).to_dict()
    if kind == "before-after":
        return BEFORE_AFTER[name].rules().to_dict()
    if kind == "domain":
        return DOMAIN[name].rules.to_dict()
    assert kind == "modality", kind
    return load_spec(name).to_dict()


def checked_tables(docs: Path, page: str) -> Iterator[tuple[str, str, list[list[str]]]]:
    text = (docs / page).read_text(encoding="utf-8")
    for found in re.finditer(r"^<!-- checked: (\S+) (\S+) -->\n((?:^\|.*\n)+)", text, re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in found[3].splitlines()[2:]]
        yield found[1], found[2], lines


def test_tables_of_settings_are_true(page: str, docs: Path) -> None:
    marks = re.findall(r"<!-- checked: ", (docs / page).read_text(encoding="utf-8"))
    tables = list(checked_tables(docs, page))
    assert len(tables) == len(marks), f"{page}: a mark stands before no table"
    for kind, name, lines in tables:
        found = settings(kind, name)
        for cells in lines:
            key, said = cells[1].strip("`"), yaml.safe_load(cells[2].strip("`"))
            value: Any = found
            for part in key.split("."):
                assert part in value, f"{page}: {name} has no {key}"
                value = value[part]
            assert value == said, f"{page}: {name}: {key} is {value}, not {said}"


def test_each_paper_has_a_table_and_a_citation(docs: Path) -> None:
    for file in (docs / "papers").glob("*.md"):
        text = file.read_text(encoding="utf-8")
        assert "<!-- checked: " in text or file.name == "severe.md", file
        assert re.search(r"^@\w+\{\w+,$", text, re.MULTILINE), f"{file}: no BibTeX"


def test_nothing_is_named_that_the_package_does_not_have(docs: Path) -> None:
    """Every public name has its place in the page of the Python API."""
    text = (docs / "python-api.md").read_text(encoding="utf-8")
    for name in vidsynth.__all__:
        assert name == "__version__" or f"vidsynth.{name}" in text, name


# --- messages that the page on troubles quotes: `<!-- message -->` before a block, `…` for what varies ---


def said_by_the_package() -> str:
    """Return every string of the package's code, a line each, with `…` for what is filled in."""
    found = []
    for file in Path(vidsynth.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                pieces = [str(piece.value) if isinstance(piece, ast.Constant) else "…" for piece in node.values]
                found.append("".join(pieces))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)


def test_quoted_messages_are_those_of_the_package(pages: Mapping[str, list[Any]]) -> None:
    package = said_by_the_package()
    quoted = [block for blocks in pages.values() for block in blocks if block.mark == "message"]
    assert len(quoted) > 10
    for block in quoted:
        for piece in re.split(r"['\"`]?…['\"`]?", block.text.strip()):
            assert piece.strip() in package, f"{block}: nothing says {piece!r}"
