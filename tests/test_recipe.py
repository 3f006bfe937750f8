"""Recipes: YAML in and out, names checked, hashes that mean something."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.errors import RecipeError
from vidsynth.generator import recipe_type
from vidsynth.generators.tubelets import TubeletRecipe
from vidsynth.recipe import load_values, parse_yaml, set_dotted, shipped


def test_yaml_gives_the_same_recipe_back(tmp_path: Path) -> None:
    recipe = TubeletRecipe().with_changes(
        {"clip.frames": 7, "truth": ["boxes"], "source.split": "train", "seed": 2**62}
    )
    (tmp_path / "r.yaml").write_text(recipe.to_yaml())
    again = TubeletRecipe.from_dict(load_values(tmp_path / "r.yaml"))
    assert again == recipe and again.hash() == recipe.hash()


TEXTS = st.sampled_from(["no", "null", "1e3", "2020-01-01", "<<", "a: b", "# a", " ", "*a"]) | st.text(
    st.characters(exclude_categories=("Cs",)), min_size=1
)


@settings(deadline=None, max_examples=80)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "seed": st.integers(0, 2**63 - 1),
            "source.name": TEXTS,
            "source.split": TEXTS,
            "source.fraction": st.floats(0, 1, exclude_min=True),
            "payload.fps": st.floats(1e-300, 1000),
            "clip.size": st.lists(st.integers(16, 600), min_size=2, max_size=2),
            "tubelets.opacity": st.lists(st.floats(0, 1), min_size=2, max_size=2).map(sorted),
        },
    )
)
def test_every_value_survives_yaml(changes: dict[str, Any]) -> None:
    recipe = TubeletRecipe().with_changes(changes)
    again = TubeletRecipe.from_dict(parse_yaml(recipe.to_yaml(), "r"))
    assert again == recipe and again.hash() == recipe.hash()


def test_the_hash_does_not_change() -> None:
    assert TubeletRecipe().hash()[:16] == "98e181d9e4150333"


def test_every_parameter_enters_the_hash() -> None:
    changes: list[dict[str, Any]] = [
        {"seed": 1}, {"limit": 5}, {"source.name": "x"}, {"source.fraction": 0.5}, {"payload.kind": "raw"},
        {"payload.jpeg_quality": 90}, {"clip.frames": 8}, {"clip.jitter": False}, {"tubelets.motion": "linear"},
        {"tubelets.transforms": []}, {"pairs.per_video": 2}, {"truth": ["boxes"]}, {"track_points": 3},
    ]  # fmt: skip
    hashes = {TubeletRecipe().with_changes(change).hash() for change in changes}
    assert len(hashes) == len(changes) and TubeletRecipe().hash() not in hashes


def test_a_diff_names_what_differs() -> None:
    other = TubeletRecipe().with_changes({"seed": 1, "tubelets.motion": "linear"})
    assert TubeletRecipe().diff(other) == [("seed", 0, 1), ("tubelets.motion", "nonlinear", "linear")]
    assert TubeletRecipe().diff(TubeletRecipe()) == []


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tubelts": {}}, "r: no parameter 'tubelts'; did you mean 'tubelets'?"),
    ({"tubelets": {"cuont": 1}}, "r: no parameter 'tubelets.cuont'; did you mean 'tubelets.count'?"),
    ({"seed": -1}, "r: seed: input should be greater than or equal to 0, not -1"),
    ({"seed": "one"}, "r: seed: "),
    ({"tubelets": {"motion": "liner"}}, "is not one of none, linear, nonlinear; did you mean 'linear'?"),
    ({"tubelets": 3}, "r: tubelets: "),
    ({"clip": {"flip": float("nan")}}, "r: clip.flip: "),
]


@pytest.mark.parametrize(("values", "said"), WRONG, ids=[said for _, said in WRONG])
def test_wrong_values_are_named_with_the_nearest_right_one(values: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        TubeletRecipe.from_dict(values, "r")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: *x", "anchors and aliases"),
        ("a: &x 1", "anchors and aliases"),
        ("a: !!str 1", "tags are not used"),
        ("a: !!binary aGk=", "tags are not used"),
        ("a: !thing {b: 1}", "tags are not used"),
        ("a: 1\n<<: {a: 2}", "merges are not used"),
        ("a: {b: 1, b: 2}", "'b' stands twice"),
        ("a: 1\n---\nb: 2", "not YAML"),
        ("a: 2020-13-40", "not YAML"),
        pytest.param("a: " + "9" * 5000, "not YAML", id="long number"),
        ("a: !!python/object/apply:os.system [ls]", "tags are not used"),
        ("a: 1\na: 2", "'a' stands twice"),
        ("- 1", "name: value"),
        ("a: [1", "not YAML"),
        ("1: 2", "name: value"),
        ("", "name: value"),
        pytest.param("[" * 3000, "not YAML", id="deep"),
    ],
)
def test_yaml_that_is_unsafe_or_ambiguous_is_refused(text: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        parse_yaml(text, "r.yaml")


def test_recipes_extend_others(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("generator: tubelets\nclip: {frames: 8, flip: 0}\n")
    (tmp_path / "over.yaml").write_text(f"extends: {tmp_path}/base.yaml\nclip: {{frames: 4}}\n")
    assert load_values(tmp_path / "over.yaml") == {"generator": "tubelets", "clip": {"frames": 4, "flip": 0}}
    (tmp_path / "base.yaml").write_text(f"extends: {tmp_path}/over.yaml\n")
    with pytest.raises(RecipeError, match="extends itself"):
        load_values(tmp_path / "over.yaml")


def test_recipes_extend_files_beside_them_and_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("clip: {frames: 8}\n")
    (tmp_path / "over.yml").write_text("extends: base.yaml\nseed: 1\n")
    assert load_values(tmp_path / "over.yml") == {"clip": {"frames": 8}, "seed": 1}
    (tmp_path / "mine.yaml").write_text("extends: tubelets-112\nseed: 1\n")
    assert load_values(tmp_path / "mine.yaml") == load_values("tubelets-112") | {"seed": 1}


@pytest.mark.parametrize(
    ("parent", "said"),
    [
        ("r.yaml", "extends itself"),
        ("../{here}/r.yaml", "extends itself"),
        ("absent.yaml", "absent.yaml: no such recipe file"),
        ('"a\\0.yaml"', "no such recipe file"),
        ("tubelets-111", "did you mean 'tubelets-112'"),
        ("[tubelets-112]", "extends must be the name of a recipe"),
    ],
)
def test_what_cannot_be_extended_is_named(tmp_path: Path, parent: str, said: str) -> None:
    (tmp_path / "r.yaml").write_text(f"extends: {parent.format(here=tmp_path.name)}\n")
    with pytest.raises(RecipeError, match=said):
        load_values(tmp_path / "r.yaml")


def test_files_that_cannot_be_a_recipe_are_refused(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_text("# " + "x" * (1 << 20))
    (tmp_path / "folder.yaml").mkdir()
    for name, said in (("large.yaml", "larger than"), ("folder.yaml", "not readable"), ("x" * 300 + ".yaml", "not re")):
        with pytest.raises(RecipeError, match=said):
            load_values(tmp_path / name)


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_recipe_loads_and_survives_yaml(name: str) -> None:
    values = load_values(name)
    kind = recipe_type(values["generator"])
    recipe = kind.from_dict(values, name)
    assert kind.from_dict(parse_yaml(recipe.to_yaml(), name)) == recipe


def test_names_of_recipes_are_checked() -> None:
    assert "tubelets-112" in shipped()
    with pytest.raises(RecipeError, match="did you mean 'tubelets-112'"):
        load_values("tubelets-111")
    with pytest.raises(RecipeError, match="no such recipe file"):
        load_values("absent.yaml")


def test_dotted_changes_are_checked() -> None:
    with pytest.raises(RecipeError, match=r"no parameter 'clip\.frame'; did you mean 'clip.frames'"):
        TubeletRecipe().with_changes({"clip.frame": 3})
    with pytest.raises(RecipeError, match=r"clip\.frames: input should be a valid integer.*, not 'many'"):
        TubeletRecipe().with_changes({"clip.frames": "many"})
    with pytest.raises(RecipeError, match="clip: must be a group of parameters, not None"):
        set_dotted({"clip": None}, "clip.frames", 3, TubeletRecipe)
    values: dict[str, Any] = {}
    set_dotted(values, "clip.frames", 3, TubeletRecipe)
    assert values == {"clip": {"frames": 3}}


def test_of_a_list_with_a_wrong_item_only_the_item_is_said_to_be_wrong() -> None:
    with pytest.raises(RecipeError) as said:
        TubeletRecipe.from_dict({"tubelets": {"mask_shapes": ["a", 1, 1]}})
    assert len(str(said.value).splitlines()) == 1 and "tubelets.mask_shapes.0" in str(said.value)
