"""Key frames and the values between them, against the written definitions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.motion.keyframes import below, choose, interpolate, random_walk, sample_keys, sample_laws
from vidsynth.rng import stream


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**40))
def test_keys_are_ascending_and_hold_both_ends(frames: int, seed: int) -> None:
    keys = sample_keys(stream(seed, "t"), frames, (0.5, 0.3, 0.2))
    assert keys == sorted(set(keys)) and keys[0] == 0 and keys[-1] == frames - 1
    assert len(keys) <= 4


def test_inner_keys_are_as_frequent_as_said_and_stay_near_their_places() -> None:
    drawn = [sample_keys(stream(n, "t"), 16, (0.5, 0.3, 0.2)) for n in range(6000)]
    counts = np.bincount([len(keys) - 2 for keys in drawn], minlength=3) / len(drawn)
    assert np.allclose(counts, [0.5, 0.3, 0.2], atol=0.03)
    # One inner key: int(16 / 2) = 8, moved by -2 .. 1, for j = int(8 / 3) = 2.
    assert {keys[1] for keys in drawn if len(keys) == 3} == {6, 7, 8, 9}
    # Two: 5 and 10, moved by -1 or 0, for j = int(5.33 / 3) = 1.
    assert {tuple(keys[1:3]) for keys in drawn if len(keys) == 4} == {(a, b) for a in (4, 5) for b in (9, 10)}


def test_laws_are_as_frequent_as_said() -> None:
    laws = [law for n in range(3000) for law in sample_laws(stream(n, "t"), [0, 5, 15], (0.7, 0.15, 0.15))]
    assert np.allclose(np.bincount(laws) / len(laws), [0.7, 0.15, 0.15], atol=0.02)


def test_the_three_laws_are_the_written_ones() -> None:
    s = np.arange(11) / 10
    for law, curve in enumerate((s, s**2, 1 - (1 - s) ** 2)):
        assert np.allclose(interpolate([2, 7], [0, 10], [law]), 2 + 5 * curve)
    assert np.allclose(interpolate([0, 4, 0], [0, 2, 6], [0, 1]), [0, 2, 4, 3.75, 3, 1.75, 0])


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**40))
def test_values_meet_their_keys_and_stay_between_them(frames: int, seed: int) -> None:
    rng = stream(seed, "t")
    keys = sample_keys(rng, frames, (0.2, 0.4, 0.4))
    values = random_walk(rng, keys, 6.0)
    full = interpolate(values, keys, sample_laws(rng, keys, (1, 1, 1)))
    assert len(full) == frames
    assert np.allclose(np.array(full)[keys], values[: len(keys)])
    assert min(full) >= min(values) - 1e-9 and max(full) <= max(values) + 1e-9
    assert np.abs(np.diff(values)).max(initial=0) <= 6 * max(np.diff(keys), default=0)


def test_a_walk_of_six_degrees_a_frame_ends_anywhere_within_ninety() -> None:
    ends = []
    for n in range(3000):
        rng = stream(n, "t")
        ends.append(random_walk(rng, sample_keys(rng, 16, (0.5, 0.3, 0.2)), 6.0)[-1])
    assert max(np.abs(ends)) <= 90 and max(ends) > 80 and min(ends) < -80
    assert abs(np.mean(ends)) < 4


def test_draws_cover_their_range() -> None:
    rng = stream(0, "t")
    assert {below(rng, 3) for _ in range(100)} == {0, 1, 2}
    assert {choose(rng, (0, 1, 0, 2)) for _ in range(100)} == {1, 3}
