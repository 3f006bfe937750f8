"""Domain shifts: every row has its role, nothing leaks, published counts come out."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth import Manifest
from vidsynth.errors import RecipeError, SourceError
from vidsynth.splits.domain import PRESETS, DomainRules, shift
from vidsynth.splits.domain.presets import EPIC_COUNTS, VERBS
from vidsynth.splits.domain.roles import counts, true_labels


def kitchens() -> Manifest:
    """Rows as many as the published ones, as the source `epic55-domains` gives them."""
    rows = [
        (f"{domain}-{split}-{verb}-{number:04d}", f"{domain}/{split}{number % 7}.MP4", split, [verb], domain)
        for domain, both in EPIC_COUNTS.items()
        for split, sizes in zip(("train", "test"), both, strict=True)
        for verb, size in zip(VERBS, sizes, strict=True)
        for number in range(size)
    ]
    rows.append(("D1-peel", "D1/train0.MP4", "train", ["peel"], "D1"))  # another verb
    names = ("video_id", "path", "split", "labels", "domain")
    return Manifest.from_columns({name: [row[n] for row in rows] for n, name in enumerate(names)}, ".")


@pytest.fixture(scope="module")
def epic() -> Manifest:
    return kitchens()


def roles(made: Manifest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, role in zip(made.table["video_id"].to_pylist(), made.table["split"].to_pylist(), strict=True):
        found.setdefault(role, []).append(name)
    return found


@pytest.mark.parametrize("preset", [name for name in PRESETS if name.startswith("epic-")])
def test_the_kitchens_come_out_as_published(epic: Manifest, preset: str) -> None:
    made = shift(epic, PRESETS[preset].rules)
    assert {role: len(rows) for role, rows in roles(made).items()} == PRESETS[preset].rows
    source, target = preset.upper().split("-")[1:]
    assert [counts(made, "source")[verb] for verb in VERBS] == list(EPIC_COUNTS[source][0])
    assert [counts(made, "test")[verb] for verb in VERBS] == list(EPIC_COUNTS[target][1])
    assert [counts(made, "target")[verb] for verb in VERBS] == list(EPIC_COUNTS[target][0])


def test_the_draw_does_not_change() -> None:
    assert shift(actors(), PRESETS["actor-shift"].rules).hash()[:16] == "d7d6683e185db22e"
    assert shift(charades(), PRESETS["charades-ego"].rules).hash()[:16] == "a58fec1970cc4a95"


def test_unlabelled_rows_have_no_labels_but_hidden_ones(epic: Manifest) -> None:
    made = shift(epic, PRESETS["epic-d1-d2"].rules)
    rows = zip(made.table["split"].to_pylist(), made.table["labels"].to_pylist(), made.extras(), strict=True)
    for role, labels, extra in rows:
        assert (labels is None, "hidden_labels" in extra) == ((True, True) if role == "target" else (False, False))
    for name, labels in zip(made.table["video_id"].to_pylist(), true_labels(made), strict=True):
        assert labels == [name.split("-")[2]]


def charades(videos: int = 11, segments: int = 3) -> Manifest:
    """Third- and first-person videos, each with segments, and some without an action."""
    rows = []
    for person, ending in (("third", ""), ("first", "EGO")):
        for split in ("train", "test"):
            for number in range(videos):
                stem = f"{split[:2].upper()}{number:02d}{ending}"
                for at in range(segments):
                    labels = [] if number == 4 else [f"c00{(number + at) % 4}"]
                    rows.append((f"{stem}-{at}", f"v/{stem}.mp4", split, labels, person))
    names = ("video_id", "path", "split", "labels", "person")
    return Manifest.from_columns({name: [row[n] for row in rows] for n, name in enumerate(names)}, ".")


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 14), st.integers(1, 3), st.integers(0, 5))
def test_half_of_the_target_videos_keep_their_labels(videos: int, segments: int, seed: int) -> None:
    made = shift(charades(videos, segments), PRESETS["charades-ego"].rules.with_changes({"seed": seed}))
    found = {role: {name.split("-")[0] for name in names} for role, names in roles(made).items()}
    usable = videos - (videos > 4)
    assert len(found.get("target-labelled", ())) == usable // 2
    assert len(found["target"]) == usable - usable // 2
    assert not found.get("target-labelled", set()) & found["target"]
    assert len(found["source"]) == len(found["test"]) == usable
    assert all(("EGO" in name) == (role != "source") for role, names in found.items() for name in names)


def test_halves_are_random_by_default_and_the_files_where_asked() -> None:
    rules = PRESETS["charades-ego"].rules
    drawn = {
        tuple(roles(shift(charades(), rules.with_changes({"seed": seed})))["target-labelled"]) for seed in range(5)
    }
    assert len(drawn) > 1
    listed = [f"TR{number:02d}EGO" for number in (9, 3, 4, 0, 10, 1, 8, 2, 7, 5, 6)]
    made = shift(charades(), PRESETS["charades-ego-listed"].rules, listed)
    found = {PurePosixPath(name).name.split("-")[0] for name in roles(made)["target-labelled"]}
    assert found == {"TR09EGO", "TR03EGO", "TR00EGO", "TR10EGO", "TR01EGO"}  # 5 of 10; TR04 has no action
    with pytest.raises(
        SourceError, match=r"v/TR00EGO.mp4: its name is not in the list of videos \(nor are those of 9 more"
    ):
        shift(charades(), PRESETS["charades-ego-listed"].rules, ["TR99"])
    with pytest.raises(RecipeError, match="needs the list of videos"):
        shift(charades(), PRESETS["charades-ego-listed"].rules)


def actors() -> Manifest:
    classes = ["sleeping", "watching tv", "eating", "drinking", "swimming", "running", "opening a door"]
    rows = [
        (f"people/{name}/{n}.mp4", [name], "source") for name in classes for n in range(186 + (name == "eating") * 3)
    ]
    rows += [
        (f"animals/{name}/{n}.mp4", [name], "target") for name in classes for n in range(28 + (name == "eating") * 4)
    ]
    names = ("path", "labels", "domain")
    return Manifest.from_columns({name: [row[n] for row in rows] for n, name in enumerate(names)}, ".")


def test_actor_shift_draws_five_of_each_class() -> None:
    rules = PRESETS["actor-shift"].rules
    made = shift(actors(), rules)
    assert {role: len(rows) for role, rows in roles(made).items()} == PRESETS["actor-shift"].rows
    assert set(counts(made, "target").values()) == {5}
    again, other = shift(actors(), rules), shift(actors(), rules.with_changes({"seed": 1}))
    assert made.hash() == again.hash() != other.hash()
    with pytest.raises(
        SourceError, match="class 'drinking' of the target has 28 videos: 28 to train leave none to test"
    ):
        shift(actors(), rules.with_changes({"per_class": 28}))


def test_domains_may_be_splits_and_classes_extra_values() -> None:
    columns = {
        "path": [f"{n}.mp4" for n in range(6)],
        "split": ["day", "day", "night", "night", "night", "dusk"],
        "verb_class": [0, 1, 1, 0, None, 1],
    }
    rules = DomainRules(by="split", source=("day",), target=("night",), label="verb_class", train=("night",), test=())
    made = shift(Manifest.from_columns(columns, "."), rules)
    assert roles(made) == {"source": ["0", "1"], "target": ["2", "3"]}
    assert true_labels(made) == [["0"], ["1"], ["1"], ["0"]]


def test_a_video_both_in_training_and_in_test_is_refused() -> None:
    columns = {
        "video_id": ["a", "b", "c"],
        "path": ["a.mp4", "b.mp4", "b.mp4"],
        "split": ["train", "train", "test"],
        "labels": [["x"]] * 3,
        "domain": ["source", "target", "target"],
    }
    with pytest.raises(SourceError, match=r"b.mp4: stands both in training and in test rows of the target"):
        shift(Manifest.from_columns(columns, "."), DomainRules())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"by": "domian"}, r"no row has a 'domian'; did you mean 'domain'\? \(extra values: domain\)"),
        ({"source": ["D9"]}, r"no labelled row of the source: domain is D9 \(it has D1, D2, D3\)"),
        ({"classes": ["fry"]}, "no labelled row of the source"),
    ],
)
def test_what_is_not_there_is_named(epic: Manifest, changes: dict[str, object], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        shift(epic, PRESETS["epic-d1-d2"].rules.with_changes(changes))


def test_rules_that_contradict_themselves_are_refused() -> None:
    for changes, said in (
        ({"source": ["a"], "target": ["b", "a"]}, "'a' is in both"),
        ({"order": "listed"}, "listed is for halves"),
        ({"labeled": "half"}, "did you mean 'labelled'"),
    ):
        with pytest.raises(RecipeError, match=said):
            DomainRules().with_changes(changes)
