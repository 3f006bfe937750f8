"""Grading predictions: every row once, ties as halves, intervals and splits.

Two forms of predictions are known, by their columns:

    id, caption, distractor [, control_caption, control_distractor]   similarities, a row a video: of the video
                                                                      with its caption and its distractor
    id, choice                                                        answers to `questions.jsonl`, a row a question

Since the distractor of a video is the caption of its twin, the similarities of a pair hold both directions:
video to text compares sim(u, t) with sim(u, T(t)), text to video compares it with sim(T(u), t).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vidsynth.benchmark.intervals import wilson
from vidsynth.benchmark.predictions import Predictions
from vidsynth.benchmark.time_order.questions import TASKS, Question, questions
from vidsynth.benchmark.time_order.rows import Row, open_build, read_rows
from vidsynth.errors import SourceError

CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A share of right answers.

    task : v2t, t2v, …. split, value : which part of the set, such as relation and before; all for the whole.
    count : answers. right : of these, ties as halves. low, high : Wilson's 95 % interval of the accuracy.
    ties : equal similarities. unclear : answers that name no option; they count as wrong.
    """

    task: str
    split: str
    value: str
    count: int
    right: float
    low: float
    high: float
    ties: int
    unclear: int

    @property
    def accuracy(self) -> float:
        return self.right / self.count


@dataclass(frozen=True, slots=True)
class PairScore:
    """How many pairs have all their questions right: v2t, t2v, or both (Winoground's text, video and group score).

    chance : of guessing each question, or each similarity, at random; without a sense of order it is 0.
    """

    name: str
    count: int
    right: int
    chance: float


@dataclass(frozen=True, slots=True)
class Scores:
    """All that was graded. form : similarities or choices."""

    form: str
    accuracies: tuple[Accuracy, ...]
    pairs: tuple[PairScore, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "form": self.form,
            "chance": CHANCE,
            "accuracies": [{**asdict(line), "accuracy": line.accuracy} for line in self.accuracies],
            "pairs": [asdict(line) for line in self.pairs],
        }


@dataclass(frozen=True, slots=True)
class _Grade:
    """One question's grade: 1, 0, or 0.5 for a tie. unclear : the answer names no option."""

    row: Row
    task: str
    right: float
    unclear: bool = False


def score(path: str | Path, predictions: str | Path) -> Scores:
    """Grade a file of predictions (.csv, .jsonl, .parquet) for a build.

    Raises ShardError if the folder is no time-order build; SourceError, naming ids, if predictions are missing,
    unknown, given twice or no numbers.
    """
    shards = open_build(path)
    rows = read_rows(shards)
    given = Predictions(predictions)
    if {"caption", "distractor"} <= set(given.columns):
        form, grades = "similarities", list(_from_similarities(rows, given))
    elif "choice" in given.columns:
        asked = list(questions(rows, control=bool(shards.recipe.get("control"))))
        form, grades = "choices", list(_from_choices(rows, asked, given))
    else:
        raise SourceError(
            f"{given.path}: columns {', '.join(given.columns) or 'none'} beside id; similarities have "
            "caption and distractor, answers to questions have choice"
        )
    return Scores(form, tuple(_accuracies(grades)), tuple(_pair_scores(rows, grades, form)))


def _from_similarities(rows: Sequence[Row], given: Predictions) -> Iterator[_Grade]:
    given.check([row.key for row in rows], "ids are the videos' keys")
    for prefix in ("", "control_"):
        if not {f"{prefix}caption", f"{prefix}distractor"} <= set(given.columns):
            continue
        task = "control-" if prefix else ""
        for row in rows:
            true = given.number(row.key, f"{prefix}caption")
            yield _Grade(row, f"{task}v2t", _compared(true, given.number(row.key, f"{prefix}distractor")))
            yield _Grade(row, f"{task}t2v", _compared(true, given.number(row.twin, f"{prefix}distractor")))


def _compared(true: float, false: float) -> float:
    return 0.5 if true == false else float(true > false)


def _from_choices(rows: Sequence[Row], asked: Sequence[Question], given: Predictions) -> Iterator[_Grade]:
    ids = {question.id: question for question in asked}
    tasks = {ids[name].task for name in given.rows if name in ids}
    wanted = {name: question for name, question in ids.items() if question.task in tasks or not tasks}
    given.check(wanted, "ids are those of questions.jsonl, and a task is answered as a whole")
    by_key = {row.key: row for row in rows}
    for name, question in wanted.items():
        choice = _understood(given.rows[name].get("choice"), question)
        yield _Grade(by_key[question.key], question.task, float(choice == question.answer), choice is None)


def _understood(given: Any, question: Question) -> str | None:
    """Return which option an answer names: `A`, `(a)`, `A. text`, the text itself, or `Yes, …`; None if it names none.

    A letter must stand by itself: "A red circle …" begins with an article.
    """
    text = str(given if given is not None else "").strip()
    for choice, candidate in zip(question.choices, question.candidates, strict=True):
        if text.lower().rstrip(".") in (choice.lower(), candidate.lower()):
            return choice
    end = r"\b" if question.task == "yesno" else r"([).:,]|$)"
    named = [choice for choice in question.choices if re.match(rf"\(?{choice}{end}", text, re.IGNORECASE)]
    return named[0] if len(named) == 1 else None


def _accuracies(grades: Sequence[_Grade]) -> Iterator[Accuracy]:
    for task in TASKS:
        ours = [grade for grade in grades if grade.task == task]
        if not ours:
            continue
        yield _accuracy(task, "all", "", ours)
        for split, value_of in _SPLITS.items():
            groups: dict[str, list[_Grade]] = {}
            for grade in ours:
                for value in value_of(grade.row):
                    groups.setdefault(value, []).append(grade)
            for value in sorted(groups):
                yield _accuracy(task, split, value, groups[value])


_SPLITS: Mapping[str, Any] = {
    "relation": lambda row: [row.relation],
    "events": lambda row: [str(len(row.colors))],
    "shape": lambda row: sorted(set(row.shapes)),
    "color": lambda row: sorted(set(row.colors)),
}


def _accuracy(task: str, split: str, value: str, grades: Sequence[_Grade]) -> Accuracy:
    right = sum(grade.right for grade in grades)
    ties = sum(grade.right == 0.5 for grade in grades)
    unclear = sum(grade.unclear for grade in grades)
    return Accuracy(task, split, value, len(grades), right, *wilson(right, len(grades)), ties, unclear)


def _pair_scores(rows: Sequence[Row], grades: Sequence[_Grade], form: str) -> Iterator[PairScore]:
    # Four independent similarities: the two true ones are above the two false ones in 4 of 24 orders.
    both = 1 / 6 if form == "similarities" else 1 / 16
    for prefix in ("", "control-"):
        right = {
            task: {grade.row.key for grade in grades if grade.task == task and grade.right == 1}
            for task in (f"{prefix}v2t", f"{prefix}t2v")
            if any(grade.task == task for grade in grades)
        }
        for name, tasks, chance in (*((task, [task], 1 / 4) for task in right), (f"{prefix}group", list(right), both)):
            if name.endswith("group") and len(tasks) < 2:
                continue
            won = sum(all(row.key in right[task] and row.twin in right[task] for task in tasks) for row in rows[::2])
            yield PairScore(name, len(rows) // 2, won, chance)
