"""Every promise of a split, on drawn manifests and specs, against an oracle that reads rows one by one."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidsynth.errors import RecipeError, SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.modality import ModalitySplit, Spec, id_lists, leave_one_combination_out, split
from vidsynth.splits.modality.sets import all_combinations

Make = Callable[..., Manifest]
TRAINS: list[dict[str, Any]] = [
    {"train": {"A": "rgb", "B": "audio"}, "test": ["rgb+audio"]},
    {"train": {"A": "rgb+flow", "B": "audio+text"}, "test": ["rgb+audio", "flow+text"]},
    {"train": {"A": "rgb | flow", "B": "audio", "C": "text+rgb"}, "test": ["flow+audio+text"]},
]
PROPERTY = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def row_by_row(made: ModalitySplit, before: Manifest) -> None:
    """Check a split against its definition, with sets and dicts."""
    spec, old = made.spec, {before[n].video_id: before[n] for n in range(len(before))}
    trained: set[frozenset[str]] = set()
    homes: dict[str, set[str]] = {}
    for n, extra in enumerate(made.manifest.extras()):
        row = made.manifest[n]
        came = old[row.video_id]
        part, shown = extra["part"], frozenset(row.modalities)
        assert row.split == (part if part in ("val", "test") else "train")
        assert set(extra["available"]) == set(came.modalities) and shown <= set(came.modalities) and shown
        assert row[3:7] == came[3:7] and row.path == came.path
        homes.setdefault(extra["group"], set()).add(part)
        assert any(shown == frozenset(one) for one in spec.parts[part])
        if row.split == "train":
            trained.add(shown)
    assert all(len(parts) == 1 for parts in homes.values())
    for wanted in (*spec.val, *spec.test):
        assert not any(set(wanted) <= shown for shown in trained)
        assert all(any(name in shown for shown in trained) for name in wanted)
    assert len(made.manifest) + made.left_out + sum(made.dropped.values()) == len(before)
    assert sum(made.dropped_of.values()) == sum(made.dropped.values())
    assert not made.check.violations


@PROPERTY
@given(st.sampled_from(TRAINS), st.sampled_from(["row", "video", "participant_id"]), st.integers(0, 99), st.data())
def test_every_promise_holds(make_manifest: Make, train: dict[str, Any], group: str, seed: int, data: Any) -> None:
    manifest = make_manifest(data.draw(st.integers(150, 300)), seed, gaps=data.draw(st.sampled_from([0.0, 0.1])))
    sizes = {"val": 0.1, "test": data.draw(st.sampled_from([20, 0.15]))}
    spec = Spec.from_dict(train | {"group": group, "sizes": sizes, "seed": seed, "tolerance": 1.0})
    made = split(manifest, spec)
    row_by_row(made, manifest)
    if group == "row":
        assert all(part.rows == part.target for part in made.check.parts)


@PROPERTY
@given(st.sampled_from(TRAINS), st.sampled_from(["row", "video"]), st.sampled_from(["balanced", "hash"]))
def test_the_order_of_rows_does_not_matter(make_manifest: Make, train: dict[str, Any], group: str, method: str) -> None:
    spec = Spec.from_dict(train | {"group": group, "method": method, "sizes": {"test": 0.2}, "tolerance": 0.5})
    one, two = (split(make_manifest(200, shuffled=shuffled), spec).manifest for shuffled in (None, 3))
    assert one.hash() == two.hash() and one.about == two.about


@pytest.mark.parametrize("group", ["row", "video", "participant_id"])
@pytest.mark.parametrize("method", ["balanced", "hash"])
def test_a_seed_is_the_same_bytes_and_another_is_not(
    make_manifest: Make, tmp_path: Any, group: str, method: str
) -> None:
    manifest = make_manifest(400, people=40)

    def written(seed: int) -> bytes:
        values = TRAINS[0] | {"group": group, "method": method, "sizes": {"test": 0.2}, "tolerance": 0.3, "seed": seed}
        split(manifest, Spec.from_dict(values)).manifest.write(tmp_path / "split.parquet")
        return (tmp_path / "split.parquet").read_bytes()

    assert written(1) == written(1)
    assert len({written(seed) for seed in range(4)}) == 4


def test_what_is_written_reads_back_with_the_same_hash(make_manifest: Make, tmp_path: Any) -> None:
    made = split(make_manifest(100), Spec.from_dict(TRAINS[0])).manifest
    for suffix in (".parquet", ".csv", ".jsonl"):
        made.write(tmp_path / f"split{suffix}")
        assert Manifest.read(tmp_path / f"split{suffix}").hash() == made.hash()


@PROPERTY
@given(st.integers(0, 99), st.integers(120, 200), st.sampled_from(["row", "video", "participant_id"]))
def test_hashed_groups_stay_when_rows_are_added(make_manifest: Make, seed: int, few: int, group: str) -> None:
    spec = Spec.from_dict(TRAINS[0] | {"method": "hash", "group": group, "sizes": {"test": 0.3}, "seed": seed})
    small, large = (split(make_manifest(rows, 0, people=30), spec) for rows in (few, 400))
    where = dict(
        zip(large.manifest.table["video_id"].to_pylist(), (e["part"] for e in large.manifest.extras()), strict=True)
    )
    for n, extra in enumerate(small.manifest.extras()):
        assert where[small.manifest[n].video_id] == extra["part"]


def test_hashed_shares_are_about_as_asked(make_manifest: Make) -> None:
    spec = Spec.from_dict(TRAINS[0] | {"method": "hash", "sizes": {"A": 0.5, "B": 0.2, "test": 0.1}})
    made = split(make_manifest(4000, gaps=0.0), spec)
    parts = Counter(extra["part"] for extra in made.manifest.extras())
    assert abs(parts["A"] - 2000) < 150 and abs(parts["B"] - 800) < 120 and abs(parts["test"] - 400) < 90
    assert abs(made.left_out - 800) < 120


def test_classes_are_in_equal_shares_and_the_imbalance_is_reported(make_manifest: Make) -> None:
    manifest = make_manifest(1200, gaps=0.0)
    by_row = split(manifest, Spec.from_dict(TRAINS[0] | {"sizes": {"test": 0.2}})).check.distances
    assert max(by_row.values()) < 0.015
    values = TRAINS[0] | {"group": "video", "sizes": {"test": 0.2}}
    with_classes, without = (
        split(manifest, Spec.from_dict(values | {"stratify": weight})).check.distances for weight in (0.01, 0)
    )
    assert max(with_classes.values()) < max(without.values()) / 2


def test_availability_sends_rows_to_the_first_part_that_they_fit(make_manifest: Make) -> None:
    manifest = make_manifest(300, gaps=0.4)
    values = {"train": {"A": "rgb+audio+text", "B": "rgb+flow"}, "test": ["rgb+flow+audio+text"]}
    spec = Spec.from_dict(values | {"method": "availability", "keep_split": True, "rest": "B"})
    made = split(manifest, spec)
    where = {
        made.manifest[n].video_id: (e["part"], set(made.manifest[n].modalities))
        for n, e in enumerate(made.manifest.extras())
    }
    for n in range(len(manifest)):
        row = manifest[n]
        has = set(row.modalities)
        if row.split == "train":
            first = {"rgb", "audio", "text"} <= has
            assert where[row.video_id] == ("A", {"rgb", "audio", "text"}) if first else ("B", has & {"rgb", "flow"})
        elif row.split == "test" and len(has) == 4:
            assert where[row.video_id] == ("test", has)
        else:
            assert row.video_id not in where
    assert not made.check.violations


def test_kept_splits_are_kept(make_manifest: Make) -> None:
    manifest = make_manifest(300, gaps=0.0)
    made = split(manifest, Spec.from_dict(TRAINS[0] | {"keep_split": True, "val": ["rgb+audio"], "group": "video"}))
    old = dict(zip(manifest.table["video_id"].to_pylist(), manifest.table["split"].to_pylist(), strict=True))
    assert all(old[made.manifest[n].video_id] == made.manifest[n].split for n in range(300))
    sizes = Counter(extra["part"] for extra in made.manifest.extras())
    assert sizes["A"] + sizes["B"] == 180 and abs(sizes["A"] - 90) < 4  # whole videos, four rows each
    row_by_row(made, manifest)


def test_rows_of_a_part_take_turns(make_manifest: Make) -> None:
    made = split(make_manifest(400, gaps=0.0), Spec.from_dict(TRAINS[2] | {"sizes": {"A": 101, "test": 50}}))
    shown = Counter(made.manifest[n].modalities for n, e in enumerate(made.manifest.extras()) if e["part"] == "A")
    assert sorted(shown.values()) == [50, 51] and set(shown) == {("rgb",), ("flow",)}


@pytest.mark.parametrize("rates", [0.5, {"audio": 0.5, "rgb": 0.1}, 1.0, {"audio": 1.0}])
def test_missing_rates_are_met_and_one_modality_stays(make_manifest: Make, rates: Any) -> None:
    values = {"train": {"A": "rgb+flow", "B": "audio+text"}, "test": ["rgb+audio"], "sizes": {"test": 0.5}}
    manifest = make_manifest(4000, gaps=0.0)
    plain = split(manifest, Spec.from_dict(values)).manifest
    thin = split(manifest, Spec.from_dict(values | {"missing": {"test": rates}}))
    assert not thin.check.violations
    assert plain.table["split"] == thin.manifest.table["split"]
    kept: Counter[tuple[str, ...]] = Counter()
    for n in range(len(plain)):
        one, two = plain[n], thin.manifest[n]
        if one.split == "train":
            assert one.modalities == two.modalities
        else:
            assert set(two.modalities) <= set(one.modalities) and two.modalities
            kept[two.modalities] += 1
    rate = rates if isinstance(rates, dict) else dict.fromkeys(("rgb", "audio"), rates)
    lost = {name: sum(count for shown, count in kept.items() if name not in shown) / 2000 for name in ("rgb", "audio")}
    both = rate.get("rgb", 0) * rate["audio"]  # of these rows one modality comes back, the likelier the rarer lost
    for name in ("rgb", "audio"):
        assert rate.get(name, 0) - both - 0.04 <= lost[name] <= rate.get(name, 0) + 0.04
    assert abs(kept["rgb", "audio"] / 2000 - (1 - rate.get("rgb", 0)) * (1 - rate["audio"])) < 0.04


def test_leave_one_out_evaluates_every_set_of_two_or_more(make_manifest: Make) -> None:
    manifest = make_manifest(300, gaps=0.1)
    base = Spec.from_dict(TRAINS[0] | {"sizes": {"A": 0.8, "test": 0.2}})
    names = ("rgb", "flow", "audio")
    held = []
    for spec in leave_one_combination_out(base, names):
        made = split(manifest, spec)
        held.append(spec.test[0])
        trained = {
            row.modalities for row in map(made.manifest.__getitem__, range(len(made.manifest))) if row.split == "train"
        }
        assert trained == {one for one in all_combinations(names) if not set(spec.test[0]) <= set(one)}
        assert not made.check.violations
    assert held == [one for one in all_combinations(names) if len(one) > 1]
    covered = next(iter(leave_one_combination_out(base, names, strict=False)))
    assert split(manifest, covered).check.evaluated[0].relation == "covered"


def test_lists_go_video_by_video_with_ids_in_string_order() -> None:
    ids = [f"P01_1{video}_{n}" for video in (10, 2) for n in (0, 1, 2, 10, 11)]
    paths = [name.rsplit("_", 1)[0] for name in ids]
    manifest = Manifest.from_columns({"video_id": ids, "path": paths, "modalities": [["rgb", "audio"]] * 10}, "nowhere")
    made = split(manifest, Spec.from_dict(TRAINS[0] | {"sizes": {"A": 8, "B": 1, "test": 1}}))
    lists = id_lists(made)
    assert sorted(name for some in lists.values() for name in some) == sorted(ids)
    assert lists["A"] == sorted(lists["A"], key=lambda name: (name.rsplit("_", 1)[0], name))


BY_PERSON = {"group": "participant_id"}
WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"train": {"A": "rgb", "B": "thermal"}, "test": ["rgb+thermal"]},
        "part B: modality 'thermal' is in none of the 300",
    ),
    ({"sizes": {"test": 250}}, r"sizes: test \(rgb\+audio\) needs 250 rows, and \d+ rows have what it shows"),
    ({"sizes": {"B": 130, "test": 130}}, r"sizes: B \(audio\), test \(rgb\+audio\) need 260 rows together, and \d+"),
    ({"sizes": {"test": 400}}, "400 rows are asked for; 300 rows can be used"),
    (BY_PERSON | {"sizes": {"test": 0.01}}, r"part test: \d+ rows are the nearest to its \d+ that groups by"),
    (BY_PERSON | {"method": "listed", "members": {"A": ["P01"]}}, "part B: no row is left for it"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_cannot_be_met_is_named_with_its_numbers(make_manifest: Make, change: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        split(make_manifest(300), Spec.from_dict(TRAINS[0] | change))


def test_wrong_columns_are_named(make_manifest: Make) -> None:
    manifest = make_manifest(40)
    with pytest.raises(
        SourceError, match="no column 'participant', nor is it in `extra`; did you mean 'participant_id'"
    ):
        split(manifest, Spec.from_dict(TRAINS[0] | {"group": "participant"}))
    some = manifest.replaced({"person": [None] + ["x"] * 39})
    with pytest.raises(SourceError, match="row 'clip00000' has no person"):
        split(some, Spec.from_dict(TRAINS[0] | {"group": "person"}))
    with pytest.raises(SourceError, match="is a modality split already"):
        split(split(manifest, Spec.from_dict(TRAINS[0])).manifest, Spec.from_dict(TRAINS[0]))
    unsplit = manifest.replaced({"split": [None] * 40})
    with pytest.raises(RecipeError, match="no row is of the split 'train'; the manifest has none"):
        split(unsplit, Spec.from_dict(TRAINS[0] | {"keep_split": True}))


def test_assumed_modalities_are_there() -> None:
    manifest = Manifest.from_columns({"path": [f"{n}.mp4" for n in range(30)]}, "nowhere")
    made = split(manifest, Spec.from_dict(TRAINS[0] | {"assume": ["rgb", "audio"]}))
    assert all(set(extra["available"]) == {"rgb", "audio"} for extra in made.manifest.extras())


def test_a_group_that_lacks_a_modality_goes_where_that_costs_no_rows() -> None:
    has = [["rgb"] if n // 10 % 3 == 0 else ["rgb", "audio"] for n in range(300)]
    paths = [f"{n // 10:02d}.mp4" for n in range(300)]
    manifest = Manifest.from_columns(
        {"video_id": [f"{n:03d}" for n in range(300)], "path": paths, "modalities": has}, "."
    )
    made = split(manifest, Spec.from_dict(TRAINS[0] | {"group": "video", "sizes": {"test": 0.2}}))
    assert not made.dropped and all(part.rows == part.target for part in made.check.parts)


def test_golden() -> None:
    """The very bytes of a small split: a change of the arithmetic shows here."""
    draws = np.random.default_rng(0)
    ids = [f"{n:03d}" for n in range(90)]
    columns = {"video_id": ids, "path": [f"v{draws.integers(30):02d}" for _ in ids], "modalities": [["a", "b"]] * 90}
    manifest = Manifest.from_columns(columns | {"labels": [[str(draws.integers(4))] for _ in ids]}, "nowhere")
    spec = {"train": ["a", "b"], "test": ["a+b"], "sizes": {"test": 0.2}}
    hashes = [
        split(manifest, Spec.from_dict(spec | change)).manifest.hash()[:16] for change in ({}, {"group": "video"})
    ]
    assert hashes == ["cf0a8efd9b7b8b63", "390eddd50a2081e5"]
