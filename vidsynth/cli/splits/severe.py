"""`vidsynth splits severe`: the settings of the SEVERE benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidsynth.cli.names import SOURCE
from vidsynth.cli.output import Output, output_options
from vidsynth.cli.splits import writing

if TYPE_CHECKING:
    from vidsynth.jobs.severe import Made


@click.command("severe")
@click.argument("setting", required=False)
@click.option(
    "--src",
    type=SOURCE,
    help="The setting's source, a folder, or a manifest (.parquet, .csv, .jsonl).  [default: its own]",
)
@click.option("--root", type=click.Path(path_type=Path), help="Where the source's videos lie.")
@click.option(
    "--annotations",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder with the official lists, or with the task's annotation files.  [default: the source's root]",
)
@click.option("--videos", help="charades: the source of all videos, also those without any action.")
@click.option("--samples", metavar="N[,N…]", help="Other sizes than the setting's: nominal numbers of training rows.")
@click.option(
    "--draw",
    type=click.Choice(["nested", "published"]),
    default="nested",
    show_default=True,
    help="How samples are drawn: by our own streams, or exactly as the authors' code does.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), help="Of the draw.  [default: 0; published: 99999]")
@click.option(
    "--cut", type=float, default=900.0, show_default=True, help="ava: the film's second at which the files begin."
)
@click.option("--out", type=click.Path(path_type=Path), help="The manifest to write: .parquet, .csv or .jsonl.")
@click.option("--lists", type=click.Path(path_type=Path), help="A folder for the lists that the authors' code reads.")
@click.option("--report", type=click.Path(path_type=Path), help="A JSON file: counts of each class, missing videos.")
@click.option("--preview", type=click.Path(path_type=Path), help="A PNG with frames of some rows, and their labels.")
@output_options
def command(
    setting: str | None,
    src: str | None,
    root: Path | None,
    annotations: Path | None,
    videos: str | None,
    samples: str | None,
    draw: str,
    seed: int | None,
    cut: float,
    out: Path | None,
    lists: Path | None,
    report: Path | None,
    preview: Path | None,
    output: Output,
) -> None:
    """Make a SETTING of the SEVERE benchmark (ECCV 2022); without one, list them.

    \b
      vidsynth splits severe
      vidsynth splits severe ucf101-1000 --out ucf-1000.parquet --lists ucf-1000/
      vidsynth splits severe gym99-curve --draw published --out gym.parquet
      vidsynth splits severe ucfrep --src ucf101 --annotations ucf526/annotations --out ucfrep.parquet
    """
    from vidsynth.jobs.severe import make_setting, setting_named, write_lists
    from vidsynth.report.rows import write_rows_preview
    from vidsynth.sources import source

    if setting is None:
        from vidsynth.splits.severe import SETTINGS

        shown = ("factor", "source", "about", "published", "in_severe")
        every = {name: {key: getattr(one, key) for key in shown} for name, one in SETTINGS.items()}
        output.show(_listed(), every, "\n".join(every))
        return
    known = setting_named(setting)
    if out is None:
        raise click.UsageError("--out is needed: the manifest to write")
    videos = videos or (known.videos if src is None else None)
    found = make_setting(
        setting,
        source(src or known.source, root=root, split="all"),
        annotations=annotations,
        videos=source(videos, root=root, split="all") if videos else None,
        samples=_sizes(samples),
        draw=draw,
        seed=seed,
        cut_s=cut,
    )
    lines, reports = [], {}
    for made in found:
        size = f"-{made.samples or 'all'}" if len(found) > 1 else ""
        file = _with(out, size)
        if lists is not None:
            with writing(lists):
                written = write_lists(lists / size[1:], setting, made)
        with writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            made.manifest.write(file)
        lines += [f"{file}: severe {setting}{f', {made.samples} samples' if made.samples else ''}", made.summary.text()]
        if lists is not None:
            lines.append(f"{lists / size[1:]}: {len(written)} list files")
        _say_unread(made, output)
        facts = made.summary.to_dict() | {"setting": setting, "samples": made.samples, "unread": made.unread}
        reports[str(file)] = facts
        if report is not None:
            with writing(report):
                _with(report, size).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        if preview is not None:
            with writing(preview):
                write_rows_preview(_with(preview, size), made.manifest)
        lines.append("")
    output.show("\n".join(lines), reports)


def _listed() -> str:
    from vidsynth.splits.severe import SETTINGS

    width = max(map(len, SETTINGS)) + 2
    lines = ["Settings (* one of the subset that the paper calls SEVERE), with the rows that were published:"]
    for name, setting in SETTINGS.items():
        counts = ", ".join(f"{split} {count:,}" for split, count in setting.published.items())
        star = "*" if setting.in_severe else " "
        lines.append(f"{star} {name:<{width}}{setting.factor:<12} {setting.about}{f'  [{counts}]' if counts else ''}")
    return "\n".join(lines)


def _sizes(text: str | None) -> list[int]:
    if text is None:
        return []
    sizes = text.split(",")
    if not all(size.strip().isdecimal() and int(size) > 0 for size in sizes):
        raise click.BadParameter(f"{text!r} is not a list of sizes such as 1000,2000", param_hint="--samples")
    return [int(size) for size in sizes]


def _with(file: Path, ending: str) -> Path:
    return file.with_name(f"{file.stem}{ending}{file.suffix}")


def _say_unread(made: Made, output: Output) -> None:
    if made.unread:
        shown = [f"  {name}: {why}" for name, why in list(made.unread.items())[:5]]
        more = [f"  … and {len(made.unread) - 5} more"] if len(made.unread) > 5 else []
        output.note("\n".join([f"vidsynth: {len(made.unread)} annotated videos are absent:", *shown, *more]))
