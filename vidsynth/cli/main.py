"""`vidsynth`: the commands, found by name and imported only when called."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from vidsynth.cli.lazy import LazyGroup
from vidsynth.errors import VidsynthError

_COMMANDS = {
    "tubelets": ("vidsynth.cli.tubelets", "Build tubelet pairs from videos."),
    "time-order": ("vidsynth.cli.time_order", "Build the time-order benchmark; score, audit, export it."),
    "before-after": ("vidsynth.cli.before_after", "Pair up timed captions: before and after, and their reversals."),
    "lowlight": ("vidsynth.cli.lowlight", "Darken clips as a camera would see them in low light."),
    "occlusion": ("vidsynth.cli.occlusion", "Hide objects in clips behind their masks."),
    "proxy": ("vidsynth.cli.proxy", "Build samples of proxy tasks."),
    "darkness-stats": ("vidsynth.cli.darkness_stats", "Measure how dark videos are; list the dark ones."),
    "audio": ("vidsynth.cli.audio", "Build features of the sound of videos."),
    "run": ("vidsynth.cli.run", "Build what a recipe file says; resume a build."),
    "finish": ("vidsynth.cli.finish", "Close a build whose slices were built apart."),
    "preview": ("vidsynth.cli.preview", "Look at a finished build: pictures, or a page that plays it."),
    "inspect": ("vidsynth.cli.inspect", "Say what is in a build, a manifest, a recipe or a shard."),
    "verify": ("vidsynth.cli.verify", "Check a finished build."),
    "repair": ("vidsynth.cli.repair", "Build again what is damaged in a build."),
    "push": ("vidsynth.cli.push", "Push a finished build to the Hugging Face Hub."),
    "sources": ("vidsynth.cli.sources", "List the sources, and where they were looked for; check one."),
    "splits": ("vidsynth.cli.splits", "Split a manifest; check a split."),
    "index": ("vidsynth.cli.index", "Read the facts of every video of a source, once."),
    "recipes": ("vidsynth.cli.recipes", "List the shipped recipes, or print one."),
    "completion": ("vidsynth.cli.completion", "Let the shell complete commands, options and names."),
}


@click.command(
    cls=LazyGroup,
    commands_in=_COMMANDS,
    more="vidsynth.commands",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="vidsynth", message="vidsynth %(version)s")
def main() -> None:
    """Synthetic data sets, benchmarks and splits for video learning, from your own videos.

    Try it without any data:  vidsynth tubelets --src demo --out shards/
    """


def run(args: Sequence[str] | None = None) -> None:
    """Run the command line, and exit: 0 well, 1 the work failed, 2 wrong input, 3 a mismatch, 130 interrupted."""
    try:
        status = main.main(args=args, prog_name="vidsynth", standalone_mode=False)
        sys.stdout.flush()
    except VidsynthError as error:
        _say(str(error))
        status = error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        status = 0
    except click.UsageError as error:
        if error.ctx is not None:
            click.echo(error.ctx.get_usage(), err=True)
        _say(error.format_message())
        status = 2
    except click.ClickException as error:
        _say(error.format_message())
        status = 2
    except (KeyboardInterrupt, click.Abort):
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except Exception as error:
        if os.environ.get("VIDSYNTH_TRACEBACK"):
            raise
        _say(
            f"a fault of vidsynth's own: {type(error).__name__}: {' '.join(str(error).split())}\n"
            "Please report it, with what VIDSYNTH_TRACEBACK=1 before the same command prints."
        )
        status = 1
    sys.exit(status or 0)


def _say(message: str) -> None:
    click.echo(f"vidsynth: {message}", err=True)
