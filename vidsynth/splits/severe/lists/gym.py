"""Lists of FineGym: `A0xAXXysHUo_E_002184_002237_A_0035_0036.avi 93` a line, Gym99's numbers or Gym288's.

The authors' readers (action_recognition/datasets/gym_*.py) put `avi` for a name's last three letters, and keep and
renumber classes themselves: so the lists of a part of Gym99 hold the numbers of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe.granularity import WHOLE_NUMBER
from vidsynth.splits.severe.lists.lines import first_of, numbered_lines, rows_by_split, split_line, told, word
from vidsynth.splits.severe.numbers import NUMBER, Listed, Published, Texts, name_of

_SPLITS = ("train", "val")
_KINDS = ("", "_element_v1.1", "_element_v1.0", "_element", "_org")  # SEVERE's copies, FineGym's own, mmaction2's


def read_99(texts: Texts) -> Published:
    """Return what gym99_train.txt and gym99_val.txt (or FineGym's own files) say. Raises SourceError."""
    return _read(texts, "gym99")


def read_288(texts: Texts) -> Published:
    """Return what gym288_train.txt and gym288_val.txt (or FineGym's own files) say. Raises SourceError."""
    return _read(texts, "gym288")


def write_99(manifest: Manifest, published: Published | None) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield gym99_train.txt and gym99_val.txt. Raises SourceError."""
    return _write(manifest, "gym99")


def write_288(manifest: Manifest, published: Published | None) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield gym288_train.txt and gym288_val.txt. Raises SourceError."""
    return _write(manifest, "gym288")


def _read(texts: Texts, name: str) -> Published:
    lines = []
    for split in _SPLITS:
        file, text = first_of(texts, [f"{name}_{split}{kind}.txt" for kind in _KINDS])
        for at, line in numbered_lines(text):
            video, label = split_line(at, line, 2, file)[:2]
            if not label.isdecimal():
                raise SourceError(f"{file}:{at}: {label!r} is no class number")
            lines.append(Listed(name_of(video), split, int(label)))
    return Published(lines, drops_missing=True)


def _write(manifest: Manifest, name: str) -> Iterator[tuple[str, Iterable[str]]]:
    rows = rows_by_split(manifest)
    for split in _SPLITS:
        yield (
            f"{name}_{split}.txt",
            [
                f"{word(name_of(row.path), 'file name')}.avi {extra.get(WHOLE_NUMBER, told(row, extra, NUMBER))}\n"
                for row, extra in rows.pop(split, [])
            ],
        )
    if rows:
        raise SourceError(f"split {min(rows)!r}: these lists have {' and '.join(_SPLITS)} alone")
