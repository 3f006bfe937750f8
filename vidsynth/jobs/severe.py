"""Making a SEVERE setting from a manifest and the official annotation files, and writing lists of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from vidsynth.errors import RecipeError, SourceError, nearest
from vidsynth.jobs.annotation_files import AnnotationFiles, read
from vidsynth.manifest import Manifest
from vidsynth.part_files import written_whole
from vidsynth.splits.severe import (
    SETTINGS,
    Setting,
    Summary,
    both_ways,
    curve,
    detections,
    few_samples,
    multi_label,
    numbered,
    only_classes,
    repetitions,
    summary,
)
from vidsynth.splits.severe.detection import CUT_S, parse_boxes
from vidsynth.splits.severe.few_sample import PUBLISHED_SEEDS
from vidsynth.splits.severe.lists import FORMATS
from vidsynth.splits.severe.numbers import Listed, Published
from vidsynth.splits.severe.repetition import parse_repetitions
from vidsynth.video.index import VideoIndex


@dataclass(frozen=True, slots=True)
class Made:
    """A setting's manifest, or that of one size of its curve.

    samples : the nominal number of training rows, where it is a subset. lists : the official lists it was made by.
    unread : annotated videos that are absent for another reason than a missing file, and why.
    """

    manifest: Manifest
    summary: Summary
    samples: int | None
    lists: Published | None
    unread: dict[str, str]


def setting_named(name: str) -> Setting:
    """Return a setting. Raises RecipeError with the nearest name."""
    if name not in SETTINGS:
        raise RecipeError(f"no setting {name!r}{nearest(name, SETTINGS)} (known: {', '.join(SETTINGS)})")
    return SETTINGS[name]


def make_setting(
    name: str,
    source: Manifest,
    *,
    annotations: Path | None = None,
    videos: Manifest | None = None,
    samples: Sequence[int] = (),
    draw: str = "nested",
    seed: int | None = None,
    cut_s: float = CUT_S,
) -> list[Made]:
    """Return what a setting makes of a source: one manifest, or one for each of several sizes.

    Parameters
    ----------
    source : the rows of the setting's source.
    annotations : where the official annotation files lie, at most two folders down (default: the source's root).
    videos : for multi-label, the rows of all videos.
    samples : other sizes than the setting's own.
    draw : `nested`, by our own streams; or `published`, as the authors' code draws, which needs the official lists.
    seed : of the draw. By default 0, or the authors' 99999.
    cut_s : for detection, the second of the film at which the files begin.

    Raises RecipeError or SourceError.
    """
    setting = setting_named(name)
    lie = annotations or source.root
    if not isinstance(lie, Path):
        raise SourceError(f"{lie}: annotation files are read from a folder only; say which with --annotations")
    files = AnnotationFiles(lie)
    about = {"name": f"severe {name}", "split": f"{setting.about} (SEVERE, ECCV 2022)"}
    if setting.task is not None:
        made, lists, unread = _of_task(setting, source, files, videos, cut_s)
        facts = summary(made, setting.published, source=source, lists=lists)
        return [_closed(Made(made, facts, None, None, unread), about)]

    reader = FORMATS[setting.lists].read if setting.lists else None
    lists = reader(files) if reader else None
    lists = lists if lists and lists.lines else None
    whole = numbered(source, lists)
    if setting.classes is not None:
        whole = only_classes(whole, setting.classes)
    sizes: list[int | None] = [*samples] or [setting.samples]
    if setting.curve and not samples:
        train = whole.only_split("train")
        sizes = [*curve(len(train), setting.samples or 1000), None]
    if draw == "published" and lists is None and any(sizes):
        mend = "give their folder with --annotations" if reader else "none are known; use --draw nested"
        raise SourceError(f"--draw published: needs the official lists of {setting.source}: {mend}")
    seed = seed if seed is not None else PUBLISHED_SEEDS[0] if draw == "published" else 0
    found = []
    for size in sizes:
        by = lists if draw == "published" else None
        made = few_samples(whole, size, seed=seed, published=by) if size else whole
        facts = summary(made, _published(setting, size), source=source, lists=lists, classes=setting.classes)
        drawn = {"draw": f"{size} samples, {draw}, seed {seed}"} if size else {}
        found.append(_closed(Made(made, facts, size, lists, {}), about | drawn))
    return found


def write_lists(folder: Path, name: str, made: Made) -> list[Path]:
    """Write the lists that a setting was published with, and return the files. Raises SourceError or RecipeError."""
    form = SETTINGS[name].lists
    if form is None:
        raise RecipeError(f"{name}: was published without lists of its own; leave --lists out")
    written = []
    for file, pieces in FORMATS[form].write(made.manifest, made.lists):
        path = folder / file
        if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
            raise SourceError(f"{file}: leaves the lists' folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as beside, beside.open("wb") as out:
            out.writelines(piece.encode() if isinstance(piece, str) else piece for piece in pieces)
        written.append(path)
    return written


def _closed(made: Made, about: dict[str, str]) -> Made:
    manifest = Manifest(made.manifest.table, made.manifest.root, made.manifest.about | about)
    return replace(made, manifest=manifest)


def _published(setting: Setting, size: int | None) -> dict[str, int]:
    """Return the published counts that a subset of this size can be held against."""
    if size == (None if setting.curve else setting.samples):
        return dict(setting.published)
    return {split: count for split, count in setting.published.items() if split != "train"}


def _of_task(
    setting: Setting,
    source: Manifest,
    files: AnnotationFiles,
    videos: Manifest | None,
    cut_s: float,
) -> tuple[Manifest, Published | None, dict[str, str]]:
    if setting.task == "multi-label":
        return multi_label(source, videos), None, {}
    if setting.task == "arrow-of-time":
        return both_ways(source), None, {}
    if setting.task == "detection":
        frames = {}
        for split in ("train", "val"):
            for file in (f"ava_{split}_v2.2.csv", f"ava_{split}_v2.1.csv"):
                text = files(file)
                if text is not None:
                    frames[split] = parse_boxes(text, file)
                    break
        if not frames:
            raise SourceError(f"{files.folder}: no ava_train_v2.2.csv or ava_val_v2.2.csv; see --annotations")
        return detections(source, frames, cut_s=cut_s), None, {}
    counted = [file for file in files.files if file.parent.name == "repetition_label"]
    if not counted:
        raise SourceError(f"{files.folder}: no folder repetition_label with UCFRep's .txt files; see --annotations")
    annotated = [one for file in counted for one in parse_repetitions(read(file), file.name)]
    index = VideoIndex(source.root)

    def seconds_of(path: str, frames: NDArray[np.int64]) -> NDArray[np.float64]:
        info = index.info(path)
        times = info.seconds(info.ticks_of(np.minimum(frames, info.frames - 1)))
        return np.where(frames < info.frames, times, info.duration_s)

    made, unread = repetitions(source, annotated, seconds_of)
    return made, Published([Listed(one.name, one.split, 0) for one in annotated]), unread
