"""ActorShift: actions of people and of animals.

    <root>/<class>/<video>, or <root>/<source|target>/<train|test>/<class>/<video>    a folder a class
    <root>/actorshift.csv                                                              or a table, if it is there

Seven classes: sleeping, watching tv, eating, drinking, swimming, running, opening a door; 1,305 videos of
Kinetics-700 and 200 of animals ("Audio-Adaptive Activity Recognition Across Video Domains", CVPR 2022; figshare
article 19387046). The archive has no list that is described anywhere, so the folders count; who has a list of
his own writes it as actorshift.csv with the columns path, label and, if need be, split (see manifest.py).
"""

from __future__ import annotations

from pathlib import Path

from vidsynth.manifest import Manifest
from vidsynth.sources import folder, terms
from vidsynth.sources.match import layout

NAMES = ("actorshift", "ActorShift", "actor-shift", "actor_shift")
ABOUT = {
    "title": "ActorShift (Zhang et al., 2022, arXiv 2203.14240)",
    "homepage": "https://xiaobai1217.github.io/DomainAdaptation/",
    "forbids": terms.UPLOADERS,
    "licence": "see the archive; videos under the terms of their uploaders",
}
WITHHELD = "its videos are under the terms of their uploaders"


def read(root: Path) -> Manifest:
    """Return the manifest of ActorShift. Raises SourceError."""
    table = root / "actorshift.csv"
    manifest = Manifest.read(table, root) if table.is_file() else folder.read(root)
    return Manifest(manifest.table, root, ABOUT | {"layout": layout(manifest.table["path"].to_pylist())})
