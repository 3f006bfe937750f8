"""What came of a split: rows, classes and their balance, beside what was published, and which files are missing."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from vidsynth.manifest import Manifest
from vidsynth.splits.severe.numbers import Published, name_of


@dataclass(frozen=True, slots=True)
class Summary:
    """Facts of a split.

    rows : of each split, how many. classes : of each split, how many rows have each label (a row may have several).
    published : rows that the published setting had, of each split.
    missing : names of videos that the official lists have and the source has not, of each split; None where no
        lists were at hand.
    """

    rows: Mapping[str, int]
    classes: Mapping[str, Mapping[str, int]]
    published: Mapping[str, int]
    missing: Mapping[str, list[str]] | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for a report in JSON."""
        return {
            "splits": {
                split: {
                    "rows": rows,
                    "published": self.published.get(split),
                    "classes": dict(sorted(self.classes[split].items())),
                    "missing": None if self.missing is None else self.missing.get(split, []),
                }
                for split, rows in self.rows.items()
            }
        }

    def text(self) -> str:
        """Return a table for people: a line a split."""
        lines = [("split", "rows", "published", "classes", "a class: fewest / median / most", "videos missing")]
        for split, rows in self.rows.items():
            counts = sorted(self.classes[split].values())
            balance = f"{counts[0]} / {statistics.median(counts):g} / {counts[-1]}" if counts else "–"
            published = self.published.get(split)
            missing = "not known" if self.missing is None else f"{len(self.missing.get(split, [])):,}"
            lines.append(
                (split, f"{rows:,}", f"{published:,}" if published else "–", str(len(counts)), balance, missing)
            )
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        )


def summary(
    made: Manifest,
    published: Mapping[str, int],
    *,
    source: Manifest | None = None,
    lists: Published | None = None,
    classes: Container[int] | None = None,
) -> Summary:
    """Return the facts of a split.

    source, lists : where both are given, the videos of the lists are looked for in the source. classes : only those
        of these class numbers.
    """
    labels, splits = made.table["labels"].to_pylist(), made.table["split"].to_pylist()
    counts: dict[str, Counter[str]] = {}
    rows = Counter(split or "no split" for split in splits)
    for some, split in zip(labels, splits, strict=True):
        counts.setdefault(split or "no split", Counter()).update(some or ())
    return Summary(
        {split: rows[split] for split in _in_order(rows)},
        counts,
        published,
        _missing(source, lists, classes) if source is not None and lists is not None else None,
    )


def _in_order(splits: Mapping[str, object]) -> list[str]:
    usual = ["train", "val", "test"]
    return sorted(splits, key=lambda split: (usual.index(split) if split in usual else len(usual), split))


def _missing(source: Manifest, lists: Published, classes: Container[int] | None) -> dict[str, list[str]]:
    here = {name_of(path) for path in source.table["path"].to_pylist()}
    missing: dict[str, list[str]] = {}
    for line in lists.lines:
        if line.name not in here and (classes is None or line.number in classes):
            missing.setdefault(line.split, []).append(line.name)
    return missing
