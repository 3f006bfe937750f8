"""ActorShift: a folder a class, or a table."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.sources.check import check


def test_folders_or_a_table(lay: Any) -> None:
    root = lay(["target/train/sleeping/a.mp4", "source/opening a door/b.mp4"], {})
    manifest = source("actorshift", root=root)
    assert [(manifest[n].labels, manifest[n].split) for n in range(2)] == [
        (("opening a door",), None), (("sleeping",), "train")
    ]  # fmt: skip
    assert manifest.about["layout"] == "source/opening a door/*.mp4 and target/train/sleeping/*.mp4"
    lay([], {"actorshift.csv": "path,label,split\ntarget/train/sleeping/a.mp4,sleeping,test\n"})
    manifest = source("actorshift", root=root)
    assert len(manifest) == 1 and manifest[0].split == "test" and manifest.about["name"] == "actorshift"
    with pytest.raises(SourceError, match="actorshift has no annotation files"):
        check("actorshift", root)
