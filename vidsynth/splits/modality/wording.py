"""A split and its check, as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from vidsynth.splits.modality.check import Check, Finding
from vidsynth.splits.modality.sets import text
from vidsynth.splits.modality.split import ModalitySplit

_SETTLED = {
    "swaps": "no move of a group and no swap of two lowers the cost",
    "moves": "no move of a group lowers the cost",
    "none": "the search was stopped before it settled",
}
_VIDEOS = 5


def split_text(split: ModalitySplit) -> str:
    """Return how the split came out: rows of each part beside what was asked and what is published."""
    spec, dropped, published = split.spec, split.dropped, split.published
    lines = [
        f"{len(split.manifest)} rows in {len(split.check.parts)} parts, by {spec.group}; {split.left_out} left out."
    ]
    for part in split.check.parts:
        shown = " | ".join(text(one) for one in spec.parts[part.name])
        words = [f"  {part.name:<6}{part.split:<7}{part.rows:>9} rows  {part.groups:>7} groups  shows {shown}"]
        if part.target:
            words.append(f"asked {part.target}")
        if lost := dropped.get(part.name):
            words.append(f"{lost} of its {part.rows + lost} rows dropped, which lack it")
        if part.name in published:
            words.append(f"published {published[part.name]}")
        lines.append("; ".join(words))
    if split.dropped_of:
        most = list(split.dropped_of.items())[:_VIDEOS]
        more = f", and {len(split.dropped_of) - len(most)} videos more" if len(split.dropped_of) > len(most) else ""
        lines.append(f"  dropped from {', '.join(f'{video} ({count})' for video, count in most)}{more}")
    lines += [f"  {_SETTLED[how]}" for how in split.settled]
    return "\n".join(lines)


def check_text(check: Check) -> str:
    """Return the matrix of sets by parts, and a line for each invariant."""
    return "\n".join([*_matrix(check), "", *map(finding_text, check.findings)])


def finding_text(finding: Finding) -> str:
    """Return an invariant's line."""
    state = finding.state.upper() if finding.state == "violated" else finding.state
    return f"{state:<9}{finding.name}: {finding.text}"


def _matrix(check: Check) -> list[str]:
    head = ["shown", *(part.name if part.name == part.split else f"{part.split} {part.name}" for part in check.parts)]
    rows = [
        [text(shown), *(str(count) if count else "." for count in counts)] for shown, counts in check.matrix.items()
    ]
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (
            f"{cell:<{wide}}" if not at else f"{cell:>{wide}}"
            for at, (cell, wide) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join([first, *others])

    return [line(row) for row in (head, *rows)]
