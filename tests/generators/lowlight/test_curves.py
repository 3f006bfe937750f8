"""Tables between 8-bit values and light: the standard's formula, its inverse, and bytes that do not change."""

import hashlib
import math
from decimal import Context, localcontext

import numpy as np
import pytest

from vidsynth.generators.lowlight.curves import ONE, decoding, encoding, luma_change

CODES = np.arange(256) / 255


def srgb(code: np.ndarray) -> np.ndarray:
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def test_srgb_is_the_standards_curve() -> None:
    assert (decoding("srgb", 2.2) == np.rint(srgb(CODES) * ONE)).all()
    nearest = np.searchsorted(srgb((np.arange(255) + 0.5) / 255) * ONE, np.arange(ONE + 1))
    assert (encoding("srgb", 2.2) == nearest).all()


def test_there_and_back_is_the_identity() -> None:
    assert (encoding("srgb", 2.2)[decoding("srgb", 2.2)] == np.arange(256)).all()
    assert (encoding("gamma", 1.8)[decoding("gamma", 1.8)][3:] == np.arange(3, 256)).all()


@pytest.mark.parametrize("gamma", [2.0, 2.2, 3.5])
def test_the_smoothstep_is_undone_before_the_power(gamma: float) -> None:
    undone = np.array([0.5 - math.sin(math.asin(1 - 2 * code) / 3) for code in CODES])
    assert np.abs(decoding("smoothstep-gamma", gamma) - undone**gamma * ONE).max() <= 0.51


def test_a_power_is_taken_before_the_curve() -> None:
    assert (decoding("srgb", 2.2, 0.7, 3.2) == np.rint(srgb(0.7 * CODES**3.2) * ONE)).all()


def test_luma_is_raised_as_it_is_stored() -> None:
    stored = 16 + 219 * CODES
    expected = ((255 * (stored / 255) ** (1 / 0.2) - 16) * 255 / 219) - 255 * CODES
    assert (luma_change(0.2) == np.rint(expected)).all()
    assert luma_change(0.2).max() <= 0 and (luma_change(1.0) == 0).all()


@pytest.mark.parametrize("kind", ["srgb", "gamma", "smoothstep-gamma"])
def test_more_light_is_never_a_lower_value(kind: str) -> None:
    assert (np.diff(decoding(kind, 3.3).astype(int)) >= 0).all()
    assert (np.diff(encoding(kind, 3.3).astype(int)) >= 0).all()
    assert decoding(kind, 3.3)[[0, 255]].tolist() == [0, ONE] and encoding(kind, 3.3)[[0, ONE]].tolist() == [0, 255]


def test_a_users_decimal_context_does_not_matter() -> None:
    with localcontext(Context(prec=4)):
        assert (decoding("gamma", 2.345) == np.rint(CODES**2.345 * ONE)).all()


def test_tables_do_not_change() -> None:
    tables = [decoding("srgb", 2.2), encoding("srgb", 2.2), decoding("smoothstep-gamma", 2.71), luma_change(0.17)]
    digest = hashlib.sha256(b"".join(table.astype("<i4").tobytes() for table in tables)).hexdigest()
    assert digest[:16] == "d3a018c995e39ec0"
