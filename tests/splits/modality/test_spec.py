"""What a spec may say, in which forms, and how it is refused."""

from pathlib import Path
from typing import Any

import pytest

from vidsynth.errors import RecipeError
from vidsynth.recipe import shipped
from vidsynth.splits.modality import Spec, load_spec
from vidsynth.splits.modality.spec import FOLDER

TWO: dict[str, Any] = {"train": {"A": "rgb", "B": "audio"}, "test": ["rgb+audio"]}


@pytest.mark.parametrize(
    "values",
    [
        {"train": ["rgb", "audio"], "test": ["rgb+audio"]},
        {"train": {"A": ["rgb"], "B": ["audio"]}, "test": [["rgb", "audio"]]},
        {"train": [["rgb"], ["audio"]], "test": "rgb + audio"},
        {"train": {"A": [["rgb"]], "B": "audio"}, "test": [["rgb", "audio"]]},
    ],
)
def test_every_form_says_the_same(values: dict[str, Any]) -> None:
    spec = Spec.from_dict(values)
    assert spec == Spec.from_dict(TWO)
    assert spec.parts == {"A": (("rgb",),), "B": (("audio",),), "test": (("rgb", "audio"),)}
    assert Spec.from_dict(spec.to_dict()) == spec


def test_val_takes_the_sets_of_test_where_it_is_named() -> None:
    assert Spec.from_dict(TWO).val == ()
    assert Spec.from_dict(TWO | {"sizes": {"val": 0.1}}).val == (("rgb", "audio"),)


def test_parts_may_take_turns_and_evaluation_shows_all_of_its_sets() -> None:
    spec = Spec.from_dict({"train": {"A": "rgb | audio+text"}, "test": ["rgb+audio", "rgb+text"]})
    assert spec.parts == {"A": (("rgb",), ("audio", "text")), "test": (("rgb", "audio", "text"),)}
    assert spec.modalities == ("rgb", "audio", "text")


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"train": {"A": "rgb+audio"}}, r"test: rgb\+audio is seen in training part A, which shows rgb\+audio"),
    ({"train": {"A": "rgb+audio+flow"}}, r"rgb\+audio is covered in training part A.*allow_covered: true"),
    ({"train": {"A": "rgb"}}, r"rgb\+audio holds audio, which no training part shows: that is an unseen modality"),
    ({"train": {"test": "rgb"}}, "'test' cannot be the name of a part"),
    ({"train": 3}, "3 names no parts"),
    ({"train": {"A": ["rgb+audio", "flow"]}}, r"'rgb\+audio' is no modality"),
    ({"test": []}, "names no set to evaluate"),
    ({"tset": 1}, "no parameter 'tset'; did you mean 'test'"),
    ({"sizes": {"C": 0.1}}, r"sizes: there is no part 'C' \(parts: A, B, test\)"),
    ({"sizes": {"A": 1.5}}, "1.5 is no share below 1"),
    ({"sizes": {"A": True}}, "True is no size"),
    ({"sizes": {"A": 0.6, "B": 0.6}}, "the shares add up to 1.2, more than 1"),
    ({"method": "hash", "sizes": {"A": 5}}, "method hash knows shares"),
    ({"method": "listed"}, "members: the groups of each part go with method: listed"),
    ({"members": {"A": ["P01"]}}, "members: the groups of each part go with method: listed"),
    ({"method": "listed", "members": {"A": ["P01"], "B": ["P01"]}}, "'P01' stands in two parts"),
    ({"method": "listed", "members": {"A": ["P01"]}, "sizes": {"A": 3}}, "method listed leaves no sizes to choose"),
    ({"method": "availability"}, "method: availability needs keep_split: true"),
    ({"rest": "A"}, "rest: goes with method: availability, not balanced"),
    ({"method": "availability", "keep_split": True, "rest": "test"}, "rest: 'test' is no training part"),
    ({"missing": {"C": 0.1}}, "missing: there is no part 'C'"),
    ({"method": "balance"}, "'balance' is not one of .*did you mean 'balanced'"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_specs_are_refused_in_a_line(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        Spec.from_dict(TWO | change)


def test_covered_sets_may_be_allowed() -> None:
    Spec.from_dict({"train": {"A": "rgb+audio+flow"}, "test": ["rgb+audio"], "allow_covered": True})


def test_the_shipped_ones_and_files_are_read(tmp_path: Path) -> None:
    names = shipped(FOLDER)
    assert set(names) == {"epic-unseen-modality", "msrvtt-incomplete-test", "msrvtt-unseen-modality"}
    assert all(load_spec(name).published for name in names)
    assert len(load_spec("msrvtt-incomplete-test").test) == 9
    own = tmp_path / "own.yaml"
    own.write_text("extends: msrvtt-unseen-modality\nseed: 4\n")
    assert load_spec(own) == load_spec("msrvtt-unseen-modality", {"seed": 4})
    with pytest.raises(RecipeError, match="no recipe 'epic-unseen'; did you mean 'epic-unseen-modality'"):
        load_spec("epic-unseen")
