"""`vidsynth splits domain`: make a domain shift."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vidsynth.cli.names import SOURCE
from vidsynth.cli.options import annotated_option, parse_changes
from vidsynth.cli.output import Output, output_options
from vidsynth.cli.splits import writing
from vidsynth.errors import RecipeError, nearest

if TYPE_CHECKING:
    from vidsynth.splits.domain import LabelShift

_PATH = click.Path(path_type=Path)


@click.command("domain")
@click.option("--src", type=SOURCE, help="A manifest (.parquet, .csv, .jsonl), a source or a folder of videos.")
@click.option("--root", type=_PATH, help="Where the source's videos lie.")
@annotated_option
@click.option("--preset", help="A published setting; --presets lists them.")
@click.option("--presets", is_flag=True, help="List the presets.")
@click.option("--out", type=_PATH, help="The manifest to write: .parquet, .csv, ….")
@click.option("--plot", type=_PATH, help="Also draw how the labels shift, as a .png file.")
@click.option(
    "--list", "list_file", type=_PATH, help="Videos in the order that halves are taken in: .csv with ids first."
)
@click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Set a rule, e.g. --set by=split --set seed=1."
)
@output_options
def command(
    src: str | None,
    root: Path | None,
    annotated: bool,
    preset: str | None,
    presets: bool,
    out: Path | None,
    plot: Path | None,
    list_file: Path | None,
    changes: tuple[str, ...],
    output: Output,
) -> None:
    """Make a domain shift: labelled videos of a source domain, unlabelled and test videos of a target domain.

    The rows' split becomes source, target-labelled, target (its labels are moved to hidden_labels) or test.

    \b
      vidsynth splits domain --src epic55-domains --preset epic-d1-d2 --out d1-d2.parquet --plot d1-d2.png
      vidsynth splits domain --src my.csv --set by=camera --set source=[a] --set target=[b] --out shift.parquet
    """
    from vidsynth.sources import source
    from vidsynth.splits.domain import PRESETS, ROLES, DomainRules, label_shift, shift
    from vidsynth.splits.domain.roles import SOURCE, TEST, counts

    if presets:
        known = {name: one.about for name, one in PRESETS.items()}
        output.show("\n".join(f"{name:<22}{about}" for name, about in known.items()), known, "\n".join(known))
        return
    if src is None or out is None:
        raise click.UsageError("--src and --out are needed (or --presets, to see what is published)")
    if preset is not None and preset not in PRESETS:
        raise RecipeError(f"no preset {preset!r}{nearest(preset, PRESETS)} (known: {', '.join(PRESETS)})")
    published = PRESETS[preset] if preset else None
    rules = (published.rules if published else DomainRules()).with_changes(parse_changes(changes), "option")
    made = shift(
        source(src, root=root, split="all", annotated=annotated), rules, _listed(list_file) if list_file else None
    )
    with writing(out):
        made.write(out)
    lines = [f"{out}: {len(made)} rows (its videos lie under {made.root})"]
    splits, paths = made.table["split"].to_pylist(), made.table["path"].to_pylist()
    roles: dict[str, dict[str, int]] = {}
    for role in ROLES:
        videos = [path for path, split in zip(paths, splits, strict=True) if split == role]
        found = {"rows": len(videos), "videos": len(set(videos))}
        expected = {"rows": published.rows, "videos": published.videos} if published and not changes else {}
        said = [_against(unit, count, expected.get(unit, {}).get(role)) for unit, count in found.items()]
        if videos:
            roles[role] = found
            lines.append(f"  {role:<16}{' of '.join(said)}")
    source_counts, test_counts = counts(made, SOURCE), counts(made, TEST)
    report = label_shift(source_counts, test_counts, rules.classes or None) if test_counts else None
    lines += _shift(report) if report else ["  no test rows: nothing to compare labels with"]
    values = {"out": str(out), "rows": len(made), "root": str(made.root), "roles": roles}
    output.show("\n".join(lines), {**values, "label_shift": report._asdict() if report else None})
    if plot is not None and report is not None:
        from vidsynth.report.label_shift import write_label_shift

        with writing(plot):
            write_label_shift(plot, report, title=preset or out.stem)
        output.note(f"drawn in {plot}")


def _against(unit: str, count: int, published: int | None) -> str:
    if published is None:
        return f"{count} {unit}"
    return f"{count} {unit} (as published)" if count == published else f"{count} {unit} (published: {published})"


def _shift(report: LabelShift, most: int = 20) -> list[str]:
    numbers = f"total variation {report.total_variation:.4f}, KL(target‖source) {report.kl:.4f} nats"
    width = max(map(len, report.classes[:most])) + 2
    lines = [f"labels, from source to test: {numbers}"]
    lines.append(f"  {'class':<{width}} {'source':>7} {'test':>7} {'ratio':>7} {'effective':>10}")
    columns = (report.classes, report.source, report.target, report.ratio, report.effective)
    for name, p, q, ratio, effective in list(zip(*columns, strict=True))[:most]:
        lines.append(f"  {name:<{width}} {p:>7} {q:>7} {ratio:>7.2f} {effective:>10.1f}")
    if len(report.classes) > most:
        lines.append(f"  … and {len(report.classes) - most} more classes")
    return lines


def _listed(file: Path) -> list[str]:
    import csv

    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            return [row[0] for row in csv.reader(lines) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecipeError(f"{file}: not readable: {getattr(error, 'strerror', None) or error}") from None
