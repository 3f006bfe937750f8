"""The camera in the dark: what noise, levels, gain and local light do to pictures."""

import dataclasses
import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.generators.lowlight.curves import ONE, decoding
from vidsynth.generators.lowlight.plan import Light
from vidsynth.generators.lowlight.sensor import FULL, Camera, gaussians, local_light
from vidsynth.generators.lowlight.target import mean_luma
from vidsynth.rng import raw16, stream

LINEAR = Light(curve="gamma", gamma=1.0)  # the 8-bit value is the light: noise can be measured in it


def clip(frames: int = 4, height: int = 32, width: int = 48, seed: int = 0) -> np.ndarray:
    values = raw16(stream(seed, "test"), frames * height * width * 3)
    return (values >> 8).astype(np.uint8).reshape(frames, height, width, 3)


def flat(value: int, frames: int = 4, side: int = 64) -> np.ndarray:
    return np.full((frames, side, side, 3), value, np.uint8)


def test_gaussians_are_quantiles_that_no_library_can_round_otherwise() -> None:
    from scipy.stats import norm

    exact = norm.ppf((np.arange(65536) + 0.5) / 65536) * 2048
    assert (gaussians() == np.rint(exact)).all() and (gaussians() == -gaussians()[::-1]).all()
    assert np.abs(exact % 1 - 0.5).min() > 1e-6  # a library's error is below 1e-11


@pytest.mark.parametrize("bits", [12, 16])
def test_all_the_light_without_noise_is_the_identity(bits: int) -> None:
    frames = clip()
    taken = Camera(frames, Light(bits=bits), 0).expose(FULL)
    assert np.abs(taken.astype(int) - frames).max() <= (bits < 16)


def test_exposure_scales_light() -> None:
    frames = clip()
    light = decoding("srgb", 2.2)
    taken = Camera(frames, Light(), 0).expose(FULL // 4)
    got, asked = light[taken] / ONE, light[frames] / ONE / 4
    step = np.diff(light.astype(float)).max() / ONE  # to within an 8-bit value
    assert np.abs(got - asked).max() < step and abs(got.mean() - asked.mean()) < 2e-4
    assert (Camera(frames, Light(), 0).expose(0) == 0).all()


lights = st.builds(
    Light,
    levels=st.lists(st.floats(0, 1), min_size=4, max_size=4).map(tuple),
    cast=st.tuples(*[st.floats(0.05, 1)] * 3),
    vignette=st.floats(0, 1),
    curve=st.sampled_from(["srgb", "gamma", "smoothstep-gamma"]),
    gamma=st.floats(1, 3.5).map(lambda gamma: round(gamma, 2)),
    spot=st.one_of(st.just(()), st.lists(st.floats(-5, 60), min_size=8, max_size=8).map(tuple)),
    spot_radius=st.floats(2, 40),
    spot_ambient=st.floats(0, 1),
    gain=st.tuples(*[st.floats(1, 4)] * 3),
)


@settings(deadline=None, max_examples=40)
@given(lights, st.integers(0, FULL), st.integers(0, FULL), st.integers(0, 2**20))
def test_luma_never_rises_and_grows_with_exposure(light: Light, one: int, other: int, seed: int) -> None:
    frames = clip(seed=seed)
    camera = Camera(frames, light, 0)
    less, more = camera.expose(min(one, other)), camera.expose(max(one, other))
    assert (less <= more).all()
    assert (more.astype(int) <= frames.astype(int) + (light.gain != (1, 1, 1))).all()  # gain's rounding, at most 1
    assert mean_luma(more, light.weights) <= mean_luma(frames, light.weights) + 0.5 * (light.gain != (1, 1, 1))


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(["power", "luma-gamma"]), st.floats(0.5, 1), st.floats(1, 10), st.integers(0, 2**20))
def test_darkening_curves_darken(darken: str, scale: float, gamma: float, seed: int) -> None:
    frames = clip(seed=seed)
    power = 1 / gamma if darken == "luma-gamma" else gamma
    light = Light(darken=darken, darken_scale=round(scale, 6), darken_gamma=round(power, 6))
    assert (Camera(frames, light, 0).expose(FULL) <= frames).all()


@pytest.mark.parametrize(("shot", "read"), [(0.01, 1e-4), (0.002, 0.001), (0.0, 0.0005), (0.008, 0.0)])
def test_variance_is_a_x_plus_b(shot: float, read: float) -> None:
    light = dataclasses.replace(LINEAR, shot=shot, read=read)
    for value in (64, 128, 190):
        frames = flat(value, frames=8)
        noise = Camera(frames, light, 5).expose(FULL) / 255 - value / 255
        expected = shot * value / 255 + read + 1 / 12 / 255**2  # the last for the rounding to 8 bits
        assert abs(noise.var() / expected - 1) < 0.02  # 98304 values: the estimate itself varies by 0.5 %
        assert abs(noise.mean()) < 5 * np.sqrt(expected / noise.size)


def test_variance_follows_the_gain_squared() -> None:
    light = dataclasses.replace(LINEAR, shot=0.001, read=1e-5, gain=(4.0, 4.0, 4.0))
    noise = Camera(flat(128, frames=8), light, 5).expose(FULL) / 255
    expected = 16 * (0.001 * 128 / 255 / 4 + 1e-5) + 1 / 12 / 255**2
    assert abs(noise.var() / expected - 1) < 0.02 and abs(noise.mean() - 128 / 255) < 1e-3


def correlation(frames: np.ndarray) -> float:
    return float(np.corrcoef(frames[0].ravel(), frames[1].ravel())[0, 1])


def test_shot_noise_is_new_in_every_frame_and_the_fixed_pattern_is_not() -> None:
    day = flat(128, frames=2, side=96)
    shot = Camera(day, dataclasses.replace(LINEAR, shot=0.01), 1).expose(FULL)
    assert abs(correlation(shot)) < 0.02  # 27648 values: 0.006 is usual
    fixed = Camera(day, dataclasses.replace(LINEAR, fixed_pattern=0.05), 1).expose(FULL)
    assert correlation(fixed) == pytest.approx(1) and abs(fixed.std() / 255 / 0.05 - 1) < 0.02
    row = Camera(day, dataclasses.replace(LINEAR, row=0.05), 1).expose(FULL)
    assert (row == row[:, :, :1, :1]).all() and abs(correlation(row)) < 0.4  # 96 rows: 0.1 is usual
    fixed_row = Camera(day, dataclasses.replace(LINEAR, fixed_row=0.05), 1).expose(FULL)
    assert (fixed_row == fixed_row[:1, :, :1, :1]).all() and fixed_row.std() > 0


def test_channels_and_values_are_independent() -> None:
    noise = Camera(flat(128, frames=1, side=128), dataclasses.replace(LINEAR, shot=0.01), 1).expose(FULL)[0]
    values = noise.astype(float) - noise.mean()
    for other in (values[:, 1:] * values[:, :-1], values[1:] * values[:-1], values[..., 1:] * values[..., :-1]):
        assert abs(other.mean() / values.var()) < 0.03


def test_another_seed_is_another_noise() -> None:
    light = dataclasses.replace(LINEAR, shot=0.01)
    one, same, other = (Camera(flat(99), light, seed).expose(FULL) for seed in (1, 1, 2))
    assert (one == same).all() and (one != other).any()


@pytest.mark.parametrize("bits", [4, 8])
def test_the_sensor_has_so_many_levels(bits: int) -> None:
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8)[None, None, :, None], (1, 8, 256, 3))
    taken = Camera(ramp, dataclasses.replace(LINEAR, bits=bits), 0).expose(FULL)
    assert len(np.unique(taken)) == 2**bits
    assert np.abs(taken.astype(int) - ramp).max() <= 128 // (2**bits - 1)


def test_a_lattice_sees_what_the_whole_sees() -> None:
    light = Light(shot=0.01, read=1e-4, row=0.01, fixed_row=0.01, fixed_pattern=0.01, vignette=0.5,
                  spot=(9.0, 9.0) * 4, spot_radius=20, spot_ambient=0.1, levels=(1, 0.5, 0.2, 0.9))  # fmt: skip
    camera = Camera(clip(), light, 3)
    assert (camera.expose(FULL // 3, 5) == camera.expose(FULL // 3)[:, ::5, ::5]).all()


def test_the_day_clip_is_left_alone() -> None:
    frames = clip()
    frames.flags.writeable = False
    Camera(frames, Light(shot=0.01), 0).expose(FULL // 9)


def test_without_noise_darkening_goes_with_flips_and_crops() -> None:
    frames, light = clip(), Light(cast=(1, 0.7, 0.4), curve="smoothstep-gamma", gamma=2.5, bits=12)
    dark = Camera(frames, light, 0).expose(FULL // 5)
    assert (Camera(frames[:, :, ::-1], light, 0).expose(FULL // 5) == dark[:, :, ::-1]).all()
    assert (Camera(frames[:, 3:20, 7:31], light, 0).expose(FULL // 5) == dark[:, 3:20, 7:31]).all()


def test_local_light_is_where_it_was_asked_for() -> None:
    vignette = local_light(Light(vignette=0.8), 4, 33, 49)
    assert vignette.shape == (1, 33, 49) and vignette[0, 16, 24] == FULL
    assert vignette[0, 0, 0] == vignette[0].min() and abs(vignette[0, 0, 0] / FULL - 0.2) < 0.06
    assert (vignette == vignette[:, ::-1, ::-1]).all()
    spot = local_light(Light(spot=(10.5, 8.5, 40.5, 20.5), spot_radius=6, spot_ambient=0.1), 2, 33, 49)
    assert [np.unravel_index(frame.argmax(), frame.shape) for frame in spot] == [(8, 10), (20, 40)]
    assert spot.max() == FULL and spot[0, 30, 40] == round(0.1 * FULL)
    assert local_light(Light(), 4, 33, 49) is None


def test_bytes_do_not_change() -> None:
    light = Light(shot=0.004, read=3e-5, row=0.001, fixed_row=0.002, fixed_pattern=0.003, vignette=0.3,
                  spot=(9.0, 9.0) * 4, spot_radius=20, spot_ambient=0.1, levels=(1, 0.5, 0.2, 0.9),
                  cast=(1, 0.9, 0.7), gain=(2.5, 1.25, 1.9), bits=12)  # fmt: skip
    taken = [Camera(clip(), light, 7).expose(FULL // 2)]
    light = dataclasses.replace(light, darken="luma-gamma", darken_gamma=0.7, curve="smoothstep-gamma", gamma=2.5)
    taken.append(Camera(clip(), light, 7).expose(FULL))
    assert hashlib.sha256(np.stack(taken).tobytes()).hexdigest()[:16] == "872d841a064820cf"
