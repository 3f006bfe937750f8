"""Darkness statistics of a source from start to end: measure what is not measured yet, judge, and write it down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vidsynth.clip import ClipRef, Frames
from vidsynth.errors import ShardError, VidsynthError
from vidsynth.evaluate import decoded
from vidsynth.generators.darkness import DarknessStatistics
from vidsynth.generators.darkness.recipe import VerdictParams
from vidsynth.jobs.run import build
from vidsynth.manifest import Manifest
from vidsynth.report.contact import write_contact_sheet
from vidsynth.report.darkness import BAND, judged, judged_value, summarise
from vidsynth.report.plots import write_histogram
from vidsynth.rng import Permutation
from vidsynth.shards.folder import HIDDEN, BuildFolder, write_atomically
from vidsynth.shards.reader import Shards
from vidsynth.sources.settings import cache_dir

_SHOWN = 8  # videos a row of the contact sheet
_LEAST, _MOST, _SHARE = 10, 200, 0.05  # of the videos, that are measured both ways


def unjudged(generator: DarknessStatistics) -> DarknessStatistics:
    """Return the generator with the usual verdict: what it measures serves every verdict."""
    recipe = generator.recipe.model_copy(update={"verdict": VerdictParams()})
    return DarknessStatistics(generator.manifest, recipe, videos=generator.videos)


def usual_folder(generator: DarknessStatistics) -> Path:
    """Return where statistics lie if no folder is named: in the cache, under the name of what decides them."""
    recipe = unjudged(generator).recipe
    name = "".join(letter if letter.isalnum() else "-" for letter in recipe.source.name)
    return cache_dir() / "darkness" / f"{name}-{recipe.hash()[:12]}"


def darkness_statistics(
    generator: DarknessStatistics, out: str | Path, **settings: Any
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Measure a source's videos into a build folder, and write what came of it there.

    Beside what every build leaves: darkness.parquet, a row a video; dark.parquet and day.parquet, manifests of
    either kind; histogram.png; contact-sheet.png; summary.json. A finished folder is not measured again: asking
    for another verdict decodes nothing but the pictures of the contact sheet.

    generator : its verdict is the one that counts. settings : as for `build`.

    Returns the summary, and the luminance that each video was judged by. Raises what `build` raises.
    """
    out, verdict = Path(out), generator.recipe.verdict
    measuring = unjudged(generator)
    shards = build(measuring, out, **settings)
    table = judged(shards, generator.manifest, generator.rows, verdict)
    values = judged_value(table, verdict)
    name = generator.recipe.source.name
    summary = summarise(table, verdict, name)
    summary["measure"] = generator.recipe.measure.model_dump(mode="json")
    summary["failed"] = shards.summary["failures"]
    if generator.recipe.measure.frames != "all":
        summary["against_all_frames"] = _both_ways(measuring, shards, out / HIDDEN / "all-frames", verdict, settings)
    pq.write_table(table, out / "darkness.parquet", compression="zstd")
    _write_manifests(generator, shards, table, out)
    title = f"{name}: {summary['percent']:.1f} % of {summary['videos']} videos are dark"
    dark = table["dark"].to_numpy()
    write_histogram(out / "histogram.png", values, dark, threshold=verdict.threshold, band=BAND, title=title)
    write_contact_sheet(out / "contact-sheet.png", _sheet(generator, table, values, verdict))
    write_atomically(out / "summary.json", (json.dumps(summary, indent=1) + "\n").encode())
    return summary, values


def open_statistics(out: str | Path) -> tuple[Manifest, dict[str, float]]:
    """Return the manifest that statistics were measured over, and the mean luminance of each video_id.

    Raises ShardError if there are none in this folder.
    """
    folder = BuildFolder(Path(out))
    try:
        table = pq.read_table(folder.path / "darkness.parquet", columns=["video_id", "y_mean"])
        manifest = Manifest.open_arrow(folder.manifest, folder.root.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # pa.ArrowInvalid is a ValueError
        reason = "not there" if isinstance(error, FileNotFoundError) else " ".join(str(error).split())
        raise ShardError(
            f"{out}: no darkness statistics here (darkness.parquet: {reason}); "
            f"`vidsynth darkness-stats SRC --out {out}` makes them"
        ) from None
    return manifest, dict(zip(table["video_id"].to_pylist(), table["y_mean"].to_pylist(), strict=True))


def _both_ways(
    quick: DarknessStatistics, shards: Shards, out: Path, verdict: VerdictParams, settings: dict[str, Any]
) -> dict[str, Any]:
    """Measure a sample of the videos on all frames, too; return how far the quick way is off."""
    recipe = quick.recipe.with_changes({"measure.frames": "all", "source.manifest": None, "source.fraction": 1.0})
    recipe = recipe.with_changes({"limit": None, "rows_per_shard": None})
    measured = shards.table(["index"])["index"].to_numpy()
    count = min(len(measured), _MOST, max(_LEAST, round(_SHARE * len(measured))))
    drawn = Permutation(quick.recipe.seed, "both ways", len(measured)).array(0, count)
    indices = measured[np.sort(drawn)]
    full = DarknessStatistics(quick.manifest.take(quick.rows[indices]), recipe)
    whole = build(full, out, **{**settings, "max_failures": None, "overwrite": True})
    exact = judged(whole, full.manifest, full.rows, verdict)
    table = judged(shards, quick.manifest, quick.rows, verdict)
    at = {name: row for row, name in enumerate(table["video_id"].to_pylist())}
    pairs = [(at[name], row) for row, name in enumerate(exact["video_id"].to_pylist()) if name in at]
    ours, theirs = (np.array(rows) for rows in zip(*pairs, strict=True))
    difference = judged_value(table, verdict)[ours] - judged_value(exact, verdict)[theirs]
    turned = table["dark"].to_numpy()[ours] != exact["dark"].to_numpy()[theirs]
    return {
        "videos": len(pairs),
        "mean_difference": float(difference.mean()),
        "mean_absolute_difference": float(np.abs(difference).mean()),
        "largest_absolute_difference": float(np.abs(difference).max()),
        "other_verdicts": int(turned.sum()),
    }


def _write_manifests(generator: DarknessStatistics, shards: Shards, table: pa.Table, out: Path) -> None:
    rows = generator.rows[shards.table(["index"])["index"].to_numpy()]
    dark, mean = table["dark"].to_numpy(), table["y_mean"].to_numpy()
    for kind, chosen in (("dark", dark), ("day", ~dark)):
        manifest = generator.manifest.take(rows[chosen]).replaced({"y_mean": mean[chosen]})
        manifest.about |= {"name": f"{manifest.about.get('name', 'source')}-{kind}"}
        manifest.write(out / f"{kind}.parquet")


def _sheet(
    generator: DarknessStatistics, table: pa.Table, values: NDArray[np.float64], verdict: VerdictParams
) -> list[tuple[str, list[tuple[str, Frames | None]]]]:
    """Return the rows of the contact sheet: a middle frame each of the darkest, the borderline and the brightest."""
    order = np.argsort(values, kind="stable")
    near = np.argsort(np.abs(values - verdict.threshold), kind="stable")[:_SHOWN]
    parts = {
        "darkest": order[:_SHOWN],
        f"nearest to {verdict.threshold:g}": near[np.argsort(values[near], kind="stable")],
        "brightest": order[::-1][:_SHOWN],
    }
    return [
        (title, [(_caption(table, row, values[row]), _middle(generator, table, row)) for row in rows.tolist()])
        for title, rows in parts.items()
    ]


def _caption(table: pa.Table, row: int, value: float) -> str:
    name = table["video_id"][row].as_py().rpartition("/")[2]
    return f"{value:.1f}  {name if len(name) <= 14 else name[:13] + '~'}"


def _middle(generator: DarknessStatistics, table: pa.Table, row: int) -> Frames | None:
    cells = {name: table[name][row].as_py() for name in ("video_id", "path", "start_s", "end_s")}
    try:
        info = generator.videos.info(cells["path"])
        start, stop = info.frames_between(cells["start_s"] or 0.0, cells["end_s"])
        time = info.seconds(info.ticks_of(np.array([(start + stop) // 2])))
        ref = ClipRef(cells["video_id"], cells["path"], tuple(time.tolist()))
        (clip,) = decoded(generator.videos, [ref])
    except VidsynthError:
        return None  # measured in an earlier run, and gone since
    frame: Frames = clip.frames[0]
    return frame
