"""`vidsynth verify`: check a finished build."""

from __future__ import annotations

from pathlib import Path

import click

from vidsynth.cli.output import Output, output_options


@click.command("verify")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--rerender", type=click.IntRange(min=0), default=0, metavar="K", help="Make K samples again; compare.")
@output_options
def command(out: Path, rerender: int, output: Output) -> None:
    """Check a finished build: files, hashes, counts; exits with 3 if something is wrong.

    \b
      vidsynth verify shards/
      vidsynth verify shards/ --rerender 20
    """
    from vidsynth.jobs.verify import verify
    from vidsynth.shards.reader import load

    problems = verify(out, rerender=rerender)
    if problems:
        output.mismatch([f"{out}: {one}" for one in problems], {"out": str(out), "sound": False, "problems": problems})
    shards = load(out)
    count, again = len(shards.summary["shards"]), min(rerender, len(shards))
    remade = f", {again} made again and equal" if rerender else ""
    output.show(
        f"{out}: sound. {len(shards)} samples in {count} shards{remade}.",
        {"out": str(out), "sound": True, "problems": [], "rows": len(shards), "shards": count, "rerendered": again},
    )
