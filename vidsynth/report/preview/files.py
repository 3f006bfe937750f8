"""Previews of a finished build, as files of the form that their names ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vidsynth.errors import ShardError
from vidsynth.report.preview.animation import animation
from vidsynth.report.preview.chosen import Build, spread
from vidsynth.report.preview.overlays import clips, visible
from vidsynth.report.preview.page import page
from vidsynth.report.preview.sheet import write_preview
from vidsynth.shards.folder import write_atomically

_SAMPLES, _SAMPLES_OF_PAGE = 6, 48


def write_previews(
    out: str | Path, files: Sequence[Path], *, samples: int | None = None, where: Sequence[str] = ()
) -> Iterator[tuple[Path, int, int]]:
    """Write previews of a build, and yield of each its file, how many samples it shows, and of how many.

    files : their suffixes say which form: .png a contact sheet, .webp and .gif animations, .html a page. Where
        several are asked for, an animation of samples without clips is left out.
    samples : how many to show (default: 6, on a page 48), spread evenly; a page has room for 20 MB of them.
    where : which samples; see `Build`.

    Raises ShardError or RecipeError; see `Build`.
    """
    build = Build(out, where)
    pictured: list[Mapping[str, Any]] = []
    if any(file.suffix.lower() != ".html" for file in files):
        pictured = list(build.samples(spread(build.positions, samples or _SAMPLES)))
        if not any(map(visible, pictured)):
            raise ShardError(f"{out}: its samples hold nothing to draw; a page (--html) shows their values")
    for file in files:
        try:
            kind, count = file.suffix.lower(), len(pictured)
            if kind == ".html":
                text, count = page(build, samples or _SAMPLES_OF_PAGE)
                write_atomically(file, text.encode())
            elif kind == ".png":
                write_preview(file, pictured)
            elif len(files) == 1 or any(map(clips, pictured)):
                fps = build.shards.recipe["payload"]["fps"]
                write_atomically(file, animation(pictured, "GIF" if kind == ".gif" else "WEBP", fps=fps))
            else:
                continue
        except OSError as error:
            raise ShardError(f"{file}: cannot be written: {error.strerror}") from None
        yield file, count, len(build.shards)
