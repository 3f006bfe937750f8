"""DiDeMo and TEMPO-TL: moments of five-second segments."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.sources.check import check

VIDEO = "12090392@N02_13482799053_87ef417396.mov"
PLAIN = [
    {"annotation_id": 7, "video": VIDEO, "description": "a dog runs", "num_segments": 6, "dl_link": "",
     "times": [[1, 1], [0, 2], [0, 2], [5, 5]]},
    {"annotation_id": 8, "video": VIDEO, "description": "nobody saw it", "num_segments": 6, "times": []},
]  # fmt: skip
RELATED = [
    {"annotation_id": "before_7_1", "video": VIDEO, "description": "a dog runs before the man sits",
     "reference_description": "the man sits", "context": [5, 5], "times": [[0, 1], [0, 2]], "train_times": [[0, 2]]},
    {"annotation_id": "7", "video": VIDEO, "description": "a dog runs", "reference_description": "", "context": [],
     "times": [[0, 2]], "train_times": [[0, 2]]},
    {"annotation_id": "after_7_2", "video": VIDEO, "description": "x after y", "reference_description": "y",
     "context": [], "times": [[0, 2]], "train_times": [[0, 2]]},
]  # fmt: skip
FILES = {"data/train_data.json": PLAIN, "data/tempoTL+didemo_train.json": RELATED}


@pytest.mark.parametrize("name", [VIDEO, f"videos/{VIDEO}.mp4", "12090392@N02_13482799053_87ef417396.MP4"])
def test_the_moment_that_most_gave_is_a_row(lay: Any, name: str) -> None:
    root = lay([name], FILES)
    manifest = source("didemo", root=root)
    assert len(manifest) == 1
    row = manifest[0]
    assert (row.video_id, row.path, row.split, row.text) == ("7", name, "train", "a dog runs")
    assert (row.start_s, row.end_s) == (0.0, 15.0)
    assert manifest.extras()[0]["times"] == [[1, 1], [0, 2], [0, 2], [5, 5]]
    assert [problem.what for problem in check("didemo", root).problems] == [
        "dropped: its times [] are no pairs of segments"
    ]


def test_related_moments_bring_their_context(lay: Any) -> None:
    root = lay([VIDEO], FILES)
    manifest = source("tempo", root=root)
    assert [manifest[n].video_id for n in range(len(manifest))] == ["before_7_1"]
    assert (manifest[0].start_s, manifest[0].end_s) == (0.0, 15.0)
    extra = manifest.extras()[0]
    assert (extra["relation"], extra["reference"], extra["context"]) == ("before", "the man sits", [25.0, 30.0])
    assert extra["description"] == manifest[0].text
    assert [problem.where for problem in check("tempo", root).problems] == ["data/tempoTL+didemo_train.json:2"]
