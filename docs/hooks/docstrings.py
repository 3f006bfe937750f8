"""Signatures and docstrings of the package's public names, as Markdown, read from the source without importing it."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

_Definition = ast.FunctionDef | ast.ClassDef
_FIELD = re.compile(r"^([\w`*.…\[\]]+(?:, [\w`*.…]+)*) : (.*)$")


def documented(root: Path, name: str) -> str:
    """Return the section of a name such as `vidsynth.shards.reader.load`: what it is, and a class's public methods."""
    module, _, own = name.rpartition(".")
    found = _definition(root, module, own)
    text = [f"### {own}", _code(found, own), f"`from {module} import {own}`", _markdown(found)]
    if isinstance(found, ast.ClassDef):
        for method in _methods(found):
            text += [f"#### {own}.{method.name}", _code(method, method.name), _markdown(method)]
    return "\n\n".join(part for part in text if part) + "\n"


def _definition(root: Path, module: str, name: str) -> _Definition:
    """Return the definition of a name, following a package's `from … import name`."""
    path = root.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = ast.parse(file.read_text(encoding="utf-8"))
    homes = {}
    for node in reversed(tree.body):  # the last one: those before are overloads
        if isinstance(node, _Definition) and node.name == name:
            return node
        for inner in ast.walk(node):  # also under `if TYPE_CHECKING:`
            if isinstance(inner, ast.ImportFrom) and inner.module:
                homes |= {alias.name: inner.module for alias in inner.names}
    if name not in homes:
        raise LookupError(f"{module} has no {name}")
    return _definition(root, homes[name], name)


def _methods(found: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    for node in found.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and ast.get_docstring(node):
            yield node


def _code(found: _Definition, name: str) -> str:
    if isinstance(found, ast.ClassDef):
        init = next((n for n in found.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
        fields = [n for n in found.body if isinstance(n, ast.AnnAssign) and "ClassVar" not in ast.unparse(n.annotation)]
        arguments = _arguments(init) if init else [ast.unparse(field) for field in fields]
        returns = ""
    else:
        if any(isinstance(mark, ast.Name) and mark.id == "property" for mark in found.decorator_list):
            return f"```python\n{name}: {ast.unparse(found.returns) if found.returns else ''}\n```"
        arguments, returns = _arguments(found), f" -> {ast.unparse(found.returns)}" if found.returns else ""
    line = f"{name}({', '.join(arguments)}){returns}"
    if len(line) > 88:
        line = f"{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + f"){returns}"
    return f"```python\n{line}\n```"


def _arguments(function: ast.FunctionDef) -> list[str]:
    """Return the arguments as they stand, without self or cls."""
    given = function.args
    names = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(names) - len(given.defaults)) + list(given.defaults)
    out = [_argument(name, default) for name, default in zip(names, defaults, strict=True)]
    if given.vararg:
        out.append(f"*{_argument(given.vararg, None)}")
    elif given.kwonlyargs:
        out.append("*")
    out += [_argument(name, default) for name, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    if given.kwarg:
        out.append(f"**{_argument(given.kwarg, None)}")
    return out[1:] if names and names[0].arg in ("self", "cls") else out


def _argument(name: ast.arg, default: ast.expr | None) -> str:
    text = name.arg + (f": {ast.unparse(name.annotation)}" if name.annotation else "")
    return text + (f" = {ast.unparse(default)}" if default else "")


def _markdown(found: _Definition) -> str:
    """Return a docstring as Markdown: paragraphs, `name : text` lines as lists, examples as code."""
    out = []
    for paragraph in (ast.get_docstring(found) or "").split("\n\n"):
        lines = [line for line in paragraph.splitlines() if not re.fullmatch(r"\s*-{4,}", line)]
        if lines[:1] == ["Parameters"]:
            out.append("**Parameters**")
            lines = lines[1:]
        if not lines:
            continue
        if lines[0].startswith(">>>"):
            out.append("```pycon\n" + "\n".join(line.partition("  # doctest")[0] for line in lines) + "\n```")
        elif _FIELD.match(lines[0]):
            out.append("\n".join(_list(lines)))
        elif lines[0].startswith("    "):
            out.append("```text\n" + textwrap.dedent("\n".join(lines)) + "\n```")
        else:
            out.append("\n".join(lines))
    return "\n\n".join(out)


def _list(lines: list[str]) -> Iterator[str]:
    for line in lines:
        field = _FIELD.match(line)
        yield f"- **`{field[1].replace('`', '')}`** {field[2]}" if field else f"    {line.strip()}"
