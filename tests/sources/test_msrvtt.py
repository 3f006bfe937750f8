"""MSR-VTT: videos, captions, two ways to split."""

from typing import Any

import pytest

from vidsynth import source
from vidsynth.errors import SourceError
from vidsynth.sources.check import check


def video(number: int, split: str, category: int) -> dict[str, Any]:
    return {
        "category": category, "url": "https://www.youtube.com/watch?v=9lZi22qLlEo", "video_id": f"video{number}",
        "start time": 137.72, "end time": 149.44, "split": split, "id": number,
    }  # fmt: skip


TRAIN_VAL = {
    "info": {"year": "2016"},
    "videos": [video(0, "train", 9), video(1, "validate", 20), video(3, "tr", 0)],
    "sentences": [
        {"caption": "a man drives", "video_id": "video0", "sen_id": 1},
        {"caption": "a car is shown", "video_id": "video0", "sen_id": 0},
        {"caption": "a boy sings", "video_id": "video1", "sen_id": 20},
    ],
}
TEST = {"videos": [video(2, "test", 16)], "sentences": [{"caption": "food", "video_id": "video2", "sen_id": 40}]}
TWO = {"annotation/train_val_videodatainfo.json": TRAIN_VAL, "annotation/test_videodatainfo.json": TEST}
ONE = {"msrvtt_data/MSRVTT_data.json": {key: TRAIN_VAL[key] + TEST[key] for key in ("videos", "sentences")}}
LISTS = {
    "MSRVTT_train.9k.csv": "video_id\nvideo0\nvideo2\n",
    "MSRVTT_JSFUSION_test.csv": "key,vid_key,video_id,sentence\nret0,msr1,video1,a boy sings a song\n",
}


@pytest.mark.parametrize("files", [TWO, ONE])
@pytest.mark.parametrize(
    "videos",
    [
        ["TrainValVideo/video0.mp4", "TrainValVideo/video1.mp4", "TestVideo/video2.mp4"],
        ["videos/all/video0.mp4", "videos/all/video1.mp4", "videos/all/video2.mp4"],
    ],
)
def test_videos_captions_and_splits(lay: Any, by_id: Any, videos: list[str], files: Any) -> None:
    root = lay(videos, files | LISTS)
    manifest = source("msrvtt", root=root)
    assert {name: (row.split, row.labels) for name, row in by_id(manifest).items()} == {
        "video0": ("train", ("vehicles/autos",)), "video1": ("val", ()), "video2": ("test", ("food/drink",))
    }  # fmt: skip
    assert manifest.extras()[0] == {"captions": ["a car is shown", "a man drives"]}
    captions = by_id(source("msrvtt-captions", root=root))
    assert list(captions) == ["video0_000", "video0_001", "video1_000", "video2_000"]
    assert (captions["video0_001"].text, captions["video0_001"].path) == ("a man drives", videos[0])
    found = by_id(source("msrvtt-1ka", root=root))
    assert {name: (row.split, row.text) for name, row in found.items()} == {
        "video0": ("train", None), "video1": ("test", "a boy sings a song"), "video2": ("train", None)
    }  # fmt: skip
    assert [problem.what for problem in check("msrvtt", root).problems] == [
        "dropped: its split 'tr' is none of train, validate and test",
        "left out: category 20, which is none of 0..19",
    ]


def test_another_json_is_refused(lay: Any) -> None:
    with pytest.raises(SourceError, match="not MSR-VTT's videos and sentences: KeyError"):
        source("msrvtt", root=lay([], {"MSRVTT_data.json": {"videos": []}}))
