"""Frame lists, as SlowFast's readers of Charades and AVA take them, and AVA's boxes.

    original_vido_id video_id frame_id path labels
    46GP8 0 0 46GP8/46GP8-000001.jpg "77,79"

A line a frame (slowfast/datasets/utils.py, `load_image_lists`; ava_helper.py): the misspelt heading is what the
readers ask for. Charades' frames are those of its RGB archive, 24 a second; AVA's are extracted at 30 a second from
files that begin at second 900 and last 901 (slowfast/datasets/DATASET.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe.lists.lines import rows_by_split, told, word
from vidsynth.splits.severe.numbers import name_of

HEADING = "original_vido_id video_id frame_id path labels\n"
CHARADES_FPS, AVA_FPS, AVA_S = 24, 30, 901
_CHARADES_FILES = {"train": "train.csv", "test": "val.csv"}
_AVA_SPLITS = ("train", "val")


def write_charades(manifest: Manifest, published: object = None) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield train.csv and val.csv of a multi-label manifest whose rows tell their `length_s`. Raises SourceError."""
    rows = rows_by_split(manifest)
    for split, file in _CHARADES_FILES.items():
        lines = [HEADING]
        for number, (row, extra) in enumerate(rows.pop(split, [])):
            name = word(name_of(row.path), "file name")
            length = told(row, extra, "length_s", " (the source's own rows have it; give them with --videos)")
            actions = extra.get("actions", [])
            for frame in range(int(length * CHARADES_FPS)):
                labels = ",".join(map(str, _shown(actions, frame / CHARADES_FPS)))
                lines.append(f'{name} {number} {frame} {name}/{name}-{frame + 1:06d}.jpg "{labels}"\n')
        yield file, lines
    if rows:
        raise SourceError(f"split {min(rows)!r}: these lists have {' and '.join(_CHARADES_FILES)} alone")


def _shown(actions: Sequence[tuple[float, float, float | None]], at_s: float) -> list[int]:
    return sorted({int(label) for label, start, end in actions if start <= at_s and (end is None or at_s <= end)})


def write_ava(manifest: Manifest, published: object = None) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield frame_lists/ and annotations/ of a manifest of key frames. Raises SourceError."""
    rows = rows_by_split(manifest)
    for split in _AVA_SPLITS:
        of_split = rows.pop(split, [])
        videos = list(dict.fromkeys(word(told(row, extra, "video"), "video") for row, extra in of_split))
        yield f"frame_lists/{split}.csv", _ava_frames(videos)
        yield (
            f"annotations/ava_{split}_v2.2.csv",
            [
                f"{extra['video']},{extra['second']:04d},{','.join(f'{side:.3f}' for side in box)},{action},{person}\n"
                for _, extra in of_split
                for box, actions, person in zip(extra["boxes"], extra["actions"], extra["persons"], strict=True)
                for action in actions
            ],
        )
    if rows:
        raise SourceError(f"split {min(rows)!r}: these lists have {' and '.join(_AVA_SPLITS)} alone")


def _ava_frames(videos: Sequence[str]) -> Iterator[str]:
    yield HEADING
    for number, video in enumerate(videos):
        for frame in range(AVA_FPS * AVA_S):
            yield f'{video} {number} {frame} {video}/{video}_{frame + 1:06d}.jpg ""\n'
