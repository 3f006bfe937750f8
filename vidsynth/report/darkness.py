"""Darkness statistics for people: the verdict on every video, shares with their uncertainty, a histogram in text."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from vidsynth.benchmark.intervals import wilson
from vidsynth.generators.darkness.recipe import VerdictParams
from vidsynth.generators.darkness.record import COLUMNS
from vidsynth.manifest import Manifest
from vidsynth.shards.reader import Shards

# Percent of dark videos, by the name of a source: the table of Day2Dark's authors' talk.
PUBLISHED = {
    "epic100": 1.9,
    "activitynet": 3.2,
    "charades": 3.6,
    "k400": 4.4,
    "mit": 4.9,
    "kinetics-sound": 8.3,
}
# Levels by which toolchains differ: libswscale's usual RGB is this much too dark, so that videos so near to the
# threshold may be judged otherwise elsewhere.
BAND = 1.3
_BIN = 10  # levels
_BAR = 40  # characters
_CLASSES = 10
_HEAD = "split          videos    dark  percent   95 % interval   {}"


def judged(shards: Shards, manifest: Manifest, rows: NDArray[np.int64], verdict: VerdictParams) -> pa.Table:
    """Return a table with a row a video: its manifest's columns, its statistics, and this verdict.

    rows : the manifest's row of each sample index. The frames' own luminance is left out.
    """
    names = [name for name in COLUMNS if name != "y_frames"]
    table = shards.table(["index", *names])
    about = manifest.table.select(["video_id", "path", "split", "start_s", "end_s", "labels"])
    about = about.take(pa.array(rows[table["index"].to_numpy()]))
    if verdict.threshold != shards.recipe["verdict"]["threshold"]:
        share = _share_at(shards, verdict.threshold)
        table = table.set_column(table.schema.get_field_index("dark_share"), "dark_share", pa.array(share))
    if verdict.aggregate == "share":
        dark = table["dark_share"].to_numpy() >= verdict.share
    else:
        dark = judged_value(table, verdict) <= verdict.threshold
    table = table.set_column(table.schema.get_field_index("dark"), "dark", pa.array(dark))
    for number, name in enumerate(about.column_names):
        table = table.add_column(number, name, about[name])
    return table.drop_columns(["index"])


def judged_value(table: pa.Table, verdict: VerdictParams) -> NDArray[np.float64]:
    """Return the luminance that stands for each video: float64 [N], the median for `median`, else the mean."""
    column: NDArray[np.float64] = table["y_p50" if verdict.aggregate == "median" else "y_mean"].to_numpy()
    return column


def _share_at(shards: Shards, threshold: float) -> NDArray[np.float64]:
    shares = []
    for chunk in shards.table(["y_frames"])["y_frames"].chunks:
        dark = chunk.flatten().to_numpy() <= threshold
        parents = pc.list_parent_indices(chunk).to_numpy()
        shares.append(np.bincount(parents, dark, len(chunk)) / np.bincount(parents, minlength=len(chunk)))
    return np.concatenate(shares)


def summarise(table: pa.Table, verdict: VerdictParams, source: str) -> dict[str, Any]:
    """Return counts and shares as plain values: of all videos, of each split and class, and what was published."""
    near = np.abs(judged_value(table, verdict) - verdict.threshold) < BAND
    dark = table["dark"].to_numpy()
    splits = np.array([split or "" for split in table["split"].to_pylist()])
    every, darks = Counter[str](), Counter[str]()
    for labels, is_dark in zip(table["labels"].to_pylist(), dark.tolist(), strict=True):
        every.update(labels or ())
        darks.update((labels or ()) if is_dark else ())
    return {
        "source": source,
        "verdict": verdict.model_dump(mode="json"),
        **_counts(dark, near),
        "published_percent": PUBLISHED.get(source),
        "black_frames": int(pc.sum(table["black_frames"]).as_py()),
        "splits": {name: _counts(dark[splits == name], near[splits == name]) for name in np.unique(splits) if name},
        "classes": {
            name: {"videos": every[name], "dark": darks[name]}
            for name in sorted(every, key=lambda name: (-darks[name], name))
        },
    }


def _counts(dark: NDArray[np.bool_], near: NDArray[np.bool_]) -> dict[str, Any]:
    low, high = wilson(int(dark.sum()), len(dark))
    return {
        "videos": len(dark),
        "dark": int(dark.sum()),
        "percent": 100 * float(dark.mean()),
        "interval_95": [100 * low, 100 * high],
        "within_band": int(near.sum()),
    }


def text(summary: dict[str, Any], values: NDArray[np.float64]) -> str:
    """Return the summary as a person reads it on a terminal; `values` are those of `judged_value`."""
    verdict = summary["verdict"]
    rule = {
        "mean": f"mean Y <= {verdict['threshold']:g}",
        "median": f"median Y <= {verdict['threshold']:g}",
        "share": f"Y <= {verdict['threshold']:g} in {100 * verdict['share']:g} % of the frames",
    }[verdict["aggregate"]]
    lines = [
        f"{summary['source']}: {summary['dark']} of {summary['videos']} videos are dark ({rule}).",
        "",
        _HEAD.format(f"within {BAND:g} of {verdict['threshold']:g}"),
        *(_line(name, counts) for name, counts in summary["splits"].items()),
        _line("all", summary),
    ]
    if summary["published_percent"] is not None:
        lines.append(
            f"{'published':<12}{'':>17}{summary['published_percent']:>9.1f}   (Day2Dark; set-up reconstructed)"
        )
    if "against_all_frames" in summary:
        lines += ["", _compared(summary["measure"]["frames"], summary["against_all_frames"])]
    worst = [(name, counts) for name, counts in summary["classes"].items() if counts["dark"]][:_CLASSES]
    if worst:
        width = max(len(name) for name, _ in worst)
        lines += ["", "classes with the most dark videos"]
        lines += [
            f"  {name:<{width}}  {counts['dark']:>6} of {counts['videos']:<6}"
            f"{100 * counts['dark'] / counts['videos']:>6.1f} %"
            for name, counts in worst
        ]
    return "\n".join([*lines, "", histogram(values, verdict["threshold"])])


def _compared(frames: str, difference: dict[str, Any]) -> str:
    return (
        f"frames: {frames}. Of {difference['videos']} videos measured on all frames, too, Y is off by "
        f"{difference['mean_absolute_difference']:.2f} on average\n(at most "
        f"{difference['largest_absolute_difference']:.2f}; too bright by {difference['mean_difference']:.2f} in the "
        f"mean), and the verdict on {difference['other_verdicts']} is another."
    )


def _line(name: str, counts: dict[str, Any]) -> str:
    low, high = counts["interval_95"]
    interval = f"{low:.1f} to {high:.1f}"
    return (
        f"{name:<12}{counts['videos']:>9}{counts['dark']:>8}{counts['percent']:>9.1f}   {interval:<16}"
        f"{counts['within_band']}"
    )


def histogram(values: NDArray[np.float64], threshold: float) -> str:
    """Return a histogram of luminance in text, ten levels a line, with the threshold drawn where it cuts."""
    counts = np.bincount((values // _BIN).astype(int), minlength=1)
    most = counts.max()
    lines = ["luminance Y of a video"]
    for number, count in enumerate(counts.tolist()):
        low, high = number * _BIN, (number + 1) * _BIN
        bar = "#" * math.ceil(_BAR * count / most)
        lines.append(f"  {low:>3} - {high:<3} {bar} {count}".rstrip())
        if low < threshold <= high:
            lines.append(f"  ------- {threshold:g} dark above this line, day below")
    return "\n".join(lines)
