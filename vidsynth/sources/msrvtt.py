"""MSR-VTT: a row a video with all its captions, or a row a caption; the full split, and the split called 1k-A.

    <root>/TrainValVideo/video0.mp4 …, TestVideo/…      the official archives; or videos/all/, flat
    <root>/[annotation/]train_val_videodatainfo.json, test_videodatainfo.json    full split: 6,513 / 497 / 2,990
        (or MSRVTT_data.json, both in one)
    <root>/[…/]MSRVTT_train.9k.csv, MSRVTT_JSFUSION_test.csv                     for 1k-A

Schema: the JSONs hold `videos` (video_id, category, split: train, validate or test, and the seconds of YouTube
that the file was cut from) and `sentences` (caption, video_id, sen_id). In 1k-A (Yu et al., 2018) 9,000 videos
train and 1,000 test, each of these with the one sentence of MSRVTT_JSFUSION_test.csv (columns key, vid_key,
video_id, sentence), as https://github.com/ArrowLuo/CLIP4Clip reads them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vidsynth.errors import SourceError
from vidsynth.sources import terms
from vidsynth.sources.annotations import Row
from vidsynth.sources.tables import csv_rows, find, find_one, json_of, where

NAMES = ("msrvtt", "MSRVTT", "MSR-VTT", "msr-vtt")
ABOUT = {
    "title": "MSR-VTT (Xu et al., 2016)",
    "homepage": "https://www.microsoft.com/en-us/research/publication/msr-vtt-a-large-video-description-dataset-for-bridging-video-and-language/",
    "forbids": terms.UNSTATED,
    "licence": "none stated; research use",
}
WITHHELD = "no licence is stated, and its videos come from YouTube"
# category.txt of the data set, in the order of its numbers.
CATEGORIES = (
    "music", "people", "gaming", "sports/actions", "news/events/politics", "education", "tv shows", "movie/comedy",
    "animation", "vehicles/autos", "howto", "travel", "science/technology", "animals/pets", "kids/family",
    "documentary", "food/drink", "cooking", "beauty/fashion", "advertisement",
)  # fmt: skip
_SPLITS = {"train": "train", "validate": "val", "val": "val", "test": "test"}
_FROM = "they come with the data set, or in CLIP4Clip's msrvtt_data.zip"


def rows(root: Path) -> Iterator[Row]:
    """Yield a row a video, in the full split, with all captions in `extra`. Raises SourceError."""
    for row, captions in _videos(root):
        yield row._replace(extra={**row.extra, "captions": captions})


def caption_rows(root: Path) -> Iterator[Row]:
    """Yield a row a caption, in the full split. Raises SourceError."""
    for row, captions in _videos(root):
        for number, caption in enumerate(captions):
            extra = {**row.extra, "video": row.video_id}
            yield row._replace(video_id=f"{row.video_id}_{number:03d}", text=caption, extra=extra)


def rows_1ka(root: Path) -> Iterator[Row]:
    """Yield a row a video of 1k-A; the text of a test row is the sentence to find it by. Raises SourceError."""
    train = find_one(root, "MSRVTT_train.9k.csv", what=_FROM)
    test = find_one(root, "MSRVTT_JSFUSION_test.csv", what=_FROM)
    training = {cells["video_id"] for _, cells in csv_rows(train, ["video_id"])}
    sentences = {cells["video_id"]: cells["sentence"] for _, cells in csv_rows(test, ["video_id", "sentence"])}
    for row in rows(root):
        if row.video_id in sentences:
            yield row._replace(split="test", text=sentences[row.video_id])
        elif row.video_id in training:
            yield row._replace(split="train")


def _videos(root: Path) -> Iterator[tuple[Row, list[str]]]:
    parts = [find(root, name) for name in ("train_val_videodatainfo.json", "test_videodatainfo.json")]
    files = [file for file in parts if file] or [find_one(root, "MSRVTT_data.json", what=_FROM)]
    for file in files:
        info = json_of(file, dict)
        try:
            captions: defaultdict[str, list[str]] = defaultdict(list)
            for sentence in sorted(info["sentences"], key=lambda sentence: sentence["sen_id"]):
                captions[sentence["video_id"]].append(sentence["caption"])
            videos = [(entry["video_id"], entry) for entry in info["videos"]]
        except (KeyError, TypeError) as error:
            raise SourceError(f"{file}: not MSR-VTT's videos and sentences: {error!r}") from None
        for name, entry in videos:
            yield _row(name, entry, where(root, file, name)), captions[name]


def _row(name: str, entry: dict[str, Any], place: str) -> Row:
    category, split = entry.get("category"), entry.get("split")
    label = CATEGORIES[category] if isinstance(category, int) and 0 <= category < len(CATEGORIES) else None
    return Row(
        video_id=name,
        file=name,
        split=_SPLITS.get(str(split)),
        labels=(label,) if label else (),
        where=place,
        fault=None if split in _SPLITS else f"its split {split!r} is none of train, validate and test",
        left_out=() if label or category is None else (f"category {category!r}, which is none of 0..19",),
    )
