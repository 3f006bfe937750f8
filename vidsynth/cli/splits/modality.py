"""`vidsynth splits modality`: make a modality split."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidsynth.cli.names import SOURCE
from vidsynth.cli.options import annotated_option
from vidsynth.cli.output import Output, output_options
from vidsynth.cli.splits import writing
from vidsynth.errors import RecipeError

if TYPE_CHECKING:
    from vidsynth.manifest import Manifest
    from vidsynth.splits.modality import ModalitySplit, Spec


@click.command("modality")
@click.option(
    "--src",
    type=SOURCE,
    required=True,
    help="A manifest (.parquet, .csv, .jsonl), a source or a folder of videos.",
)
@click.option("--root", type=click.Path(path_type=Path), help="Where the source's videos lie.")
@annotated_option
@click.option("--spec", "name", required=True, help="A YAML file, or a shipped one such as epic-unseen-modality.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The split's manifest: .parquet, .csv, ….")
@click.option("--lists", type=click.Path(path_type=Path), help="Also write PART.csv into this folder: an id a line.")
@click.option("--report", type=click.Path(path_type=Path), help="Also write what came of it, as JSON.")
@click.option("--seed", type=click.IntRange(min=0), help="Instead of the spec's.")
@click.option("--allow-covered", is_flag=True, help="Let evaluated sets be covered or seen in training.")
@click.option(
    "--leave-one-out", metavar="NAMES", help="Of rgb,flow,…: a split a set that is kept out; --out is a folder."
)
@click.option("--available", type=click.Path(path_type=Path), help="CSV: a row's id, then 1 or 0 for each modality.")
@click.option("--have", multiple=True, metavar="NAME=LIST|PATTERN", help="Which rows have a modality; see above.")
@click.option("--probe-audio", is_flag=True, help="Let those rows have audio whose file has a sound track.")
@output_options
def command(
    src: str,
    root: Path | None,
    annotated: bool,
    name: str,
    out: Path,
    lists: Path | None,
    report: Path | None,
    seed: int | None,
    allow_covered: bool,
    leave_one_out: str | None,
    available: Path | None,
    have: tuple[str, ...],
    probe_audio: bool,
    output: Output,
) -> None:
    """Split a manifest so that training never shows the combinations that are evaluated.

    What rows have is what the manifest's modalities say, unless an option says otherwise:
    --have audio=available_sound.csv lists the videos that have it, --have 'flow=flow/{video_id}' names a file or
    folder under the root (also {stem} and {name}, of the row's path). Exits with 3 if the split fails its own check.

    \b
      vidsynth splits modality --src epic100 --annotated --spec epic-unseen-modality --out split.parquet
    """
    from vidsynth.sources import source
    from vidsynth.splits.modality import load_spec, split

    changes = ({"seed": seed} if seed is not None else {}) | ({"allow_covered": True} if allow_covered else {})
    spec = load_spec(name, changes)
    manifest = _with_availability(
        source(src, root=root, split="all", annotated=annotated), spec, available, have, probe_audio, output
    )
    spec = spec.with_nothing_assumed()
    if leave_one_out is not None:
        if lists is not None or report is not None:
            raise RecipeError("--leave-one-out makes many splits: --lists and --report are of one")
        _leave_one_out(manifest, spec, leave_one_out, out, output)
        return
    made = split(manifest, spec)
    _save(made.manifest, out)
    _write_and_say(made, out, lists, report, output)


def _write_and_say(made: ModalitySplit, out: Path, lists: Path | None, report: Path | None, output: Output) -> None:
    from vidsynth.shards.folder import write_atomically
    from vidsynth.splits.modality import id_lists
    from vidsynth.splits.modality.wording import check_text, split_text

    if report is not None:
        with writing(report):
            write_atomically(report, json.dumps(made.to_dict(), indent=1).encode())
    if lists is not None:
        for part, ids in id_lists(made).items():
            with writing(lists / f"{part}.csv"):
                write_atomically(lists / f"{part}.csv", "".join(f"{one}\n" for one in ids).encode())
    output.show(f"{out}: {split_text(made)}\n\n{check_text(made.check)}", made.to_dict())
    if made.check.violations:
        sys.exit(3)


def _save(manifest: Manifest, out: Path) -> None:
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        manifest.write(out)


def _leave_one_out(manifest: Manifest, spec: Spec, names: str, out: Path, output: Output) -> None:
    from vidsynth.splits.modality import leave_one_combination_out, split
    from vidsynth.splits.modality.sets import text

    strict, reports, lines, violated = not spec.allow_covered, {}, [], False
    for one in leave_one_combination_out(spec, [word.strip() for word in names.split(",")], strict=strict):
        file = out / f"{text(one.test[0])}.parquet"
        made = split(manifest, one)
        _save(made.manifest, file)
        reports[str(file)] = made.to_dict()
        violated |= bool(made.check.violations)
        rows = ", ".join(f"{part.name} {part.rows}" for part in made.check.parts)
        count = len(made.check.violations)
        held = f"{count} invariants VIOLATED" if count else "every invariant holds"
        lines.append(f"{file}: {rows} rows; {made.check.evaluated[0].relation} in training; {held}")
    output.show("\n".join(lines), reports)
    if violated:
        sys.exit(3)


def _with_availability(
    manifest: Manifest, spec: Spec, table: Path | None, have: tuple[str, ...], probe_audio: bool, output: Output
) -> Manifest:
    from vidsynth.sources import availability

    if table is not None:
        manifest = availability.with_table(manifest, table)
    manifest = availability.assumed(manifest, spec.assume)
    if probe_audio:
        manifest, unreadable = availability.with_sound(manifest)
        if unreadable:
            output.note(f"vidsynth: {len(unreadable)} files cannot be read, such as {unreadable[0]}: no audio")
    for one in have:
        modality, equals, value = one.partition("=")
        if not equals or not modality or not value:
            raise RecipeError(f"--have {one}: write NAME=LIST.csv, or NAME=PATTERN such as flow=flow/{{video_id}}")
        if value.endswith((".csv", ".txt")) and "{" not in value:
            manifest = availability.listed(manifest, modality, Path(value))
        else:
            manifest = availability.in_files(manifest, modality, value)
    return manifest
