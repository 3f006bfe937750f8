"""Label shifts: the published numbers, and what must hold of all."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.errors import SourceError
from vidsynth.splits.domain import label_shift
from vidsynth.splits.domain.presets import EPIC_COUNTS, VERBS

# Of the source's training labels from the target's test labels: total variation, KL(target || source) in nats.
PUBLISHED = {
    ("D1", "D2"): (0.0947, 0.0334),
    ("D1", "D3"): (0.1463, 0.0854),
    ("D2", "D1"): (0.0543, 0.0098),
    ("D2", "D3"): (0.1487, 0.1351),
    ("D3", "D1"): (0.1202, 0.0628),
    ("D3", "D2"): (0.0799, 0.0289),
}
COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 1000), min_size=1).filter(lambda c: any(c.values()))


@pytest.mark.parametrize("pair", PUBLISHED)
def test_the_shifts_between_the_kitchens_come_out(pair: tuple[str, str]) -> None:
    source, target = pair
    p = dict(zip(VERBS, EPIC_COUNTS[source][0], strict=True))
    q = dict(zip(VERBS, EPIC_COUNTS[target][1], strict=True))
    found = label_shift(p, q, VERBS)
    assert (round(found.total_variation, 4), round(found.kl, 4)) == PUBLISHED[pair]
    assert found.classes == VERBS and found.source == EPIC_COUNTS[source][0]


def test_the_kitchens_have_their_published_sizes() -> None:
    sizes = {name: (sum(train), sum(test)) for name, (train, test) in EPIC_COUNTS.items()}
    assert sizes == {"D1": (1543, 435), "D2": (2495, 750), "D3": (3897, 974)}


@given(COUNTS, COUNTS)
def test_numbers_are_those_of_their_definitions(source: dict[str, int], target: dict[str, int]) -> None:
    found = label_shift(source, target)
    n, m = sum(source.values()), sum(target.values())
    p = [source.get(name, 0) / n for name in found.classes]
    q = [target.get(name, 0) / m for name in found.classes]
    assert found.total_variation == pytest.approx(sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2)
    assert 0 <= found.total_variation <= 1 + 1e-12
    if any(b > 0 and a == 0 for a, b in zip(p, q, strict=True)):
        assert found.kl == math.inf
    else:
        expected = sum(b * math.log(b / a) for a, b in zip(p, q, strict=True) if b)
        assert found.kl == pytest.approx(expected, abs=1e-9) and found.kl > -1e-9
    for a, b, ratio in zip(p, q, found.ratio, strict=True):
        assert ratio == pytest.approx(b / a) if a else not math.isfinite(ratio)


def test_no_labels_cannot_be_compared() -> None:
    with pytest.raises(SourceError, match="the target has no labels"):
        label_shift({"a": 1}, {"a": 0})
