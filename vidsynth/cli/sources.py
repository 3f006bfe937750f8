"""`vidsynth sources`: what is known, where it was looked for, what was found."""

from __future__ import annotations

import click


@click.command("sources")
def command() -> None:
    """List the sources, where each was looked for, and what was found."""
    from vidsynth.sources import KNOWN, candidates, layout
    from vidsynth.sources.classes import shipped
    from vidsynth.sources.settings import config_file

    for name in KNOWN:
        known = layout(name)
        click.echo(f"{name}: {known.about['title']}")
        tried = candidates(name)
        for place in tried:
            found = "found" if place.path.is_dir() else "not there"
            click.echo(f"  {found:<9}  {place.path}  (said by {place.said_by})")
        if known.default_root is not None:
            root = known.default_root()
            click.echo(f"  {'found' if root.is_dir() else 'made when first used':<9}  {root}")
        elif not tried:
            click.echo("  no root set")
    click.echo("folder: any folder of videos; class folders become labels (--src FOLDER)")
    click.echo("manifest: a table of videos, .parquet, .csv, .tsv or .jsonl (--src FILE)")
    click.echo(f"\nclass lists: {', '.join(shipped())}")
    click.echo(
        f"A root is set with --root FOLDER, with VIDSYNTH_ROOTS=NAME=FOLDER, or under `roots:` in {config_file()}."
    )
