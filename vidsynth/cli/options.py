"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from vidsynth.cli.names import CLASSES, LOCATION, RECIPE, SOURCE, Words
from vidsynth.cli.output import Command, output_options
from vidsynth.errors import RecipeError

_BUILD = (
    click.option("--out", type=LOCATION, help="The folder or URL to build into. The same command resumes."),
    click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one a core]"),
    click.option("--limit", type=click.IntRange(min=1), help="Build the first N samples only."),
    click.option("--dry-run", is_flag=True, help="Say how many samples, bytes and hours; write nothing."),
    click.option("--max-failures", metavar="N|P%", help="Stop once more samples have failed, e.g. 1%."),
    click.option("--retry-failed", is_flag=True, help="Try again what failed in an earlier run."),
    click.option("--overwrite", is_flag=True, help="Delete the build of another recipe that --out holds."),
    click.option(
        "--video-timeout",
        type=click.FloatRange(min=1),
        default=300.0,
        show_default=True,
        help="Seconds after which a video that holds up a worker is given up.",
    ),
    click.option(
        "--shards",
        "part",
        metavar="I/N|slurm",
        help="Build slice I of N (1/N to N/N) beside others, or that of a Slurm array's task; then `vidsynth finish`.",
    ),
    click.option("--engine", default="local", show_default=True, help="Where to build: local, or ray (a cluster)."),
    click.option("--ray-address", metavar="HOST:PORT", help="The Ray cluster.  [default: RAY_ADDRESS, or a local one]"),
    click.option("--log-json", metavar="FILE|-", help="Append a line of JSON for each event; - is standard error."),
)
_CHANGES = click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Set a recipe parameter, e.g. --set tubelets.count=3."
)
_SOURCE = (
    click.option(
        "--src",
        type=SOURCE,
        required=True,
        help="A data set (`vidsynth sources` lists them), a folder, or a manifest (.parquet, …).",
    ),
    click.option("--root", type=LOCATION, help="Where the source's videos lie: a folder or URL."),
    click.option("--split", help="train, val, …; all for every one.  [default: the source's usual one]"),
    click.option("--classes", type=CLASSES, help="Keep a class list: mini-kinetics-200, or a .txt file."),
)
annotated_option = click.option(
    "--annotated", is_flag=True, help="Take every annotated row of a data set, whether its video is here or not."
)
_SAMPLES = (
    click.option("--frames", type=int, help="Frames a clip (clip.frames)."),
    click.option("--size", metavar="H[xW]", help="Clip height and width in pixels (clip.size)."),
    click.option(
        "--payload",
        type=Words("raw", "jpeg", "h264", "lossless", "none"),
        help="raw, jpeg, h264, lossless or none (payload.kind).",
    ),
    click.option("--fraction", type=float, help="Share of the videos to use (source.fraction)."),
    click.option("--seed", type=int, help="Another seed gives other samples."),
)


def source_options(command: Command) -> Command:
    """Add the options that say which videos."""
    return _with(_SOURCE, command)


def recipe_option(
    default: str | None = None, text: str = "A shipped recipe's name, or a YAML file.", *, said: str = ""
) -> Callable[[Command], Command]:
    """Return the option that says which recipe. said : what the help says of a default that depends."""
    return click.option(
        "--recipe",
        type=RECIPE,
        default=default,
        show_default=default is not None,
        help=f"{text}  [default: {said}]" if said else text,
    )


def sample_options(command: Command) -> Command:
    """Add the options that say which samples are made of the videos, and how they are stored."""
    return _with(_SAMPLES, command)


def build_options(command: Command) -> Command:
    """Add the options of every command that builds."""
    return _with((*_BUILD, _CHANGES), output_options(command))


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def parse_changes(changes: tuple[str, ...]) -> dict[str, Any]:
    """Turn `clip.frames=8` texts into values; each value is read as YAML. Raises RecipeError."""
    from vidsynth.recipe import parse_yaml

    out: dict[str, Any] = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            raise RecipeError(f"--set {change}: write KEY=VALUE, such as tubelets.count=3")
        out[key.strip()] = parse_yaml(f"value: {value}", f"--set {change}")["value"]
    return out


def parse_size(text: str | None) -> list[int] | None:
    """Turn `112` or `128x171` into [height, width]."""
    if text is None:
        return None
    sides = text.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() for side in sides):
        raise click.BadParameter(f"{text!r} is not a size; write 112, or HxW such as 128x171", param_hint="--size")
    return [int(sides[0]), int(sides[-1])]


def parse_words(text: str | None) -> list[str] | None:
    """Turn `a,b` into a list, and `none` into an empty one."""
    if text is None:
        return None
    return [] if text.strip() == "none" else [word.strip() for word in text.split(",") if word.strip()]


def parse_range(text: str | None, option: str) -> list[float] | None:
    """Turn `25` or `5-40` into [low, high]."""
    if text is None:
        return None
    try:
        ends = [float(end) for end in text.split("-")]
    except ValueError:
        ends = []
    if len(ends) not in (1, 2):
        raise click.BadParameter(f"{text!r} is neither a number nor a range such as 5-40", param_hint=option)
    return [ends[0], ends[-1]]
