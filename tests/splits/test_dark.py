"""Dark and day sets out of tables."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.dark import dark_pool, dark_sets

VIDEOS = st.lists(
    st.tuples(
        st.sampled_from(["train", "val"]),
        st.lists(st.sampled_from("abcd"), max_size=2, unique=True),
        st.none() | st.sampled_from([5.0, 40.0, 40.1, 90.0]),
        st.integers(0, 9),
    ),
    max_size=60,
)


def tables(videos: list[tuple[str, list[str], float | None, int]]) -> tuple[Manifest, dict[str, float]]:
    rows = {
        "video_id": [f"{number:03d}" for number in range(len(videos))],
        "path": [f"{file}.mp4" for _, _, _, file in videos],
        "split": [split for split, _, _, _ in videos],
        "labels": [labels for _, labels, _, _ in videos],
        "text": ["said"] * len(videos),
    }
    y = {name: value for name, (_, _, value, _) in zip(rows["video_id"], videos, strict=True) if value is not None}
    return Manifest.from_columns(rows, "nowhere"), y


def ids(manifest: Manifest) -> set[str]:
    return set(manifest.table["video_id"].to_pylist())


def classes(manifest: Manifest) -> Counter[str]:
    return Counter(name for names in manifest.table["labels"].to_pylist() for name in names or ())


@given(VIDEOS, st.integers(1, 4), st.sampled_from(["val", "all"]), st.integers(0, 3))
def test_the_sets_are_what_their_names_say(
    videos: list[tuple[str, list[str], float | None, int]], per_class: int, test: str, seed: int
) -> None:
    manifest, y = tables(videos)
    try:
        sets = dark_sets(manifest, y, per_class=per_class, test=test, seed=seed)
    except SourceError:
        return
    dark, day, train = sets.dark_test, sets.day_test, sets.day_train
    facts = dict(zip(manifest.table["video_id"].to_pylist(), videos, strict=True))
    assert all(y[name] <= 40 for name in ids(dark)) and all(y[name] > 40 for name in ids(day) | ids(train))
    assert all(facts[name][0] == "train" for name in ids(train))
    assert test == "all" or all(facts[name][0] == "val" for name in ids(dark) | ids(day))
    targets = {name for name, count in classes(dark).items() if count >= per_class}
    assert targets and all(set(facts[name][1]) & targets for name in ids(dark) | ids(train))
    assert all(count <= classes(dark)[name] for name, count in classes(day).items())
    files = [{facts[name][3] for name in ids(part)} for part in (dark, day, train)]
    assert not files[0] & files[1] and not (files[0] | files[1]) & files[2]


def test_the_day_test_set_has_as_many_of_each_class() -> None:
    videos = [("val", [name], 10.0, number) for number, name in enumerate("aab")]
    videos += [("val", [name], 90.0, 100 + number) for number, name in enumerate("aaaabbbbccc")]
    videos += [
        ("train", [name], value, 200 + number)
        for number, (name, value) in enumerate([("a", 90.0), ("c", 90.0), ("a", 5.0)])
    ]
    manifest, y = tables(videos)
    sets = dark_sets(manifest, y)
    assert classes(sets.day_test) == classes(sets.dark_test) == Counter(a=2, b=1)
    assert classes(sets.day_train) == Counter(a=1)
    other = [ids(dark_sets(manifest, y, seed=seed).day_test) for seed in range(5)]
    assert other[0] == ids(sets.day_test) and any(drawn != other[0] for drawn in other)
    assert classes(dark_sets(manifest, y, per_class=2).dark_test) == Counter(a=2)
    with pytest.raises(SourceError, match="no dark test set: 3 of 14 videos of split 'val' have Y <= 40, and no class"):
        dark_sets(manifest, y, per_class=3)
    with pytest.raises(SourceError, match="has no split 'test'"):
        dark_sets(manifest, y, test="test")


def test_the_pool_shows_nothing_of_what_it_holds() -> None:
    manifest, y = tables(
        [("train", ["a"], 10.0, 0), ("train", ["b", "c"], 10.0, 1), ("val", [], 3.0, 2), ("val", ["b"], 90.0, 3)]
    )
    assert ids(dark_pool(manifest, y)) == {"000", "001", "002"}
    pool = dark_pool(manifest, y, exclude=["c", "x"], split="train")
    assert ids(pool) == {"000"}
    assert pool[0].labels == () and pool[0].text is None and pool[0].path == "0.mp4"
    with pytest.raises(SourceError, match="no dark pool: 3 videos"):
        dark_pool(manifest, y, exclude=["a", "b"], split="train")
