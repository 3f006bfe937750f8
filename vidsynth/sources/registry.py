"""The data sets that vidsynth knows, each in a module that is imported when it is asked for.

A module turns official annotation files into rows (`rows(root)`, see annotations.py), or reads a root into a
manifest by itself (`read(root)`). It holds NAMES (what the data set's folder may be called), ABOUT (title,
homepage, licence), WITHHELD (why pixels of its videos are not just anyone's to publish; empty where its licence
lets anyone), and where they are needed SUFFIX (of its videos; .mp4), `also(name)` (further names of a
file) and `default_root()`.

Third parties register modules of the same form under the entry point group `vidsynth.sources`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, NamedTuple

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources.annotations import Row
from vidsynth.sources.files import video_files
from vidsynth.sources.match import Also, Matched, manifest_of, manifest_of_all, match


class Entry(NamedTuple):
    """Where a source's code is: module of this package, and the functions in it that give rows and a manifest.

    split : the split taken when none is asked for; None takes all. note : what is special about its rows.
    """

    module: str
    note: str = ""
    rows: str = "rows"
    read: str = "read"
    split: str | None = None


KNOWN: dict[str, Entry] = {
    "demo": Entry("demo"),
    "k400": Entry("k400", split="train"),
    "mini-kinetics": Entry(
        "kinetics_subsets", "of it Mini-Kinetics-200", rows="rows_mini", read="read_mini", split="train"
    ),
    "kinetics-sound": Entry(
        "kinetics_subsets", "of it Kinetics-Sound", rows="rows_sound", read="read_sound", split="train"
    ),
    "ucf101": Entry("ucf101", "split 1"),
    "ucf101-2": Entry("ucf101", "split 2", rows="rows_2"),
    "ucf101-3": Entry("ucf101", "split 3", rows="rows_3"),
    "hmdb51": Entry("hmdb51", "split 1"),
    "hmdb51-2": Entry("hmdb51", "split 2", rows="rows_2"),
    "hmdb51-3": Entry("hmdb51", "split 3", rows="rows_3"),
    "ssv2": Entry("ssv2"),
    "gym99": Entry("finegym", "Gym99", rows="rows_99"),
    "gym288": Entry("finegym", "Gym288", rows="rows_288"),
    "fx-s1": Entry("finegym", "FX-S1, of Gym99", rows="rows_fx_s1"),
    "ub-s1": Entry("finegym", "UB-S1, of Gym99", rows="rows_ub_s1"),
    "ntu60": Entry("ntu60", "split by performer"),
    "ntu60-xview": Entry("ntu60", "split by camera", rows="rows_xview"),
    "mit": Entry("mit"),
    "actorshift": Entry("actorshift"),
    "epic100": Entry("epic100"),
    "epic55-domains": Entry("epic55_domains"),
    "charades": Entry("charades"),
    "charades-actions": Entry("charades", "a row an action", rows="action_rows"),
    "charades-ego": Entry("charades_ego"),
    "charades-ego-actions": Entry("charades_ego", "a row an action", rows="action_rows"),
    "activitynet": Entry("activitynet"),
    "activitynet-captions": Entry("activitynet", "Captions, a row a sentence", rows="caption_rows"),
    "msrvtt": Entry("msrvtt"),
    "msrvtt-1ka": Entry("msrvtt", "split 1k-A", rows="rows_1ka"),
    "msrvtt-captions": Entry("msrvtt", "a row a caption", rows="caption_rows"),
    "didemo": Entry("didemo"),
    "tempo": Entry("didemo", "TEMPO-TL", rows="tempo_rows"),
}


def known() -> list[str]:
    """Return the names of all sources: those of this package, then those that other packages add."""
    return [*KNOWN, *_added()]


def default_split(name: str) -> str | None:
    """Return the split that a known source gives when none is asked for; None is every one."""
    return KNOWN[name].split if name in KNOWN else None


@functools.cache
def _added() -> dict[str, EntryPoint]:
    points = sorted(entry_points(group="vidsynth.sources"), key=lambda point: point.name)
    return {point.name: point for point in points if point.name not in KNOWN}


@dataclass(frozen=True, slots=True)
class Layout:
    """A data set that vidsynth can read as it lies.

    names : the source's name first, then what its folder may be called.
    about : name, title, homepage, licence.
    withheld : why pixels of its videos are not just anyone's to publish; empty where its licence lets anyone.
    rows : yields what the annotation files say, as it stands there; None where there are none.
    reads : makes the manifest from the root, where that takes more than joining rows and files by name.
    also : further names that a file may go under. suffix : of its videos, usually.
    default_root : where it lies without anyone saying so.
    """

    names: Sequence[str]
    about: Mapping[str, str]
    withheld: str
    rows: Callable[[Path], Iterator[Row]] | None
    reads: Callable[[Path], Manifest] | None
    also: Also | None
    suffix: str
    default_root: Callable[[], Path] | None

    def read(self, root: Path) -> Manifest:
        """Return the manifest of the rows whose video is there. Raises SourceError."""
        if self.reads is not None:
            with _form_said(root, self.names[0], []):
                manifest = self.reads(root)
            return Manifest(manifest.table, manifest.root, {**manifest.about, "name": self.names[0]})
        return manifest_of(self.match(root, video_files(root)), root, self.about)

    def annotated(self, root: Path) -> Manifest:
        """Return the manifest of all rows, looking for no video. Raises SourceError."""
        return manifest_of_all(self.match(root, []), root, self.about, self.suffix)

    def match(self, root: Path, paths: Sequence[str]) -> Matched:
        """Join the rows with paths of videos. Raises SourceError, also where the data set has no annotation files."""
        if self.rows is None:
            raise SourceError(f"{self.names[0]} has no annotation files: its videos are what lies in its folder")
        return match(_checked(self.rows(root), root, self.names[0]), paths, self.also)


# What an entry of another form does to a reader that expects its data set's own.
_FAULTS = (TypeError, ValueError, LookupError, AttributeError, OverflowError, RecursionError)


def _checked(rows: Iterable[Row], root: Path, name: str) -> Iterator[Row]:
    """Yield rows. Raises SourceError, naming the row before, where the next one's entry is not of its form."""
    places: list[str] = []
    with _form_said(root, name, places):
        for row in rows:
            places[:] = [row.where]
            yield row


@contextlib.contextmanager
def _form_said(root: Path, name: str, places: Sequence[str]) -> Iterator[None]:
    try:
        yield
    except _FAULTS as error:
        after = f" (after {places[0]})" if places else ""
        what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise SourceError(f"{root}: an annotation of {name}{after} is not of the form that it has: {what}") from None


@functools.cache
def layout(name: str) -> Layout:
    """Return the layout of a known source. Raises SourceError where a package's module is none."""
    if name in KNOWN:
        entry = KNOWN[name]
        module = importlib.import_module(f"vidsynth.sources.{entry.module}")
    else:
        entry, module = Entry(name), _loaded(_added()[name])
    title = module.ABOUT["title"] + (f"; {entry.note}" if entry.note else "")
    return Layout(
        names=tuple(dict.fromkeys((name, *getattr(module, "NAMES", ())))),
        about={**module.ABOUT, "name": name, "title": title},
        withheld=getattr(module, "WITHHELD", "nobody has said that its licence allows it"),
        rows=getattr(module, entry.rows, None),
        reads=getattr(module, entry.read, None),
        also=getattr(module, "also", None),
        suffix=getattr(module, "SUFFIX", ".mp4"),
        default_root=getattr(module, "default_root", None),
    )


def _loaded(point: EntryPoint) -> Any:
    """Return the module of a package that adds a source. Raises SourceError."""
    package = point.dist.name if point.dist else point.value
    try:
        module = point.load()
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
    else:
        if "title" in getattr(module, "ABOUT", {}) and (hasattr(module, "rows") or hasattr(module, "read")):
            return module
        why = "it needs ABOUT with a title, and rows(root) or read(root)"
    raise SourceError(f"{point.name}: {point.value}, from the package {package}, is not usable as a source: {why}")
