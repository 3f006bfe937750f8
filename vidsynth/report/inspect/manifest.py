"""What is in a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from vidsynth.manifest import Manifest
from vidsynth.report.amounts import duration_text
from vidsynth.report.inspect.aligned import aligned, most_frequent
from vidsynth.shards.folder import HIDDEN, BuildFolder
from vidsynth.sources.availability import absent_files

_LOOKED_FOR = 20_000  # videos: with more, nobody asks the disk for each


@dataclass(frozen=True, slots=True)
class ManifestFacts:
    """A manifest.

    videos : distinct files. missing : of these, not under the root; None where they are too many to look for.
    splits, labels, modalities : name → rows, the most frequent first; rows without a split are under "".
    seconds : of the rows whose end is known, and `ended` is how many these are. captioned : rows with a text.
    about : what the source says of itself. hash : of the rows.
    """

    path: str
    root: str
    rows: int
    videos: int
    missing: int | None
    splits: Mapping[str, int]
    labels: Mapping[str, int]
    modalities: Mapping[str, int]
    seconds: float
    ended: int
    captioned: int
    about: Mapping[str, str]
    hash: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": "manifest", **asdict(self)}

    def text(self) -> str:
        """Return the facts for people."""
        absent = {None: ", too many to look for", 0: ", all there"}.get(self.missing, f", {self.missing} missing")
        splits = {name or "none": count for name, count in self.splits.items()}
        rows = [
            ("rows", f"{self.rows:,} of {self.videos:,} videos{absent}"),
            ("root", self.root),
            ("splits", most_frequent(splits)),
            ("labels", f"{len(self.labels):,}: {most_frequent(self.labels)}" if self.labels else ""),
            ("modalities", most_frequent(self.modalities)),
            ("captions", f"{self.captioned:,}" if self.captioned else ""),
            ("duration", f"{duration_text(self.seconds)} in {self.ended:,} rows with an end" if self.ended else ""),
            ("source", self.about.get("title", self.about.get("name", ""))),
            ("licence", self.about.get("licence", "")),
            ("forbids", self.about.get("forbids", "")),
            ("hash", self.hash),
        ]
        return aligned(f"{self.path}: a manifest", rows)

    @property
    def answer(self) -> str:
        """The number of rows."""
        return str(self.rows)


def inspect_manifest(file: Path) -> ManifestFacts:
    """Return what a manifest file says; the videos of a build's own lie where the build remembers.

    Raises SourceError.
    """
    if file.suffix.lower() == ".arrow":
        kept = BuildFolder(file.parent.parent).root if file.parent.name == HIDDEN else file
        root = kept.read_text(encoding="utf-8") if kept != file and kept.exists() else str(file.parent)
        manifest = Manifest.open_arrow(file, root)
    else:
        manifest = Manifest.read(file)
    table = manifest.table
    ended = pc.is_valid(table["end_s"])
    lasts = pc.subtract(table["end_s"], table["start_s"].fill_null(0.0))
    videos = len(pc.unique(table["path"]))
    return ManifestFacts(
        path=str(file),
        root=str(manifest.root),
        rows=len(manifest),
        videos=videos,
        missing=len(absent_files(manifest)) if videos <= _LOOKED_FOR else None,
        splits=_counted(table["split"].fill_null("")),
        labels=_counted(table["labels"].combine_chunks().flatten()),
        modalities=_counted(table["modalities"].combine_chunks().flatten()),
        seconds=float(pc.sum(lasts).as_py() or 0.0),
        ended=int(pc.sum(ended).as_py() or 0),
        captioned=len(table) - table["text"].null_count,
        about=manifest.about,
        hash=manifest.hash(),
    )


def _counted(values: pa.Array | pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(values)
    named = zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
    return dict(sorted(named, key=lambda item: (-item[1], item[0])))
