"""A check finds what is there: each way to spoil a split is a violation of just the invariant that it breaks."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.modality import Spec, check, split
from vidsynth.splits.modality.wording import check_text

Make = Callable[..., Manifest]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def made(make_manifest: Make) -> Manifest:
    spec = {"train": {"A": "rgb", "B": "audio"}, "test": ["rgb+audio"], "sizes": {"val": 0.1, "test": 0.1}}
    return split(make_manifest(200, gaps=0.1), Spec.from_dict(spec | {"group": "video"})).manifest


def changed(manifest: Manifest, change: Callable[[Row], None], which: Callable[[Row], bool], few: int = 1) -> Manifest:
    """Return a copy with a change made to the first `few` rows that `which` picks."""
    rows: list[Row] = manifest.table.to_pylist()
    for row in rows:
        row["extra"] = json.loads(row["extra"])
    for row in [row for row in rows if which(row)][:few]:
        change(row)
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "extra"}
    columns["extra"] = [json.dumps(row["extra"], sort_keys=True) for row in rows]
    return Manifest.from_columns(columns, manifest.root, manifest.about)


def part(name: str) -> Callable[[Row], bool]:
    return lambda row: row["extra"]["part"] == name


def test_a_good_split_has_no_violation(made: Manifest) -> None:
    found = check(made)
    assert not found.violations
    assert {one.name for one in found.findings} >= {"rows", "groups", "videos", "visible", "unseen in test", "sizes"}
    assert [(p.name, p.split) for p in found.parts] == [
        ("A", "train"),
        ("B", "train"),
        ("val", "val"),
        ("test", "test"),
    ]
    assert sum(sum(counts) for counts in found.matrix.values()) == len(made) == sum(p.rows for p in found.parts)
    assert json.loads(json.dumps(found.to_dict()))["evaluated"][0]["relation"] == "unseen"


SPOILED: list[tuple[str, Callable[[Row], None], str, str, str]] = [
    ("shows both", lambda row: row.update(modalities=["rgb", "audio"]), "A", "unseen in test", "is seen in training"),
    ("shows three", lambda row: row.update(modalities=["rgb", "audio", "flow"]), "A", "unseen in val", "covered by"),
    ("new test set", lambda row: row.update(modalities=["rgb"]), "test", "unseen in test", "rgb is seen in training"),
    ("unknown test", lambda row: row.update(modalities=["gaze"]), "test", "modalities", "gaze is evaluated, and no"),
    ("not available", lambda row: row["extra"].update(available=["text"]), "A", "visible", "that they do not have"),
    ("shows nothing", lambda row: row.update(modalities=[]), "B", "visible", "1 rows show no modality"),
    ("other split", lambda row: row.update(split="test"), "A", "groups", "in more than one part"),
    ("no split", lambda row: row.update(split="spare"), "B", "rows", "1 of"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "where", "name", "said"), [one[1:] for one in SPOILED], ids=[s[0] for s in SPOILED])
def test_what_is_spoiled_is_found(
    made: Manifest, change: Callable[[Row], None], where: str, name: str, said: str
) -> None:
    found = check(changed(made, change, part(where)))
    assert any(one.name == name and said in one.text for one in found.violations), check_text(found)
    assert "VIOLATED" in check_text(found)


def test_a_video_in_two_parts_is_found(made: Manifest) -> None:
    spoiled = made
    for name in ("A", "test"):
        spoiled = changed(spoiled, lambda row: row.update(path="shared.mp4"), part(name))
    found = check(spoiled)
    assert [(one.name, "such as 'shared.mp4' in A and test" in one.text) for one in found.violations] == [
        ("videos", True)
    ]


def test_a_part_that_lost_rows_misses_its_size(made: Manifest) -> None:
    parts = made.extra_column("part").to_numpy(zero_copy_only=False)
    found = check(made.take([n for n in range(len(made)) if parts[n] != "val" or n % 2]))
    assert [one.name for one in found.violations] == ["sizes"]


def test_covered_sets_are_notes_where_allowed(made: Manifest) -> None:
    spoiled = changed(
        made,
        lambda row: row.update(modalities=["rgb", "audio", "flow"]),
        lambda row: "flow" in row["extra"]["available"] and part("A")(row),
    )
    spoiled = changed(spoiled, lambda row: row["extra"].update(available=["rgb", "audio", "flow"]), part("A"), 999)
    assert {one.name for one in check(spoiled).violations} == {"unseen in val", "unseen in test"}
    assert not check(spoiled, allow_covered=True).violations


def test_classes_that_training_lacks_are_counted(made: Manifest) -> None:
    spoiled = changed(made, lambda row: row.update(labels=["new"]), part("test"), 2)
    line = next(one.text for one in check(spoiled).findings if one.name == "classes of test")
    assert "1 absent from A" in line and "1 absent from B" in line and "1 absent from all of training: 'new'" in line
    only_b = changed(made, lambda row: row.update(labels=["bell"]), part("B"), 3)
    only_b = changed(only_b, lambda row: row.update(labels=["bell"]), part("test"), 1)
    line = next(one.text for one in check(only_b).findings if one.name == "classes of test")
    assert "1 absent from A" in line and "0 absent from B" in line and "0 absent from all" in line


def test_a_set_that_no_row_shows_is_not_evaluated(made: Manifest) -> None:
    parts = made.extra_column("part").to_numpy(zero_copy_only=False)
    only_rgb = made.take(parts != "test").replaced({})
    spoiled = changed(made, lambda row: row.update(modalities=["rgb"]), part("test"), 999)
    assert any("0 rows show it" in one.text for one in check(spoiled, allow_covered=True).violations)
    with pytest.raises(SourceError, match="this has train, val"):
        check(only_rgb)


def test_distances_are_total_variation(made: Manifest) -> None:
    found = check(made)
    labels = {p.name: [] for p in found.parts}
    for row, extra in zip(made.table.to_pylist(), made.extras(), strict=True):
        labels[extra["part"]].append(row["labels"][0])
    for (one, two), distance in found.distances.items():
        both = set(labels[one]) | set(labels[two])
        by_hand = sum(
            abs(labels[one].count(c) / len(labels[one]) - labels[two].count(c) / len(labels[two])) for c in both
        )
        assert distance == pytest.approx(by_hand / 2)


def test_a_manifest_of_another_make_can_be_checked() -> None:
    rows = {"path": ["a", "b", "c"], "split": ["train", "train", "test"]}
    manifest = Manifest.from_columns(rows | {"modalities": [["x"], ["y"], ["x", "y"]]}, "nowhere")
    found = check(manifest)
    assert not found.violations and [p.name for p in found.parts] == ["train", "test"]
    assert {one.name: one.state for one in found.findings}["groups"] == "note"
    with pytest.raises(SourceError, match="has the splits train and test; this has train"):
        check(manifest.only_split("train"))


def test_missing_files_are_a_violation(made: Manifest) -> None:
    assert [one.name for one in check(made, missing=["a.mp4"]).violations] == ["files"]
    assert not check(made, missing=[]).violations
