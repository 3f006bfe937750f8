"""Colours by name: those of CSS, and any that a recipe defines as `name=#rrggbb`."""

from __future__ import annotations

import re

from PIL import ImageColor

from vidsynth.errors import nearest

Rgb = tuple[int, int, int]
_DEFINED = re.compile(r"(?P<name>[a-z][a-z -]*)=#(?P<hex>[0-9a-fA-F]{6})")


def parse_color(text: str) -> tuple[str, Rgb]:
    """Return (name, red-green-blue 0 to 255) of `teal` or of `brick=#b03020`. Raises ValueError.

    The names are CSS's, as matplotlib resolves them too (the authors' notebook does): `green` is (0, 128, 0).

    >>> parse_color("green"), parse_color("brick=#b03020")
    (('green', (0, 128, 0)), ('brick', (176, 48, 32)))
    """
    defined = _DEFINED.fullmatch(text)
    if defined:
        red, green, blue = bytes.fromhex(defined["hex"])
        return defined["name"], (red, green, blue)
    if text not in ImageColor.colormap:
        raise ValueError(f"no colour {text!r}{nearest(text, ImageColor.colormap)} (a CSS name, or name=#rrggbb)")
    red, green, blue = ImageColor.getrgb(text)[:3]
    return text, (red, green, blue)
