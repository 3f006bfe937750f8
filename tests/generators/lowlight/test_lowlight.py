"""Darkened clips of real videos: plans, samples, builds, recipes."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from vidsynth import build, load, source, verify
from vidsynth.clip import Clip, ClipRef
from vidsynth.errors import DecodeError, RecipeError
from vidsynth.evaluate import Failure, evaluate
from vidsynth.generator import make, recipe_type
from vidsynth.generators.lowlight import LowLight, LowLightRecipe
from vidsynth.generators.lowlight.plan import PLAN_TYPE, Light, LowLightPlan
from vidsynth.manifest import Manifest
from vidsynth.recipe import load_values, shipped

SMALL = {"clip.frames": 4, "clip.size": [32, 48], "videos_per_shard": 4, "per_video": 2}
RECIPES = [name for name in shipped() if name.startswith("lowlight")]


@pytest.fixture
def dark(twelve: Path) -> LowLight:
    return LowLight(source(twelve), changes=SMALL)


def digest(sample: dict[str, np.ndarray]) -> str:
    return hashlib.sha256(sample["dark"].tobytes()).hexdigest()[:16]


def test_samples_hold_what_the_columns_announce(dark: LowLight) -> None:
    sample = dark[3]
    assert set(sample) == {"index", "key", "plan", "sources", *dark.columns}
    assert sample["clip"].shape == sample["dark"].shape == dark.columns["dark"].shape == (4, 32, 48, 3)
    assert abs(sample["y_after"] - sample["target_y"]) < 1 and 5 <= sample["target_y"] <= 40
    assert sample["y_before"] > 60 and 0 < sample["exposure"] < 1
    assert sample["labels"] == [sample["sources"][0]["video_id"].split("/")[0]]
    assert (sample["clip"] == dark.read([dark.plan(3).clip])[0].frames).all()
    alone = LowLight(dark.manifest, changes=SMALL | {"keep_clip": False})
    assert "clip" not in alone.columns and set(alone[3]) == {"index", "key", "plan", "sources", *alone.columns}


def test_each_video_gives_its_clips_and_shards_hold_whole_videos(dark: LowLight) -> None:
    assert len(dark) == 24 and [len(shard) for shard in dark.shards()] == [8, 8, 8]
    paths = [path for shard in dark.shards() for path in dark.paths(shard)]
    assert len(paths) == len(set(paths)) == 12
    for shard in dark.shards():
        assert {dark.plan(index).clip.path for index in shard} == set(dark.paths(shard))
    some = LowLight(dark.manifest, changes=SMALL | {"limit": 9})
    assert [len(shard) for shard in some.shards()] == [8, 1] and digest(some[8]) == digest(dark[8])
    assert len(LowLight(dark.manifest, changes=SMALL | {"source.fraction": 0.25})) == 6


def test_samples_are_a_function_of_the_recipe_and_the_index(dark: LowLight) -> None:
    forward = [digest(dark[index]) for index in range(8)]
    again = LowLight(dark.manifest, dark.recipe)
    assert [digest(again[index]) for index in reversed(range(8))][::-1] == forward
    assert [digest(sample) for sample in evaluate(again, range(8))] == forward  # type: ignore[arg-type]
    assert len(set(forward)) == 8
    other = LowLight(dark.manifest, dark.recipe.with_changes({"seed": 1}))
    assert digest(other[0]) != forward[0]
    for index in (-1, 24):
        with pytest.raises(IndexError, match="outside 0 to 23"):
            dark[index]


@pytest.mark.parametrize("name", RECIPES)
def test_a_plan_from_its_row_renders_the_same(name: str, twelve: Path) -> None:
    lively = {"light.dimming": [0.2, 0.9], "light.vignette": 0.5, "light.spotlights": 1}
    dark = LowLight(source(twelve), name, SMALL | lively)
    plan = dark.plan(5)
    row = pa.array([plan.to_row()], PLAN_TYPE).to_pylist()[0]  # as a shard keeps it
    again = dark.plan_from_row({"index": 5, "plan": row})
    assert again.light == plan.light and again.clip == plan.clip and len(plan.light.spot) == 8
    clips = dark.read(plan.clips)
    assert digest(dark.render(again, clips)) == digest(dark.render(plan, clips))


def test_the_light_does_not_depend_on_how_clips_are_cut(dark: LowLight) -> None:
    cut = LowLight(dark.manifest, dark.recipe.with_changes({"clip.flip": 1, "clip.strides": [1], "clip.size": [64, 64],
                                                            "clip.scales": [[96, 64]]}))  # fmt: skip
    for index in range(6):
        one, other = dark.plan(index), cut.plan(index)
        assert one.light == other.light and one.noise == other.noise and one.clip != other.clip


def test_values_are_spread_as_the_recipe_says(twelve: Path) -> None:
    def lights(name: str) -> list[Light]:
        dark = LowLight(source(twelve), name, {"per_video": 40})
        return [dark.plan(index).light for index in range(len(dark))]

    brooks = lights("lowlight-brooks")
    shot, read = np.log([light.shot for light in brooks]), np.log([light.read for light in brooks])
    assert abs(shot.mean() - (np.log(1e-4) + np.log(0.012)) / 2) < 0.2
    around = read - (2.18 * shot + 1.20)
    assert abs(around.mean()) < 0.05 and abs(around.std() - 0.26) < 0.03
    arid = np.array([light.darken_gamma for light in lights("lowlight-arid-gamma")])
    assert abs(np.median(arid) - 0.2) < 0.015 and arid.min() == 0.1 and 0.03 < (arid == 0.1).mean() < 0.13
    assert {light.exposure for light in lights("lowlight-arid-gamma")} == {1.0}
    maet = lights("lowlight-maet")
    assert all(0.01 <= light.exposure <= 0.1 and light.gain[0] >= 1.9 for light in maet)
    assert {light.bits for light in maet} == {12, 14, 16}
    agllnet = lights("lowlight-agllnet")
    assert abs(np.mean([np.sqrt(light.shot) for light in agllnet]) - 0.08) < 0.008
    assert max(light.read for light in agllnet) < 0.0036


def test_dimming_runs_between_its_bounds_and_steady_light_is_steady(twelve: Path) -> None:
    dark = LowLight(source(twelve), changes={"light.dimming": [0.6, 0.6], "clip.frames": 16})
    levels = np.array([dark.plan(index).light.levels for index in range(12)])
    assert levels.shape == (12, 16) and levels.min() >= 0.4 and levels.max() <= 1 and (levels.std(1) > 0).all()
    assert LowLight(source(twelve)).plan(0).light.levels == ()


def test_a_broken_video_costs_its_own_rows(twelve: Path, tmp_path: Path) -> None:
    (tmp_path / "good.mp4").symlink_to(twelve / "running/v00.mp4")
    (tmp_path / "broken.mp4").write_bytes(b"not a video at all" * 20)
    dark = LowLight(source(tmp_path), changes=SMALL)
    results = list(evaluate(dark, range(4)))
    assert sorted(result.video for result in results if isinstance(result, Failure)) == ["broken.mp4"] * 2
    with pytest.raises(DecodeError, match=r"broken\.mp4"):
        [dark[index] for index in range(4)]


def test_a_build_is_sound_and_made_again_equal(dark: LowLight, tmp_path: Path) -> None:
    some = LowLight(dark.manifest, changes=SMALL | {"limit": 8, "payload.kind": "raw"})
    build(some, tmp_path / "out", workers=0, progress=False)
    shards = load(tmp_path / "out")
    assert (shards[3]["dark"] == dark[3]["dark"]).all() and shards[3]["y_after"] == dark[3]["y_after"]
    assert verify(tmp_path / "out", rerender=3) == []
    assert "mean luma of `dark`" in (tmp_path / "out/README.md").read_text()


def test_bytes_do_not_change() -> None:
    """Given decoded frames, every machine makes these bytes, and solves for this exposure."""
    manifest = Manifest.from_columns({"path": ["a.mp4"]}, "nowhere")
    dark = LowLight(manifest)
    y, x = np.mgrid[:64, :80]
    frames = np.stack([np.stack([x * 3, y * 4, x + y + 9 * t], -1) for t in range(4)]).astype(np.uint8)
    light = Light(target_y=20.0, exposure=None, shot=0.003, read=2e-5, row=0.001, cast=(1.0, 0.9, 0.8), bits=12)
    plan = LowLightPlan(0, ClipRef("a", "a.mp4", (0.0,) * 4), (), 12345, light)
    sample = dark.render(plan, [Clip(frames, np.zeros(4), plan.clip)])
    assert (digest(sample), sample["exposure"]) == ("bdc9bcaf614c7d12", 0.03594970703125)


@pytest.mark.parametrize("name", RECIPES)
def test_every_shipped_recipe_resolves(name: str) -> None:
    manifest = Manifest.from_columns({"path": ["a.mp4"]}, "nowhere")
    recipe = LowLightRecipe.from_dict(load_values(name), name).resolve(manifest)
    assert recipe.resolve(manifest) == recipe == LowLightRecipe.from_dict(recipe.to_dict())
    assert recipe.clip.scales and recipe.videos_per_shard
    assert recipe_type("lowlight") is LowLightRecipe and isinstance(make(recipe, manifest), LowLight)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"light.target_y": [40, 5]}, "light.target_y: 40 to 5 is empty; put the smaller first"),
        ({"light.target_y": 256}, "target_y: must lie in 0 to 255, not 256 to 256"),
        ({"light.exposure": {"low": 0, "high": 1, "law": "log"}}, "0 to 1 has no log; begin above 0"),
        ({"light.exposure": 1.5}, "exposure: must lie in 0 to 1"),
        ({"light.exposure": "dark"}, "light.exposure"),
        ({"light.weights": [1, 1, 1]}, "sum to about 1"),
        ({"sensor.shot": 0.5}, "shot: must lie in 0 to 0.04"),
        ({"sensor.shot": 0}, "begin above 0 where read follows from it"),
        ({"sensor.gain": 0.5}, "gain: must lie in 1 to 64"),
        ({"sensor.bits": [20]}, "sensor.bits"),
        ({"sensor.biits": [20]}, "did you mean 'sensor.bits'"),
        ({"curve.darken": "luma-gamma", "curve.darken_gamma": 2}, "darken_gamma: must lie in 0.01 to 1"),
        ({"payload.kind": "h264", "clip.size": [111, 112]}, "even sizes only"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        LowLightRecipe().with_changes(changes)
    assert message in str(caught.value)


def test_lights_are_values() -> None:
    assert dataclasses.replace(Light(), shot=0.1) != Light() and Light() == Light()
    assert not Light().noisy and Light(row=0.1).noisy
