"""What a finished build says of its own papers: .vidsynth/sha256sums, in the form of `sha256sum --check`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from vidsynth.shards.folder import BuildFolder, write_atomically


def write_sums(folder: BuildFolder, summary: bytes) -> None:
    """Write the sha256 of a finished build's papers; vidsynth.json is written after this, with the bytes `summary`."""
    digests = {file: sha256(file) for file in folder.papers} | {folder.summary: hashlib.sha256(summary).hexdigest()}
    lines = [f"{digest}  {file.relative_to(folder.path).as_posix()}\n" for file, digest in digests.items()]
    write_atomically(folder.sums, "".join(lines).encode())


def read_sums(folder: BuildFolder) -> dict[Path, str]:
    """Return what each file's sha256 was; nothing if that is damaged or was not kept."""
    try:
        lines = [line.split("  ", 1) for line in folder.sums.read_text(encoding="utf-8").splitlines()]
        digests = {folder.path / name: digest for digest, name in lines}
        return {file: digests[file] for file in folder.papers if file in digests}
    except (OSError, ValueError):
        return {}


def sha256(file: Path) -> str:
    """Return a file's sha256, in hexadecimal; an empty string if it is not there or cannot be read."""
    try:
        with file.open("rb") as data:
            return hashlib.file_digest(data, "sha256").hexdigest()
    except OSError:
        return ""
