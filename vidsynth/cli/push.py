"""`vidsynth push`: a finished build to the Hugging Face Hub."""

from __future__ import annotations

import shlex
import sys

import click


@click.command("push")
@click.argument("out", type=click.Path())
@click.argument("repository", metavar="USER/NAME")
@click.option("--private", is_flag=True, help="Create it as private.")
@click.option("--revision", metavar="BRANCH", help="The branch; created if it is not there.  [default: main]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["arrow", "parquet"]),
    default="arrow",
    show_default=True,
    help="arrow: shards as they are; parquet: what the Hub's viewer shows.",
)
@click.option("--payload", help="Store clips as jpeg, lossless, raw or h264, which the viewer plays; none: not at all.")
@click.option(
    "--i-have-the-rights", "rights", is_flag=True, help="You may publish pixels of videos whose licence forbids it."
)
def command(
    out: str, repository: str, private: bool, revision: str | None, form: str, payload: str | None, rights: bool
) -> None:
    """Push a finished build to a data set of the Hugging Face Hub, and check that all of it is there.

    The same command goes on after an interruption, and sends nothing twice. The token is the one that
    `hf auth login` keeps, or HF_TOKEN. Converted shards pass through TMPDIR, a few at a time.

    \b
      vidsynth push shards/ user/tubelets --private
      vidsynth push shards/ user/tubelets --format parquet --payload h264
      vidsynth push shards/ user/plans --payload none
    """
    from vidsynth.hub.contents import contents
    from vidsynth.hub.push import send
    from vidsynth.hub.repository import Repository
    from vidsynth.report.amounts import size_text

    build = contents(out, form, payload, rights=rights)  # type: ignore[arg-type]
    if build.warning:
        click.echo(f"vidsynth: {build.warning}", err=True)
    if build.withheld:
        click.echo(f"vidsynth: not pushed, since they show its videos: {', '.join(build.withheld)}", err=True)
    try:
        pushed = send(build, Repository(repository, revision), private, progress=True)
    except KeyboardInterrupt:
        again = shlex.join(["vidsynth", *sys.argv[1:]])
        click.echo(f"\nvidsynth: interrupted; what was sent is kept. Go on with:\n  {again}", err=True)
        raise
    what = f"{pushed.shards} shard{'s' if pushed.shards != 1 else ''}, {size_text(pushed.bytes)}"
    done = f"{pushed.new} of {what} sent" if pushed.changed else f"nothing to send, all of it is there ({what})"
    click.echo(f"{pushed.url}: {done}; every hash checked. Read with vidsynth.load({pushed.loaded_as!r}).")
