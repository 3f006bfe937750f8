"""Scores: an oracle, a coin, ties, answers in words, and what is refused."""

import csv
import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth import load
from vidsynth.benchmark.time_order import score
from vidsynth.benchmark.time_order.questions import questions
from vidsynth.benchmark.time_order.rows import open_build, read_rows
from vidsynth.benchmark.time_order.score import Scores
from vidsynth.errors import ShardError, SourceError
from vidsynth.rng import stream

SIMILARITIES = ("id", "caption", "distractor", "control_caption", "control_distractor")


def write(path: Path, header: tuple[str, ...], rows: list[tuple[object, ...]]) -> Path:
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        out.writerows(rows)
    return path


def keys(bench: Path) -> list[str]:
    return [sample["key"] for sample in load(bench, columns=["key"])]


def whole(scores: Scores) -> dict[str, float]:
    return {line.task: line.accuracy for line in scores.accuracies if line.split == "all"}


def test_an_oracle_scores_one_everywhere(small: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "oracle.csv", SIMILARITIES, [(key, 1, 0, 1, 0) for key in keys(small)])
    scores = score(small, file)
    assert scores.form == "similarities"
    assert whole(scores) == {"v2t": 1, "t2v": 1, "control-v2t": 1, "control-t2v": 1}
    assert {line.accuracy for line in scores.accuracies} == {1}
    assert [(line.name, line.right, line.count) for line in scores.pairs][:3] == [
        ("v2t", 12, 12), ("t2v", 12, 12), ("group", 12, 12),
    ]  # fmt: skip
    every = [line for line in scores.accuracies if line.task == "v2t"]
    assert {line.split for line in every} == {"all", "relation", "events", "shape", "color"}
    assert sum(line.count for line in every if line.split == "relation") == 24
    json.dumps(scores.to_dict())


def test_a_random_model_is_near_chance(make_bench: Callable[..., Path], tmp_path: Path) -> None:
    bench = make_bench("time-order", {"pairs": 150, "payload.kind": "none", "control": False})
    rng = stream(0, "test/random")
    file = write(tmp_path / "random.csv", SIMILARITIES[:3], [(key, *rng.random(2)) for key in keys(bench)])
    scores = score(bench, file)
    for line in scores.accuracies:
        if line.split == "all":
            assert line.low < 0.5 < line.high
    for pair in scores.pairs:
        assert pair.right / pair.count == pytest.approx(pair.chance, abs=0.12)


def test_ties_are_halves_and_are_counted(small: Path, tmp_path: Path) -> None:
    """A model that does not see the order of words ties everywhere: 50 %, not 0 %."""
    file = write(tmp_path / "bag.csv", SIMILARITIES[:3], [(key, 0.25, 0.25) for key in keys(small)])
    scores = score(small, file)
    for line in scores.accuracies:
        assert (line.accuracy, line.ties) == (0.5, line.count)
    assert [pair.right for pair in scores.pairs] == [0, 0, 0]


def test_both_directions_come_from_the_same_numbers(small: Path, tmp_path: Path) -> None:
    """Against comparing every cell of each pair's two by two table."""
    rng = stream(0, "test/table")
    rows = read_rows(open_build(small))
    sims = {row.key: dict(zip(("true", "false"), rng.integers(0, 3, 2).tolist(), strict=True)) for row in rows}
    file = write(tmp_path / "s.csv", SIMILARITIES[:3], [(k, s["true"], s["false"]) for k, s in sims.items()])
    got = whole(score(small, file))
    want = {"v2t": 0.0, "t2v": 0.0}
    for row in rows:
        cells = {(row.key, row.caption): sims[row.key]["true"], (row.key, row.distractor): sims[row.key]["false"]}
        cells[row.twin, row.caption] = sims[row.twin]["false"]
        true = cells[row.key, row.caption]
        for task, other in (("v2t", (row.key, row.distractor)), ("t2v", (row.twin, row.caption))):
            want[task] += 0.5 if true == cells[other] else float(true > cells[other])
    assert got == {task: value / len(rows) for task, value in want.items()}


def test_answers_to_questions(small: Path, tmp_path: Path) -> None:
    asked = list(questions(read_rows(open_build(small)), control=True))
    forms = (
        lambda q: q.answer, lambda q: q.answer.lower(), lambda q: f"({q.answer}), as I see it",
        lambda q: f"{q.answer}.", lambda q: q.to_row()["answer_text"], lambda q: q.to_row()["answer_text"] + ".",
    )  # fmt: skip
    for form in forms:
        file = write(tmp_path / "c.csv", ("id", "choice"), [(q.id, form(q)) for q in asked])
        scores = score(small, file)
        assert set(whole(scores).values()) == {1} and len(whole(scores)) == 5, form(asked[0])
    assert {pair.name: pair.chance for pair in scores.pairs}["group"] == 1 / 16


def test_one_answer_to_all_is_at_chance_and_no_answer_is_wrong(small: Path, tmp_path: Path) -> None:
    asked = list(questions(read_rows(open_build(small)), control=True))
    for task, choices in (("v2t", "AB"), ("t2v", "AB"), ("control-v2t", "AB"), ("yesno", ("yes", "no"))):
        for choice in choices:
            ours = [(q.id, choice) for q in asked if q.task == task]
            scores = score(small, write(tmp_path / "same.csv", ("id", "choice"), ours))
            assert whole(scores) == {task: 0.5}
            assert all(pair.right == 0 for pair in scores.pairs)
    silence = itertools.cycle(["", "I cannot tell", "A red", "both", "AB"])
    mute = [(question.id, next(silence)) for question in asked if question.task == "v2t"]
    scores = score(small, write(tmp_path / "mute.csv", ("id", "choice"), mute))
    assert whole(scores) == {"v2t": 0} and scores.accuracies[0].unclear == 24


def test_what_is_refused(small: Path, tmp_path: Path) -> None:
    rows = [(key, 1, 0) for key in keys(small)]
    refused = [
        (SIMILARITIES[:3], rows[:-2], f"no prediction for {rows[-2][0]}, {rows[-1][0]}; every id must be there"),
        (SIMILARITIES[:3], [*rows, rows[4]], f"{rows[4][0]} predicted more than once"),
        (SIMILARITIES[:3], [*rows, ("text_pair_befor_1", 1, 0)], "did you mean 'text_pair_before_1'"),
        (SIMILARITIES[:3], [(rows[0][0], "x", 0), *rows[1:]], f"id {rows[0][0]}: caption must be a finite number"),
        (("id", "similarity"), [row[:2] for row in rows], "columns similarity beside id; similarities have caption"),
        (("id", "choice"), [(f"{rows[0][0]}/v2t", "A")], "(and 18 more); every id must be there"),
        (("id", "choice"), [(rows[0][0], "A")], "ids are those of questions.jsonl"),
    ]
    for header, given, why in refused:
        with pytest.raises(SourceError) as error:
            score(small, write(tmp_path / "p.csv", header, given))
        assert why in str(error.value)


def test_only_a_build_of_the_benchmark_is_scored(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(small, other)
    recipe = other / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("generator: time-order", "generator: tubelets"))
    with pytest.raises(ShardError, match="a build of tubelets, not of time-order"):
        score(other, tmp_path / "p.csv")
