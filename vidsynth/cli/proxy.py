"""`vidsynth proxy`: build proxy tasks."""

from __future__ import annotations

from typing import Any

import click

from vidsynth.cli.asked import recipe_and_manifest
from vidsynth.cli.building import build_and_report
from vidsynth.cli.names import Words
from vidsynth.cli.options import build_options, recipe_option, sample_options, source_options


@click.command("proxy")
@click.argument("task", type=Words("arrow-of-time", "pace", "clip-order", "rotation", "instance-pairs", "masked-clips"))
@source_options
@recipe_option(said="the one named as the task")
@click.option("--per-video", type=int, help="Samples of each video (per_video).")
@sample_options
@build_options
def command(task: str, **options: Any) -> None:
    """Build samples of a proxy TASK, with labels that nobody had to give.

    TASK is arrow-of-time, pace, clip-order, rotation, instance-pairs or masked-clips; --set sets what is its own.

    \b
      vidsynth proxy arrow-of-time --src demo --out arrow/
      vidsynth proxy pace --src k400 --root /data/k400 --out pace/ --set pace.paces=[1,2,4,8]
      vidsynth proxy masked-clips --src videos/ --out masked/ --recipe masked-clips-cuboid
    """
    from vidsynth.errors import RecipeError, nearest
    from vidsynth.generators.proxy import TASKS

    if task not in TASKS:
        raise RecipeError(f"no task {task!r}{nearest(task, TASKS)} (known: {', '.join(TASKS)})")
    options["recipe"] = options["recipe"] or task
    found, manifest = recipe_and_manifest(TASKS[task].recipe_type, {"per_video": options.pop("per_video")}, options)
    build_and_report(TASKS[task](manifest, found), **options)
