"""What pages take from the code when the site is built: help texts, signatures, recipes, figures.

A line `<!-- generated: NAME ARGUMENT … -->` in a page is replaced by what the function NAME returns.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).parent))  # MkDocs runs a hook by its path, outside any package

from docstrings import documented

ROOT = Path(__file__).parents[2]
_LINE = re.compile(r"^<!-- generated: (.+?) -->$", re.MULTILINE)


def on_page_markdown(markdown: str, **_: object) -> str:
    """Fill in a page's generated parts (called by MkDocs)."""

    def part(found: re.Match[str]) -> str:
        name, *arguments = found[1].split()
        return PARTS[name](*arguments)

    return _LINE.sub(part, markdown)


def command_line() -> str:
    """Return every command's help text."""
    from vidsynth.cli.main import main

    def sections(command: click.Command, name: str, parent: click.Context | None, depth: int) -> Iterator[str]:
        settings = {**command.context_settings, "terminal_width": 96, "max_content_width": 96}
        context = click.Context(command, parent, name, **settings)
        full = context.command_path
        yield f"{'#' * depth} {full}\n\n```text\n{command.get_help(context)}\n```\n"
        if isinstance(command, click.Group):
            for sub in command.list_commands(context):
                found = command.get_command(context, sub)
                assert found is not None
                yield from sections(found, sub, context, min(depth + 1, 3))

    return "\n".join(sections(main, "vidsynth", None, 2)).replace("## vidsynth\n", "## The commands\n", 1)


def api(*names: str) -> str:
    """Return the signatures and docstrings of names such as `vidsynth.load`."""
    return "\n".join(documented(ROOT, name) for name in names)


def recipes(*prefixes: str) -> str:
    """Return a table of the shipped recipes whose names begin so, with what each says of itself."""
    from vidsynth.cli.recipes import describe
    from vidsynth.recipe import shipped

    names = [name for name in shipped() if name.startswith(prefixes)]
    assert names, prefixes
    return _table(("recipe", "what it is"), [(f"`{name}`", describe(name)) for name in names])


def severe_settings() -> str:
    """Return a table of the settings of SEVERE."""
    from vidsynth.splits.severe import SETTINGS

    rows = [
        (
            f"`{name}`" + (" ★" if setting.in_severe else ""),
            setting.factor,
            setting.about,
            ", ".join(f"{split} {count:,}" for split, count in setting.published.items()),
        )
        for name, setting in SETTINGS.items()
    ]
    return _table(("setting", "factor", "what", "published rows"), rows)


def presets(kind: str) -> str:
    """Return a table of the presets of `before-after` or `splits domain`."""
    from vidsynth.splits.before_after.presets import PRESETS as BEFORE_AFTER
    from vidsynth.splits.domain.presets import PRESETS as DOMAIN

    found: dict[str, Any] = {"before-after": BEFORE_AFTER, "domain": DOMAIN}[kind]
    return _table(("preset", "what it is"), [(f"`{name}`", preset.about) for name, preset in found.items()])


# What is told of each part of the benchmarks: text, unit, the figure, and its name in benchmarks/results/.
_FIGURES = (
    ("Tubelet pair, plan and render, 112 × 112, against a frame-by-frame loop", "× faster", "render.ratio_112"),
    ("The same at 224 × 224", "× faster", "render.ratio_224"),
    ("The same, time a pair at 112 × 112", "ms", "render.ours_112_ms"),
    ("Overlay alone, 112 × 112, against OpenCV's fixed-point remap (the same bytes)", "× faster", "kernels.ratio_112"),
    ("The whole job, CPU time as a share of decoding every frame once", "", "job.job_to_bare"),
    ("Two workers instead of one", "× faster", "job.speedup"),
    ("Memory of a worker", "MB", "job.worker_mb"),
    ("One clip from a video, against decord (byte for byte the same frames)", "× faster", "clips.decord_to_ours_1"),
    ("Four clips from a video, against decord", "× faster", "clips.decord_to_ours_4"),
    ("Four clips from a video, against torchcodec", "× faster", "clips.torchcodec_to_ours_4"),
    ("Raw clips from shards in random order, against copying memory", "× its speed", "reading.ratio_112"),
    ("A shuffled epoch of raw clips, no worker processes", "clips a second", "loaders.clips_s_w0"),
    ("The same, against MosaicML streaming", "× faster", "loaders.mds_w0"),
    ("The same, against webdataset", "× faster", "loaders.webdataset_w0"),
    ("Darkness of all frames, as a multiple of bare decoding", "×", "darkness.ours_to_bare"),
    ("The same, against decoding to RGB and weighting", "× faster", "darkness.rgb_to_ours"),
    ("Facts of ten-second videos read, a core", "files a second", "index.first_10s_per_s"),
    ("The same, asked again", "files a second", "index.again_10s_per_s"),
    ("Time-order videos drawn, encoded and written, a core", "a minute", "time_order.videos_a_minute"),
    ("A modality split of a million rows", "s", "modality.row_cpu_s"),
    ("Before/after pairs of a million captions", "s", "before_after.cpu_s"),
    ("`import vidsynth`", "s", "startup.import_s"),
)  # fmt: skip


def figures() -> str:
    """Return a table of measured figures: each from the newest of benchmarks/results/ that has it."""
    results = [json.loads(file.read_text("utf-8")) for file in sorted((ROOT / "benchmarks" / "results").glob("*.json"))]
    rows = []
    for text, unit, name in _FIGURES:
        part, key = name.split(".")
        found = next((result for result in reversed(results) if key in result.get(part, {})), None)
        assert found is not None, f"benchmarks/results/ has no {name}"
        rows.append((text, f"{_rounded(found[part][key])} {unit}".strip(), f"`{name}`, {found['date']}"))
    newest = results[-1]
    machine = f"{newest['machine']['cores']} cores of an {newest['machine']['cpu']}, {newest['machine']['system']}"
    versions = ", ".join(f"{name} {version}" for name, version in newest["versions"].items())
    return _table(("what", "measured", "figure"), rows) + f"\nNewest run: {machine}; {versions}.\n"


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


PARTS: dict[str, Callable[..., str]] = {
    "command-line": command_line,
    "api": api,
    "recipes": recipes,
    "severe-settings": severe_settings,
    "presets": presets,
    "figures": figures,
}
