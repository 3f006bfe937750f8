"""Class numbers, parts of the classes, videos both ways, and the summary of what came out."""

import pytest

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe import both_ways, class_numbers, numbered, only_classes, summary
from vidsynth.splits.severe.granularity import BARS, BEAM, FLOOR, FX_S1, UB_S1, VAULT
from vidsynth.splits.severe.numbers import Listed, Published


def gym(**columns: list[object]) -> Manifest:
    rows = 99
    base: dict[str, list[object]] = {
        "path": [f"{n:03d}.mp4" for n in range(rows)],
        "split": ["train" if n % 3 else "val" for n in range(rows)],
        "labels": [[str(n)] for n in range(rows)],
    }
    return Manifest.from_columns(base | columns, "nowhere", {"name": "gym99"})


def test_the_events_cover_gym99_and_the_sets_lie_in_theirs() -> None:
    assert [*VAULT, *FLOOR, *BEAM, *BARS] == list(range(99))
    assert len(FX_S1) == 11 and set(FX_S1) < set(FLOOR) and len(UB_S1) == 15 and set(UB_S1) < set(BARS)


@pytest.mark.parametrize("kept", [VAULT, FLOOR, FX_S1, UB_S1])
def test_a_part_is_renumbered_from_0_and_keeps_the_number_that_it_had(kept: range) -> None:
    part = only_classes(gym(), kept)
    extras = part.extras()
    assert [extra["class"] for extra in extras] == list(range(len(kept)))
    assert [extra["whole_class"] for extra in extras] == list(kept)
    assert part.table["labels"].to_pylist() == [[str(n)] for n in kept]


def test_numbers_come_from_the_lists_then_from_extra_then_from_the_labels() -> None:
    told = gym(labels=[[f"move {n}"] for n in range(99)], **{"class": [98 - n for n in range(99)]})
    assert class_numbers(gym()) == list(range(99)) and class_numbers(told) == list(range(98, -1, -1))
    performed = gym(labels=[[f"move {n}"] for n in range(99)], action=list(range(1, 100)))
    assert class_numbers(performed) == list(range(99))
    lists = Published([Listed("004", "val", 7), Listed("002", "train", 3), Listed("gone", "train", 0)])
    by_lists = numbered(told, lists)
    assert by_lists.table["path"].to_pylist() == ["002.mp4", "004.mp4"]
    assert by_lists.table["split"].to_pylist() == ["train", "val"] and class_numbers(by_lists) == [3, 7]


def test_what_tells_no_number_is_said() -> None:
    named = gym(labels=[[f"move {n}"] for n in range(99)])
    assert class_numbers(named) == [None] * 99
    with pytest.raises(SourceError, match="rows tell no class number: give the official lists with --annotations"):
        only_classes(named, FX_S1)
    with pytest.raises(SourceError, match="no row is of the classes 6 to 16"):
        only_classes(gym().take([0, 1]), FX_S1)
    with pytest.raises(SourceError, match="row 1: 000: its `extra` tells no class"):
        class_numbers(gym(labels=[["move"], *([str(n)] for n in range(1, 99))]))
    with pytest.raises(SourceError, match="none of the 1 videos of the official lists, such as gone, is in gym99"):
        numbered(gym(), Published([Listed("gone", "train", 0)]))


def test_every_video_is_there_both_ways() -> None:
    twice = both_ways(gym())
    assert len(twice) == 198
    for number, extra in enumerate(twice.extras()):
        row = twice[number]
        assert row.video_id.split("/")[0] + ".mp4" == row.path
        assert row.labels == (("backward",) if extra["reversed"] else ("forward",))
        assert extra["class"] == int(extra["reversed"]) and extra["was"] == [str(int(row.path[:3]))]
    assert twice.table["labels"].to_pylist().count(["forward"]) == 99


def test_the_summary_counts_rows_classes_and_missing_videos() -> None:
    lists = Published([Listed(f"{n:03d}", "train" if n % 3 else "val", n) for n in range(120)])
    source = gym()
    part = only_classes(numbered(source, lists), range(90, 110))
    facts = summary(part, {"train": 14, "val": 6}, source=source, lists=lists, classes=range(90, 110))
    assert facts.rows == {"train": 6, "val": 3}
    assert facts.missing == {
        "val": [f"{n:03d}" for n in range(99, 110, 3)], "train": [f"{n:03d}" for n in range(99, 110) if n % 3]
    }  # fmt: skip
    assert facts.text().splitlines() == [
        "split  rows  published  classes  a class: fewest / median / most  videos missing",
        "train  6     14         6        1 / 1 / 1                        7",
        "val    3     6          3        1 / 1 / 1                        4",
    ]
    assert "not known" in summary(part, {}).text()
    assert facts.to_dict()["splits"]["val"]["classes"] == {"90": 1, "93": 1, "96": 1}


def test_rows_with_several_labels_count_for_each() -> None:
    made = Manifest.from_columns({"path": ["a.mp4", "b.mp4", "c.mp4"], "labels": [["x", "y"], ["y"], None]}, ".")
    facts = summary(made, {})
    assert facts.rows == {"no split": 3} and facts.classes == {"no split": {"x": 1, "y": 2}}
    assert facts.text().splitlines()[1].split() == [
        "no",
        "split",
        "3",
        "–",
        "2",
        "1",
        "/",
        "1.5",
        "/",
        "2",
        "not",
        "known",
    ]
