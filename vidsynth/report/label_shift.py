"""The picture of a label shift: the share of each class in two domains, and how many times it changes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from vidsynth.shards.folder import write_atomically
from vidsynth.splits.domain.labels import LabelShift

_MOST = 40  # classes: with more, those that change most are shown
_SOURCE, _TARGET, _INK = "#0072B2", "#E69F00", "#333333"  # Okabe and Ito


def write_label_shift(file: Path, shift: LabelShift, *, title: str) -> None:
    """Write a PNG: two bars a class, its share in the source and in the target, with the ratio of the two."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    p, q = (np.array(side) / sum(side) for side in (shift.source, shift.target))
    shown = np.sort(np.argsort(-np.abs(p - q), kind="stable")[:_MOST])
    figure = Figure(figsize=(7, 1.4 + 0.42 * len(shown)), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    place = np.arange(len(shown))
    axes.barh(place - 0.2, p[shown], 0.38, color=_SOURCE, label=f"source, {sum(shift.source)}")
    axes.barh(place + 0.2, q[shown], 0.38, color=_TARGET, label=f"target test, {sum(shift.target)}")
    for at, number in enumerate(shown):
        ratio = shift.ratio[number]
        text = f"× {ratio:.2f}" if np.isfinite(ratio) else "new"
        axes.annotate(
            text, (max(p[number], q[number]), at), (4, 0), textcoords="offset points", va="center", color=_INK
        )
    axes.set_yticks(place, [shift.classes[number] for number in shown])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    more = f" (the {_MOST} of {len(p)} classes that change most)" if len(shown) < len(p) else ""
    numbers = f"total variation {shift.total_variation:.4f}, KL(target‖source) {shift.kl:.4f} nats"
    axes.set_title(f"{title}{more}\n{numbers}", fontsize=10)
    axes.set_xlabel("share of the labels")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    write_atomically(file, picture.getvalue())
