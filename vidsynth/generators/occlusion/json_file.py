"""Reading JSON that others wrote: bounded, and faults are named with their file and field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from vidsynth.errors import SourceError

MAX_BYTES = 256 << 20  # parsed JSON takes up to twenty times as much memory
T = TypeVar("T")
_WORDS = {dict: "an object", list: "a list", str: "a string", int: "a whole number"}


def read_json(path: Path) -> tuple[Any, str]:
    """Return what a JSON file holds, and the sha256 of its bytes. Raises SourceError."""
    data = read_bytes(path, MAX_BYTES)
    try:
        value = json.loads(data, parse_constant=_refuse)
    except RecursionError:
        raise SourceError(f"{path}: not JSON: nested too deeply") from None
    except ValueError as error:  # also of bytes that are not UTF-8, and numbers of thousands of digits
        raise SourceError(f"{path}: not JSON: {error}") from None
    return value, hashlib.sha256(data).hexdigest()


def read_bytes(path: Path, most: int) -> bytes:
    """Return a file's bytes, if they are not more than `most`. Raises SourceError."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise SourceError(f"{path}: not readable: {error.strerror}") from None
    if len(data) > most:
        raise SourceError(f"{path}: larger than {most >> 20} MiB, more than is read at once")
    return data


def member(of: dict[str, Any], name: str, kind: type[T], where: str) -> T:
    """Return a member of an object, of its type. Raises SourceError; `where` names file and object."""
    value = of.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        refuse(f"{where}.{name}", kind, value, missing=name not in of)
    return value


def objects(values: list[Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (where, object) for each item of a list of objects. Raises SourceError."""
    for number, value in enumerate(values):
        if not isinstance(value, dict):
            refuse(f"{where}[{number}]", dict, value)
        yield f"{where}[{number}]", value


def refuse(where: str, kind: type, value: object, *, missing: bool = False) -> NoReturn:
    """Raise SourceError: what stands at `where` is not of a kind."""
    text = repr(value)
    given = "missing" if missing else text if len(text) <= 40 else f"{text[:37]}…"
    raise SourceError(f"{where}: must be {_WORDS[kind]}, not {given}" if not missing else f"{where}: is missing")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
