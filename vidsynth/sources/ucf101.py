"""UCF101, with each of its three splits.

    <root>/UCF-101/<Class>/v_<Class>_gXX_cYY.avi      the official archive
    <root>/videos/<Class>/…                           as mmaction2 lays it out; or flat
    <root>/ucfTrainTestlist/ or annotations/: classInd.txt, trainlist01.txt, testlist01.txt, … 03

Schema: UCF101TrainTestSplits-RecognitionTask.zip, `1 ApplyEyeMakeup` a line of classInd.txt,
`ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1` of a trainlist, the same without a number of a testlist
(as torchvision's datasets.UCF101 and mmaction2's tools/data/ucf101 read them). Clips of one group (`group` in
`extra`) were cut from one recording; the official splits keep groups whole.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import find_one, lines_of, where

NAMES = ("ucf101", "UCF101", "UCF-101", "ucf-101")
ABOUT = {
    "title": "UCF101 (Soomro et al., 2012, arXiv 1212.0402)",
    "homepage": "https://www.crcv.ucf.edu/data/UCF101.php",
    "forbids": terms.UNSTATED,
    "licence": "none stated; research use",
}
WITHHELD = "no licence is stated, and its videos come from YouTube"
SUFFIX = ".avi"
_FROM = f"they come in UCF101TrainTestSplits-RecognitionTask.zip, from {ABOUT['homepage']}"
_NAME = re.compile(r"v_\w+_g(?P<group>\d+)_c(?P<clip>\d+)")


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a clip, split as in the official split 1. Raises SourceError."""
    yield from _rows(root, 1)


def rows_2(root: Path) -> Iterator[Row]:
    """Yield a row a clip, split as in the official split 2. Raises SourceError."""
    yield from _rows(root, 2)


def rows_3(root: Path) -> Iterator[Row]:
    """Yield a row a clip, split as in the official split 3. Raises SourceError."""
    yield from _rows(root, 3)


def _rows(root: Path, number: int) -> Iterator[Row]:
    classes = {text.split()[-1] for _, text in lines_of(find_one(root, "classInd.txt", what=_FROM))}
    for split in ("train", "test"):
        file = find_one(root, f"{split}list{number:02d}.txt", what=_FROM)
        for line, text in lines_of(file):
            label, _, name = posixpath.splitext(text.split()[0])[0].rpartition("/")
            match = _NAME.fullmatch(name)
            fault = None if label in classes else f"class {label!r} is not in classInd.txt"
            yield Row(
                video_id=name,
                file=name,
                split=split,
                labels=(label,),
                extra={"group": int(match["group"]), "clip": int(match["clip"])} if match else {},
                where=where(root, file, line),
                fault=fault if match else f"{name!r} is not named v_<Class>_gXX_cYY",
            )
