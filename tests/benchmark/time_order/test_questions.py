"""Questions: balanced by construction, and in rows that evaluators read."""

from collections import Counter, defaultdict
from pathlib import Path

from vidsynth.benchmark.time_order.questions import questions
from vidsynth.benchmark.time_order.rows import open_build, read_rows


def test_the_same_text_is_asked_with_either_answer(small: Path) -> None:
    asked = [question.to_row() for question in questions(read_rows(open_build(small)), control=True)]
    assert len(asked) == 24 * 6 == len({row["id"] for row in asked})
    answers = defaultdict(Counter)
    for row in asked:
        # text to video: the sentence differs, the videos to choose from do not
        seen = row["videos"] if row["task"].endswith("t2v") else (row["question"], row["options"])
        answers[row["task"], str(seen)][row["answer"]] += 1
    for counts in answers.values():
        assert len(set(counts.values())) == 1 and len(counts) == 2
    letters = Counter((row["task"], row["answer"]) for row in asked)
    assert set(letters.values()) == {12, 24}
    answer = {row["id"]: row["answer"] for row in asked}
    rows = read_rows(open_build(small))
    assert Counter(answer[f"{row.key}/v2t"] for row in rows[::2]) == {"A": 6, "B": 6}


def test_rows_hold_what_evaluators_read(small: Path) -> None:
    rows = {row.key: row for row in read_rows(open_build(small))}
    for question in questions(list(rows.values()), control=False):
        asked = question.to_row()
        row = rows[question.key]
        assert not asked["task"].startswith("control")
        if asked["task"] == "v2t":
            assert asked["video"] == f"videos/{row.key}.mp4" and asked["answer_text"] == row.caption
            assert set(asked["candidates"]) == {row.caption, row.distractor}
            assert asked["options"][0] == f"A. {asked['candidates'][0]}"
            assert asked["candidates"]["AB".index(asked["answer"])] == row.caption
        elif asked["task"] == "t2v":
            assert asked["videos"]["AB".index(asked["answer"])] == f"videos/{row.key}.mp4"
            assert row.caption in asked["question"]
        else:
            assert asked["answer"] == ("yes" if row.caption in asked["question"] else "no")
            assert asked["options"] == ["yes", "no"]
