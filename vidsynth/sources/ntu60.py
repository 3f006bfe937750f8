"""NTU RGB+D (60 classes), split by performer or by camera.

    <root>/nturgb+d_rgb/S001C001P001R001A001_rgb.avi    the official archives; or in any folders, with or without _rgb

There are no annotation files: setup, camera, performer, replication and action stand in the name, as
https://github.com/shahroudy/NTURGB-D says, where the classes' names come from, too. Setups 18 to 32 and actions
61 to 120 belong to NTU RGB+D 120 and are left out. Cross-subject: 20 performers train (Shahroudy et al., 2016,
section 4.1); cross-view: cameras 2 and 3 train, camera 1 tests.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.files import video_files

NAMES = ("ntu60", "NTU60", "nturgbd", "nturgb+d_rgb", "NTU_RGBD", "ntu-rgbd")
ABOUT = {
    "title": "NTU RGB+D (Shahroudy et al., 2016, arXiv 1604.02808)",
    "homepage": "https://rose1.ntu.edu.sg/dataset/actionRecognition/",
    "forbids": terms.RESEARCH_ONLY,
    "licence": "ROSE Lab: academic research, on request",
}
WITHHELD = "the ROSE Lab gives it on request, for academic research"
SUFFIX = ".avi"
TRAINING_PERFORMERS = frozenset([1, 2, 4, 5, 8, 9, *range(13, 20), 25, 27, 28, 31, 34, 35, 38])
TRAINING_CAMERAS = frozenset([2, 3])
CLASSES = (
    "drink water", "eat meal/snack", "brushing teeth", "brushing hair", "drop", "pickup", "throw", "sitting down",
    "standing up (from sitting position)", "clapping", "reading", "writing", "tear up paper", "wear jacket",
    "take off jacket", "wear a shoe", "take off a shoe", "wear on glasses", "take off glasses", "put on a hat/cap",
    "take off a hat/cap", "cheer up", "hand waving", "kicking something",
    "put something inside pocket / take out something from pocket", "hopping (one foot jumping)", "jump up",
    "make a phone call/answer phone", "playing with phone/tablet", "typing on a keyboard",
    "pointing to something with finger", "taking a selfie", "check time (from watch)", "rub two hands together",
    "nod head/bow", "shake head", "wipe face", "salute", "put the palms together", "cross hands in front (say stop)",
    "sneeze/cough", "staggering", "falling", "touch head (headache)", "touch chest (stomachache/heart pain)",
    "touch back (backache)", "touch neck (neckache)", "nausea or vomiting condition",
    "use a fan (with hand or paper)/feeling warm", "punching/slapping other person", "kicking other person",
    "pushing other person", "pat on back of other person", "point finger at the other person",
    "hugging other person", "giving something to other person", "touch other person's pocket", "handshaking",
    "walking towards each other", "walking apart from each other",
)  # fmt: skip
_NAME = re.compile(r"S(?P<setup>\d{3})C(?P<camera>\d{3})P(?P<performer>\d{3})R(?P<replication>\d{3})A(?P<action>\d{3})")
_SETUPS = range(1, 18)


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a video found, split by performer. Raises SourceError."""
    for row in _rows(root):
        yield row._replace(split="train" if row.extra["performer"] in TRAINING_PERFORMERS else "test")


def rows_xview(root: Path) -> Iterator[Row]:
    """Yield a row a video found, split by camera. Raises SourceError."""
    for row in _rows(root):
        yield row._replace(split="train" if row.extra["camera"] in TRAINING_CAMERAS else "test")


def _rows(root: Path) -> Iterator[Row]:
    stems = {posixpath.splitext(posixpath.basename(path))[0] for path in video_files(root)}
    for stem in sorted(stems):
        name = stem.removesuffix("_rgb")
        match = _NAME.fullmatch(name)
        facts = {key: int(value) for key, value in match.groupdict().items()} if match else {}
        if match and facts["setup"] in _SETUPS and 1 <= facts["action"] <= len(CLASSES):
            yield Row(name, stem, labels=(CLASSES[facts["action"] - 1],), extra=facts)
