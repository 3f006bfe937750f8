"""`vidsynth verify`: check a finished build."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from vidsynth.cli.names import LOCATION
from vidsynth.cli.output import Output, output_options

if TYPE_CHECKING:
    from vidsynth.store import Location


@click.command("verify")
@click.argument("out", type=LOCATION)
@click.option("--rerender", type=click.IntRange(min=0), default=0, metavar="K", help="Make K samples again; compare.")
@output_options
def command(out: Location, rerender: int, output: Output) -> None:
    """Check a finished build: files, hashes, counts; exits with 3 if something is wrong.

    \b
      vidsynth verify shards/
      vidsynth verify shards/ --rerender 20
    """
    from vidsynth.jobs.verify import verify
    from vidsynth.shards.mirror import build_folder
    from vidsynth.shards.reader import Shards

    problems = verify(out, rerender=rerender)
    if problems:
        lines = [*(f"{out}: {one}" for one in problems), f"mend it with: vidsynth repair {shlex.quote(str(out))}"]
        output.mismatch(lines, {"out": str(out), "sound": False, "problems": problems})
    shards = Shards(build_folder(out))
    count, again = len(shards.summary["shards"]), min(rerender, len(shards))
    remade = f", {again} made again and equal" if rerender else ""
    output.show(
        f"{out}: sound. {len(shards)} samples in {count} shards{remade}.",
        {"out": str(out), "sound": True, "problems": [], "rows": len(shards), "shards": count, "rerendered": again},
    )
