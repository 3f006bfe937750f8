"""The definitions of seen, covered and unseen, against an oracle that goes through every member and pair."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.splits.modality.sets import (
    all_combinations,
    alternatives,
    bits,
    combination,
    leave_one_out,
    names_of,
    relation,
    unseen_pairs,
)

NAMES = ("rgb", "flow", "audio", "text", "depth")
SETS = st.frozensets(st.sampled_from(NAMES), min_size=1)


@given(SETS, st.lists(SETS, max_size=5))
def test_relations_and_pairs_are_as_defined(evaluated: frozenset[str], training: list[frozenset[str]]) -> None:
    equal = covered = False
    for member in training:
        if all(name in member for name in evaluated):
            if len(member) == len(evaluated):
                equal = True
            else:
                covered = True
    assert relation(evaluated, training) == ("seen" if equal else "covered" if covered else "unseen")
    unseen = pairs = 0
    for one, two in itertools.product(evaluated, evaluated):
        if one < two:
            pairs += 1
            unseen += not any(one in member and two in member for member in training)
    assert unseen_pairs(evaluated, training) == (unseen, pairs)
    if unseen:
        assert relation(evaluated, training) == "unseen"


def test_the_papers_own_combinations() -> None:
    a, b = {"rgb", "audio", "ocr", "speech"}, {"rgb", "object", "scene", "face"}
    everything = a | b
    assert relation(everything, [a, b]) == "unseen" and unseen_pairs(everything, [a, b]) == (9, 21)
    assert relation({"rgb", "audio"}, [a, b]) == "covered" and relation(a, [a, b]) == "seen"
    assert relation({"rgb", "object", "audio"}, [a, b]) == "unseen"
    assert unseen_pairs({"rgb", "audio"}, [{"rgb"}, {"audio"}]) == (1, 1)


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
def test_a_set_reads_back_from_text_list_and_bits(names: list[str]) -> None:
    assert combination("+".join(names)) == combination(names) == tuple(names)
    assert set(names_of(bits(names, NAMES), NAMES)) == set(names)
    assert alternatives(" | ".join(names)) == alternatives([[name] for name in names]) == tuple((n,) for n in names)


@pytest.mark.parametrize("value", ["", "rgb+", "rgb++audio", "rgb+rgb", [], [""], [1], 3, None, ["rgb+audio", "flow"]])
def test_what_is_no_set_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"no set of modalities|no modality|twice"):
        alternatives(value)


@pytest.mark.parametrize("strict", [True, False])
def test_leave_one_out_goes_through_every_set_of_two_or_more(strict: bool) -> None:
    names = NAMES[:4]
    assert len(list(all_combinations(names))) == 15
    folds = list(leave_one_out(names, strict=strict))
    assert [held for held, _ in folds] == [held for held in all_combinations(names) if len(held) > 1]
    for held, training in folds:
        if strict:
            assert relation(held, training) == "unseen"
            assert not [c for c in all_combinations(names) if c not in training and not set(held) <= set(c)]
        else:
            assert set(training) == set(all_combinations(names)) - {held}
        assert set(held) <= {name for one in training for name in one}
