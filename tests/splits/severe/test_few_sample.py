"""Few-sample subsets: exact numbers, nested, and row for row as the authors' code draws."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.errors import RecipeError, SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe import curve, few_samples, numbered, per_class
from vidsynth.splits.severe.numbers import Listed, Published, name_of


def lists_of(sizes: list[int], seed: int = 0) -> Published:
    """Return lists with so many training videos of each class, in no order, and one video of each to test on."""
    names = [(f"v{number}_{video:03d}", number) for number, size in enumerate(sizes) for video in range(size)]
    order = np.random.default_rng(seed).permutation(len(names))
    train = [Listed(*(names[at][0], "train", names[at][1])) for at in order]
    return Published([*train, *(Listed(f"t{number}", "test", number) for number in range(len(sizes)))])


def manifest_of(lists: Published) -> Manifest:
    return Manifest.from_columns(
        {
            "path": [f"{line.number}/{line.name}.avi" for line in lists.lines],
            "split": [line.split for line in lists.lines],
            "labels": [[f"class {line.number}"] for line in lists.lines],
        },
        "nowhere",
    )


def training(manifest: Manifest) -> set[str]:
    table = manifest.table
    return {name_of(path) for path, split in zip(table["path"].to_pylist(), table["split"].to_pylist(), strict=True)
            if split == "train"}  # fmt: skip


def as_the_authors_draw(lists: Published, samples: int, seed: int) -> set[str]:
    """Follow `get_subset_data`: one RandomState, over the set of labels, over the rows in the list's order."""
    names = np.array([line.name for line in lists.lines if line.split == "train"])
    labels = np.array([line.number for line in lists.lines if line.split == "train"])
    each = math.ceil(samples / len(set(labels.tolist())))
    state, drawn = np.random.RandomState(seed), []
    for label in set(labels.tolist()):
        (members,) = np.where(labels == label)
        size = len(members)
        chosen = state.choice(size, size if each > size else each, replace=False)
        drawn.extend(names[members[np.array(chosen)]].tolist())
    return set(drawn)


SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=8)


@settings(deadline=None, max_examples=60)
@given(SIZES, st.integers(1, 60), st.integers(0, 2**32 - 1), st.booleans())
def test_each_class_gives_as_many_as_asked_or_all_it_has(sizes: list[int], n: int, seed: int, published: bool) -> None:
    lists = lists_of(sizes)
    made = few_samples(numbered(manifest_of(lists), lists), n, seed=seed, published=lists if published else None)
    counts = Counter(row.split("_")[0] for row in training(made))
    each = per_class(n, len(sizes))
    assert counts == {f"v{number}": min(each, size) for number, size in enumerate(sizes)}
    assert len(made.only_split("test")) == len(sizes)


@settings(deadline=None, max_examples=60)
@given(SIZES, st.integers(1, 60), st.integers(0, 2**32 - 1), st.integers(0, 99))
def test_the_published_draw_is_the_authors(sizes: list[int], n: int, seed: int, order: int) -> None:
    lists = lists_of(sizes, order)
    made = few_samples(manifest_of(lists), n, seed=seed, published=lists)
    assert training(made) == as_the_authors_draw(lists, n, seed)


@settings(deadline=None, max_examples=30)
@given(SIZES, st.integers(1, 30), st.integers(0, 30), st.integers(0, 2**32 - 1), st.booleans())
def test_a_subset_lies_within_every_larger_one(sizes: list[int], n: int, more: int, seed: int, published: bool) -> None:
    lists = lists_of(sizes)
    source, by = manifest_of(lists), lists if published else None
    smaller, larger = (training(few_samples(source, size, seed=seed, published=by)) for size in (n, n + more))
    assert smaller <= larger


def test_a_missing_video_changes_no_other_choice_of_ours() -> None:
    lists = lists_of([9, 9, 9])
    source = manifest_of(lists)
    chosen = training(few_samples(source, 12))
    gone = sorted(chosen)[0]
    without = source.take([row for row in range(len(source)) if name_of(source[row].path) != gone])
    again = training(few_samples(without, 12))
    assert chosen - {gone} < again and len(again) == 12


@settings(deadline=None, max_examples=40)
@given(SIZES, st.integers(1, 40), st.integers(0, 2**32 - 1), st.sets(st.integers(0, 40)), st.booleans())
def test_missing_videos_count_as_the_authors_readers_have_it(
    sizes: list[int], n: int, seed: int, gone: set[int], drops: bool
) -> None:
    lists = lists_of(sizes)._replace(drops_missing=drops)
    source = manifest_of(lists)
    here = [row for row in range(len(source)) if row not in gone or source[row].split == "test"]
    present = {name_of(source[row].path) for row in here}
    kept = [line for line in lists.lines if line.name in present]
    if any(line.split == "train" for line in kept):
        made = training(few_samples(source.take(here), n, seed=seed, published=lists))
        if drops:
            assert made == as_the_authors_draw(Published(kept), n, seed)
        else:
            assert made == as_the_authors_draw(lists, n, seed) & present


def test_another_seed_gives_other_rows_and_every_row_has_its_turn() -> None:
    source = manifest_of(lists_of([10, 10]))
    drawn = [training(few_samples(source, 8, seed=seed)) for seed in range(60)]
    met = Counter(name for names in drawn for name in names)
    assert len(met) == 20 and max(met.values()) < 40  # each is expected 24 times


def test_our_draw_does_not_change() -> None:
    chosen = sorted(training(few_samples(manifest_of(lists_of([6, 6])), 4)))
    assert chosen == ["v0_001", "v0_005", "v1_001", "v1_004"]


def test_the_sizes_of_the_published_settings() -> None:
    assert per_class(1000, 101) * 101 == 1010 and per_class(1000, 99) * 99 == 1089
    assert curve(20484) == [1000, 2000, 4000, 8000, 16000] and curve(1000) == []


def test_what_cannot_be_drawn_is_said() -> None:
    lists = lists_of([3])
    with pytest.raises(RecipeError, match="samples: must be 1 or more, not 0"):
        few_samples(manifest_of(lists), 0)
    with pytest.raises(SourceError, match="no row is of the split 'train'"):
        few_samples(manifest_of(lists).only_split("test"), 5)
    bare = Manifest.from_columns({"path": ["a.mp4"], "split": ["train"]}, ".")
    with pytest.raises(SourceError, match="row 1: a: no label"):
        few_samples(bare, 5)
