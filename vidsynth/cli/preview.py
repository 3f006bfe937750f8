"""`vidsynth preview`: look at a finished build."""

from __future__ import annotations

from pathlib import Path

import click

_FORMS = {".png": "a contact sheet", ".webp": "an animation", ".gif": "an animation", ".html": "a page"}


@click.command("preview")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--html", is_flag=True, help="Write a page that plays samples: one file, no server, no network.")
@click.option("--samples", type=click.IntRange(min=1), metavar="N", help="How many.  [default: 6; a page: 48]")
@click.option(
    "--where", multiple=True, metavar="COLUMN=VALUE", help="Only those samples; for numbers also COLUMN=LOW..HIGH."
)
@click.option(
    "-o", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Where to: .png, .webp, .gif or .html.  [default: preview.png and preview.webp in OUT, or preview.html]",
)  # fmt: skip
def command(out: Path, html: bool, samples: int | None, where: tuple[str, ...], file: Path | None) -> None:
    """Look at a finished build: a contact sheet and an animation of its samples, or a page that plays them.

    \b
      vidsynth preview shards/                              preview.png and preview.webp, beside the shards
      vidsynth preview shards/ --html                       preview.html: play, filter, sort, histograms
      vidsynth preview shards/ --html --where labels=falling --samples 100 -o falling.html
      vidsynth preview night/ --where y_after=5..10 --samples 3 -o darkest.gif

    Samples are spread evenly over the build. --where may be given several times: all must hold. Builds that store
    plans alone are rendered from their videos.
    """
    from vidsynth.report.amounts import size_text
    from vidsynth.report.preview.files import write_previews

    if file is not None and file.suffix.lower() not in _FORMS:
        raise click.BadParameter(f"{file} ends in none of {', '.join(_FORMS)}", param_hint="-o")
    if html and file is not None and file.suffix.lower() != ".html":
        raise click.UsageError(f"--html writes a page, which is no {file.suffix} file; leave one of the two out")
    names = [out / "preview.html"] if html else [out / "preview.png", out / "preview.webp"]
    for written, shown, of in write_previews(out, [file] if file else names, samples=samples, where=where):
        click.echo(f"{written}: {_FORMS[written.suffix.lower()]} of {shown} of {of} samples, "
                   f"{size_text(written.stat().st_size)}")  # fmt: skip
