"""Tables from 8-bit values to linear light and back, the same to the last bit on every machine.

Linear light is an integer, 0 to 65535. Powers are taken in decimal arithmetic, whose `ln` and `exp`
are correctly rounded by their specification, whereas a C library's `pow` may differ in the last bit
from the next one's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

ONE = 65535
_EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)
_CODES = [Decimal(code) / 510 for code in range(511)]  # every 8-bit value, and the middles between them
_Curve = Callable[[Decimal], Decimal]


@functools.lru_cache(maxsize=32)
def decoding(kind: str, gamma: float, scale: float = 1.0, power: float = 1.0) -> NDArray[np.uint16]:
    """Return the light of each 8-bit value v, uint16 [256]: the curve of scale (v / 255)^power."""
    to_light = _to_light(kind, gamma)
    with localcontext(_EXACT):
        codes = [Decimal(str(scale)) * _power(code, Decimal(str(power))) for code in _CODES[::2]]
        return _frozen(np.array([int((to_light(code) * ONE).to_integral_value()) for code in codes], np.uint16))


@functools.lru_cache(maxsize=32)
def encoding(kind: str, gamma: float) -> NDArray[np.uint8]:
    """Return the 8-bit value nearest to each amount of light, as the eye compares them: uint8 [65536]."""
    to_light = _to_light(kind, gamma)
    with localcontext(_EXACT):
        middles = [to_light(code) * ONE for code in _CODES[1::2]]
    bounds = [int(middle) + 1 for middle in middles]  # the first integer above
    return _frozen(np.searchsorted(np.array(bounds), np.arange(ONE + 1), side="right").astype(np.uint8))


@functools.lru_cache(maxsize=32)
def luma_change(gamma: float) -> NDArray[np.int16]:
    """Return what full-range luma changes by when the plane is stored limited and raised to 1 / gamma, int16 [256].

    As FFmpeg's `eq=gamma` filter does to the stored plane, 16 to 235, v -> 255 (v / 255)^(1 / gamma).
    """
    with localcontext(_EXACT):
        exponent = 1 / Decimal(str(gamma))
        stored = [16 + Decimal(219) * luma / 255 for luma in range(256)]
        changed = [(255 * _power(luma / 255, exponent) - 16) * 255 / 219 for luma in stored]
        change = [int((new - luma).to_integral_value()) for luma, new in enumerate(changed)]
    return _frozen(np.array(change, np.int16))


def _to_light(kind: str, gamma: float) -> _Curve:
    exponent = Decimal(str(gamma))
    curves: dict[str, _Curve] = {
        "srgb": _srgb,
        "gamma": lambda code: _power(code, exponent),
        "smoothstep-gamma": lambda code: _power(_inverse_smoothstep(code), exponent),
    }
    return curves[kind]


def _srgb(code: Decimal) -> Decimal:
    """The electro-optical transfer function of IEC 61966-2-1."""
    if code <= Decimal("0.04045"):
        return code / Decimal("12.92")
    return _power((code + Decimal("0.055")) / Decimal("1.055"), Decimal("2.4"))


@functools.lru_cache(maxsize=512)
def _inverse_smoothstep(code: Decimal) -> Decimal:
    """Return y with 3 y^2 - 2 y^3 = code, by bisection (in closed form, 0.5 - sin(asin(1 - 2 code) / 3))."""
    one = 1 << 40
    asked = Fraction(code) * one**3
    low, high = 0, one
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle * middle * (3 * one - 2 * middle) <= asked else (low, middle)
    return Decimal(high if code == 1 else low) / one


@functools.lru_cache(maxsize=4096)
def _logarithm(base: Decimal) -> Decimal:
    return base.ln()


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    return (exponent * _logarithm(base)).exp() if base > 0 else Decimal(0)


def _frozen(table: NDArray[np.generic]) -> NDArray:  # type: ignore[type-arg]
    table.flags.writeable = False
    return table
