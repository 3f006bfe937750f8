"""A build as a folder of mp4 files with captions, as the published benchmark lies on disk, and questions.

DIR/videos/<key>.mp4  DIR/control/<key>.mp4
DIR/captions.csv              every row: video_id, caption, distractor, relation, twin, …
DIR/splits/test_v2.0.csv      the columns that the authors' loader reads: video_id, sentence, end_time
DIR/questions.jsonl           see `questions`
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from vidsynth.benchmark.time_order.questions import questions, video_file
from vidsynth.benchmark.time_order.rows import open_build, read_rows
from vidsynth.errors import ShardError
from vidsynth.shards.folder import write_atomically

_COLUMNS = (
    "video_id", "caption", "distractor", "relation", "twin", "control_caption", "control_distractor",
    "colors", "shapes", "kinds", "starts", "stops",
)  # fmt: skip


def export(path: str | Path, folder: str | Path) -> int:
    """Write a time-order build as mp4 files, captions and questions; return how many videos.

    The bytes are those of the build; where it stores no mp4, they are encoded here. Raises ShardError if the
    build stores no videos, or `folder` holds something else.
    """
    shards, folder = open_build(path), Path(folder)
    if "video" not in shards.described:
        raise ShardError(f"{path}: its payload is none, so there are no videos to export; build it with payload h264")
    rows = read_rows(shards)
    if folder.exists() and any(folder.iterdir()) and not (folder / "captions.csv").exists():
        raise ShardError(f"{folder}: not empty, and no exported benchmark; choose another folder")
    control = "control_video" in shards.described
    fps = float(shards.recipe["payload"]["fps"])
    end_time = shards.described["video"]["shape"][0] / fps
    for part in ("videos", "control") if control else ("videos",):
        (folder / part).mkdir(parents=True, exist_ok=True)
    facts = []
    for position, row in enumerate(rows):
        sample = shards.row(position).to_pylist()[0]
        facts.append({"video_id": row.key, **sample})
        (folder / video_file(row.key)).write_bytes(_mp4(shards, position, sample, "video", fps))
        if control:
            file = folder / video_file(row.key, control=True)
            file.write_bytes(_mp4(shards, position, sample, "control_video", fps))
    published = [(row.key, row.caption, end_time) for row in rows]
    write_atomically(folder / "splits" / "test_v2.0.csv", _csv(("video_id", "sentence", "end_time"), published))
    lines = (json.dumps(question.to_row()) for question in questions(rows, control=control))
    write_atomically(folder / "questions.jsonl", "".join(f"{line}\n" for line in lines).encode())
    write_atomically(folder / "captions.csv", _csv(_COLUMNS, ([_cell(fact[c]) for c in _COLUMNS] for fact in facts)))
    return len(rows)


def _mp4(shards: Any, position: int, sample: dict[str, Any], column: str, fps: float) -> bytes:
    if shards.described[column]["kind"] == "h264":
        data: bytes = sample[column]["bytes"]
        return data
    from vidsynth.video.encode import encode_mp4

    return encode_mp4(shards[position][column], "h264", fps=fps)


def _cell(value: Any) -> Any:
    return ";".join(map(str, value)) if isinstance(value, list) else value


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(header)
    out.writerows(rows)
    return text.getvalue().encode()
