"""Plots, as PNG files. matplotlib is imported when the first one is drawn."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidsynth.shards.folder import write_atomically

_NIGHT, _DAY, _LINE = "#0072B2", "#E69F00", "#D55E00"  # Okabe and Ito


def write_histogram(
    file: Path,
    values: NDArray[np.float64],
    dark: NDArray[np.bool_],
    *,
    threshold: float,
    band: float,
    title: str,
) -> None:
    """Write a histogram of luminance, two levels a bar, with the threshold and the band of uncertainty about it.

    values : float64 [N]. dark : bool [N], the verdict on each.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(8, 4), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    edges = np.arange(0, max(256.0, float(values.max()) + 2) + 2, 2)
    parts = [values[dark], values[~dark]]
    labels = [f"dark: {len(parts[0])}", f"day: {len(parts[1])}"]
    axes.hist(parts, edges.tolist(), stacked=True, color=[_NIGHT, _DAY], label=labels)
    axes.axvspan(threshold - band, threshold + band, color=_LINE, alpha=0.25, lw=0, label=f"within {band:g}")
    axes.axvline(threshold, color=_LINE, lw=1.5, label=f"Y = {threshold:g}")
    axes.set(xlim=(0, edges[-1]), xlabel="luminance Y of a video", ylabel="videos", title=title)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", metadata={"Software": None})
    write_atomically(file, picture.getvalue())
