"""The benchmark as multiple-choice questions, in the rows that evaluators of video-language models read.

Both videos of a pair get the same question with the same options in the same order, and different answers:
whoever does not look at the video, or does not see its order, is right once. So every letter is right equally
often, for every text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vidsynth.benchmark.time_order.rows import Row

TASKS = {
    "v2t": "video to text",
    "t2v": "text to video",
    "control-v2t": "control, video to text",
    "control-t2v": "control, text to video",
    "yesno": "yes or no",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    id : `<key>/<task>`, for yes or no with the number of the caption. key : of the video (of the caption's own, for
    text to video) that it is about. videos : one, or two to choose from. answer : the letter, or yes or no.
    """

    id: str
    task: str
    key: str
    videos: tuple[str, ...]
    text: str
    candidates: tuple[str, str]
    answer: str

    @property
    def choices(self) -> tuple[str, str]:
        """Return what may be answered: letters, or yes and no."""
        return ("yes", "no") if self.task == "yesno" else ("A", "B")

    def to_row(self) -> dict[str, Any]:
        """Return the JSON row: candidates and answer_text as MVBench has them, options and answer as Video-MME."""
        number = self.choices.index(self.answer)
        lettered = [f"{letter}. {text}" for letter, text in zip("AB", self.candidates, strict=True)]
        return {
            "id": self.id,
            "task": self.task,
            **({"video": self.videos[0]} if len(self.videos) == 1 else {"videos": list(self.videos)}),
            "question": self.text,
            "candidates": list(self.candidates),
            "options": list(self.candidates) if self.task == "yesno" else lettered,
            "answer": self.answer,
            "answer_text": self.candidates[number],
        }


def video_file(key: str, *, control: bool = False) -> str:
    """Return where an exported video lies."""
    return f"{'control' if control else 'videos'}/{key}.mp4"


def questions(rows: Sequence[Row], *, control: bool) -> Iterator[Question]:
    """Yield every question about a build's rows; those of the control task if there are control videos."""
    for number, pair in enumerate(zip(rows[::2], rows[1::2], strict=True)):
        # Which of the twins is A alternates, so that A is not always the first in the build.
        shown = pair if number % 2 == 0 else pair[::-1]
        captions = shown[0].caption, shown[1].caption
        yield from _choices(shown, "", captions)
        if control:
            yield from _choices(shown, "control-", (shown[0].control_caption, shown[1].control_caption))
        for row in shown:
            for place, caption in enumerate(captions, 1):
                text = f'Does this sentence describe the video? "{caption}." Answer yes or no.'
                answer = "yes" if caption == row.caption else "no"
                name = f"{row.key}/yesno/{place}"
                yield Question(name, "yesno", row.key, (video_file(row.key),), text, ("yes", "no"), answer)


def _choices(shown: tuple[Row, Row], prefix: str, captions: tuple[str, str]) -> Iterator[Question]:
    videos = tuple(video_file(row.key, control=bool(prefix)) for row in shown)
    for row, video, caption, answer in zip(shown, videos, captions, "AB", strict=True):
        text = "Which sentence describes the video?"
        yield Question(f"{row.key}/{prefix}v2t", f"{prefix}v2t", row.key, (video,), text, captions, answer)
        text = f'Which video does this sentence describe? "{caption}."'
        which = "the first video", "the second video"
        yield Question(f"{row.key}/{prefix}t2v", f"{prefix}t2v", row.key, videos, text, which, answer)
