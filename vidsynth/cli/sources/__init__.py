"""`vidsynth sources`: what is known, where it was looked for, what was found; and commands on one source."""

from __future__ import annotations

from typing import Any

import click

from vidsynth.cli.lazy import LazyGroup
from vidsynth.cli.output import Output, output_options

_COMMANDS = {"check": ("vidsynth.cli.sources.check", "Compare a data set's annotation files with its videos.")}


@click.command("sources", cls=LazyGroup, commands_in=_COMMANDS, invoke_without_command=True)
@output_options
@click.pass_context
def command(context: click.Context, /, output: Output) -> None:
    """List the sources, where each was looked for, and what was found; or check one.

    --quiet prints the names of those that were found.

    \b
      vidsynth sources
      vidsynth sources check charades --root /data/charades
    """
    if context.invoked_subcommand is not None:
        return
    from vidsynth.sources import known as known_sources
    from vidsynth.sources.classes import shipped
    from vidsynth.sources.settings import config_file

    known = [_looked_for(name) for name in known_sources()]
    closing = [
        "folder: any folder of videos; class folders become labels (--src FOLDER)",
        "manifest: a table of videos, .parquet, .csv, .tsv or .jsonl (--src FILE)",
        "hf://user/dataset: a data set of the Hugging Face Hub with a column of videos (--src hf://…)",
        f"\nclass lists: {', '.join(shipped())}",
        f"A root is set with --root FOLDER, with VIDSYNTH_ROOTS=NAME=FOLDER, or under `roots:` in {config_file()}.",
    ]
    output.show(
        "\n".join([*(_text(one) for one in known), *closing]),
        {"sources": known, "class_lists": shipped(), "config_file": str(config_file())},
        "\n".join(one["name"] for one in known if one["found"]),
    )


def _looked_for(name: str) -> dict[str, Any]:
    """Return what is known of a source: where it was found, and by whose word; where it was looked for; its root if
    vidsynth makes it by itself."""
    from vidsynth.sources import candidates, layout

    known, tried = layout(name), candidates(name)
    found: list[dict[str, Any]] = [
        {"path": str(one.path), "said_by": one.said_by} for one in tried if one.path.is_dir()
    ]
    own = known.default_root() if known.default_root is not None else None
    if own is not None and own.is_dir():
        found.append({"path": str(own), "said_by": None})
    looked = [str(one.path) for one in tried]
    about = {key: known.about.get(key) for key in ("title", "homepage", "licence", "forbids")}
    return {"name": name, **about, "found": found, "looked_in": looked, "made_in": str(own) if own else None}


def _text(known: dict[str, Any]) -> str:
    lines = [f"{known['name']}: {known['title']}"]
    for place in known["found"]:
        said = f"  (said by {place['said_by']})" if place["said_by"] else ""
        lines.append(f"  found      {place['path']}{said}")
    if not known["found"]:
        if known["made_in"]:
            lines.append(f"  made when first used  {known['made_in']}")
        else:
            looked = ", ".join(known["looked_in"])
            lines.append(f"  not there  {looked}" if looked else "  no root set")
    return "\n".join(lines)
