"""The picture of a modality split: which sets of modalities each part shows, and how many rows."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from vidsynth.shards.folder import write_atomically
from vidsynth.splits.modality.check import Check

_MOST = 40  # sets; with more, those of fewest rows are left out
_INK, _FAINT, _UNSEEN = "#222222", "#d9d9d9", "#d55e00"  # Okabe and Ito's vermilion: told from grey by everyone


def write_matrix(file: Path, check: Check) -> None:
    """Write a PNG: a row a set with its modalities as dots, a column a part with its rows; unseen sets in vermilion."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = sorted(check.matrix, key=lambda one: -sum(check.matrix[one]))[:_MOST]
    sets = [one for one in check.matrix if one in shown]
    unseen = {frozenset(one.combination) for one in check.evaluated if one.relation == "unseen"}
    names = list(dict.fromkeys(name for one in sets for name in one))
    counts = np.array([check.matrix[one] for one in sets], np.float64)
    figure = Figure(figsize=(2 + 0.45 * len(names) + 1.1 * len(check.parts), 1.6 + 0.4 * len(sets)), dpi=120)
    FigureCanvasAgg(figure)
    widths = [0.45 * len(names), 1.1 * len(check.parts)]
    dots, cells = figure.subplots(1, 2, sharey=True, width_ratios=widths, gridspec_kw={"wspace": 0.05})
    for row, one in enumerate(sets):
        ink = _UNSEEN if frozenset(one) in unseen else _INK
        inside = [column for column, name in enumerate(names) if name in one]
        outside = [column for column in range(len(names)) if column not in inside]
        dots.plot(outside, [row] * len(outside), "o", color=_FAINT, markersize=8)
        dots.plot(inside, [row] * len(inside), "o-", color=ink, markersize=8)
    dots.set(xlim=(-0.6, len(names) - 0.4), ylim=(len(sets) - 0.5, -0.5), yticks=[])
    dots.set_xticks(range(len(names)), names, rotation=60, ha="left", rotation_mode="anchor")
    cells.imshow(np.where(counts > 0, np.log10(counts + 1), np.nan), cmap="Blues", aspect="auto", vmin=-1)
    darkest = np.log10(counts.max() + 1)
    for (row, column), count in np.ndenumerate(counts):
        dark = np.log10(count + 1) > 0.5 * darkest
        label = f"{int(count):,}" if count else "·"
        cells.text(column, row, label, ha="center", va="center", color="white" if count and dark else _INK, fontsize=9)
    titles = [part.name if part.name == part.split else f"{part.split} {part.name}" for part in check.parts]
    cells.set_xticks(range(len(titles)), titles)
    for axes in (dots, cells):
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    figure.text(0.01, 0.01, _caption(check, len(check.matrix) - len(sets)), fontsize=8, color=_INK, va="bottom")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", bbox_inches="tight", metadata={"Software": None})
    write_atomically(file, picture.getvalue())


def _caption(check: Check, hidden: int) -> str:
    violations = len(check.violations)
    held = f"{violations} invariants violated" if violations else "every invariant holds"
    return f"rows by shown set and part; vermilion: evaluated and unseen in training; {held}" + (
        f"; {hidden} rarer sets not drawn" if hidden else ""
    )
