"""The recipe of tubelet pairs: what is refused, and what `resolve` fills in."""

import numpy as np
import pytest

from vidsynth.errors import RecipeError
from vidsynth.generators.tubelets import TubeletRecipe
from vidsynth.manifest import Manifest
from vidsynth.recipe import load_values, shipped


def manifest(videos: int = 100) -> Manifest:
    return Manifest.from_columns({"path": [f"{n:04d}.mp4" for n in range(videos)]}, "nowhere")


def resolved(**changes: object) -> TubeletRecipe:
    return (
        TubeletRecipe()
        .with_changes({key.replace("__", "."): value for key, value in changes.items()})
        .resolve(manifest())
    )


def test_open_lengths_are_the_authors_at_112_and_at_224() -> None:
    small, large = resolved(), resolved(clip__size=[224, 224])
    assert small.clip.scales == ((149, 112), (171, 128), (192, 144))
    assert large.clip.scales == ((298, 224), (342, 256), (384, 288))
    assert small.tubelets.box_scales == (16, 24, 28, 32, 48, 64)
    assert large.tubelets.box_scales == (32, 48, 56, 64, 96, 128)
    assert small.tubelets.amplitude == (20, 90)
    assert large.tubelets.amplitude == (40, 180)


def test_a_resolved_recipe_is_closed_and_resolves_to_itself() -> None:
    recipe = resolved()
    assert recipe.resolve(manifest()) == recipe
    values = recipe.to_dict()
    assert None not in (values["clip"]["scales"], values["tubelets"]["box_scales"], values["tubelets"]["amplitude"])
    assert values["pairs"]["videos_per_shard"] is not None
    assert TubeletRecipe.from_dict(values).hash() == recipe.hash()


def test_a_recipe_made_for_other_videos_is_refused() -> None:
    with pytest.raises(RecipeError, match="made for other videos"):
        resolved().resolve(manifest(99))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tubelets.cuont": 2}, "no parameter 'tubelets.cuont'; did you mean 'tubelets.count'"),
        ({"tubelets.motion": "nonlinaer"}, "did you mean 'nonlinear'"),
        ({"tubelets.transforms": ["rotation", "rotation"]}, "each may stand once"),
        ({"tubelets.amplitude": [90, 20]}, "put the smaller first"),
        ({"tubelets.opacity": [0.5, 1.5]}, "opacity: must lie in 0 to 1"),
        ({"tubelets.mask_shapes": [0, 0, 0]}, "not be negative, nor all 0"),
        ({"clip.size": [112, 4]}, "clip.size"),
        ({"clip.scales": [[100, 100]]}, "smaller than the crop"),
        ({"tubelets.count": 0, "truth": ["boxes"]}, "there is none without tubelets"),
        ({"clip.frames": 1, "truth": ["flow"]}, "2 frames or more"),
        ({"source.fraction": 0}, "source.fraction"),
        ({"payload.kind": "h264", "clip.size": [111, 112]}, "even sizes only, not clips of 111x112"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        TubeletRecipe().with_changes(changes)
    assert message in str(caught.value)


def test_pairs_of_two_videos_need_two_videos() -> None:
    with pytest.raises(RecipeError, match="need two videos; nowhere has 1"):
        TubeletRecipe().resolve(manifest(1))


TUBELETS = [name for name in shipped() if name.startswith("tubelets")]


@pytest.mark.parametrize("name", TUBELETS)
def test_every_shipped_recipe_resolves(name: str) -> None:
    recipe = TubeletRecipe.from_dict(load_values(name), name).resolve(manifest())
    assert recipe.hash() == TubeletRecipe.from_dict(recipe.to_dict()).hash()


def test_the_ablation_grid_is_shipped() -> None:
    got = {name: TubeletRecipe.from_dict(load_values(name)).tubelets for name in TUBELETS}
    assert got["tubelets-table2-baseline"].count == 0
    assert TubeletRecipe.from_dict(load_values("tubelets-table2-baseline")).pairs.partner == "same"
    assert (got["tubelets-table2-generation"].motion, got["tubelets-table2-generation"].transforms) == ("none", ())
    assert (got["tubelets-table2-motion"].motion, got["tubelets-table2-motion"].transforms) == ("nonlinear", ())
    assert got["tubelets-table2-transformation"].transforms == ("rotation",)
    assert [got[f"tubelets-table3-{m}"].motion for m in ("none", "linear", "nonlinear")] == [
        "none",
        "linear",
        "nonlinear",
    ]
    assert [got[f"tubelets-table4-{t}"].transforms for t in ("none", "scale", "shear", "rotation")] == [
        (), ("scale",), ("shear",), ("rotation",),
    ]  # fmt: skip
    assert [got[f"tubelets-table5-{n}"].count for n in (1, 2, 3)] == [1, 2, 3]
    shares = [TubeletRecipe.from_dict(load_values(f"tubelets-fraction-{p:03d}")).source.fraction for p in (5, 50, 100)]
    assert np.allclose(shares, [0.05, 0.5, 1.0])
