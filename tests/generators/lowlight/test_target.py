"""The exposure that meets a target luma."""

from collections.abc import Callable

import numpy as np
import pytest

from vidsynth.generators.lowlight.plan import Light, plan_light
from vidsynth.generators.lowlight.recipe import LowLightRecipe
from vidsynth.generators.lowlight.sensor import FULL, Camera
from vidsynth.generators.lowlight.target import expose_to, mean_luma
from vidsynth.recipe import load_values
from vidsynth.rng import stream

RECIPES = ("lowlight", "lowlight-maet", "lowlight-brooks", "lowlight-arid-gamma", "lowlight-agllnet")
BT601 = (0.299, 0.587, 0.114)


def test_mean_luma_is_the_weighted_mean(pictures: Callable[..., np.ndarray]) -> None:
    frames = pictures(5)
    assert mean_luma(frames, BT601) == pytest.approx((frames @ BT601).mean(), abs=1e-9)
    assert mean_luma(np.full((2, 3, 5, 3), 255, np.uint8), (0.299, 0.587, 0.144)) == pytest.approx(262.65)


@pytest.mark.parametrize("target", [5, 12.5, 25, 40, 80])
def test_a_target_is_met_within_a_grey_level(pictures: Callable[..., np.ndarray], target: float) -> None:
    recipe = LowLightRecipe.from_dict(load_values("lowlight")).with_changes(
        {"light.dimming": [0, 0.8], "light.vignette": [0, 0.8], "light.spotlights": 0.3, "clip.size": [96, 128]}
    )
    for index in range(6):
        light = plan_light(stream(index, "test"), recipe)
        camera = Camera(pictures(16, (96, 128)), light, index)
        dark, exposure = expose_to(camera, target, BT601)
        reach = mean_luma(camera.expose(FULL), BT601)
        assert abs(mean_luma(dark, BT601) - min(target, reach)) < 1
        assert (dark == camera.expose(exposure)).all()


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_asked_for_a_luma(name: str, pictures: Callable[..., np.ndarray]) -> None:
    recipe = LowLightRecipe.from_dict(load_values(name)).with_changes({"light.target_y": 3, "sensor.noise": False})
    light = plan_light(stream(1, "test"), recipe)
    dark, _ = expose_to(Camera(pictures(16, (96, 128)), light, 0), 3, BT601)
    assert light.exposure is None and light.target_y == 3 and abs(mean_luma(dark, BT601) - 3) < 1


def test_a_clip_darker_than_the_target_stays_as_it_is() -> None:
    for value in (0, 10):
        frames = np.full((4, 32, 32, 3), value, np.uint8)
        dark, exposure = expose_to(Camera(frames, Light(), 0), 25, BT601)
        assert exposure == FULL and (dark == frames).all()


def test_noise_brighter_than_the_target_leaves_no_light() -> None:
    frames = np.full((4, 32, 32, 3), 128, np.uint8)
    dark, exposure = expose_to(Camera(frames, Light(read=0.01), 0), 3, BT601)
    assert exposure == 0 and mean_luma(dark, BT601) > 10


def test_a_flat_clip_is_met_as_well_as_whole_levels_allow() -> None:
    frames = np.full((4, 32, 32, 3), 200, np.uint8)
    for target in (5.4, 17.5, 30.9):
        dark, _ = expose_to(Camera(frames, Light(), 0), target, BT601)
        assert abs(mean_luma(dark, BT601) - target) <= 0.51


def test_a_lattice_that_misses_what_the_whole_shows_is_corrected() -> None:
    """Bright rows just where the lattice looks: it sees a clip nine times as bright."""
    frames = np.zeros((16, 120, 120, 3), np.uint8)
    frames[:, ::5, ::5] = 255
    frames[:, 1::2, 1::2] = 120
    dark, _ = expose_to(Camera(frames, Light(), 0), 15, BT601)
    assert abs(mean_luma(dark, BT601) - 15) < 1
