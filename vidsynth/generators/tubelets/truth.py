"""The ground truth that a recipe asks for, as columns of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vidsynth.columns import ArrayColumn
from vidsynth.compositing import Tubelet, truth
from vidsynth.generators.tubelets.recipe import TubeletRecipe


def columns(recipe: TubeletRecipe) -> dict[str, ArrayColumn]:
    """Return the columns that `compute` fills."""
    count, points, frames = recipe.tubelets.count, recipe.track_points, recipe.clip.frames
    height, width = recipe.clip.size
    every = {
        "boxes": {"boxes": ArrayColumn("float32", (count, frames, 4))},
        "masks": {"masks": ArrayColumn("uint8", (count, frames, height, width))},
        "flow": {
            "flow": ArrayColumn("float32", (frames - 1, height, width, 2)),
            "layer": ArrayColumn("uint8", (frames, height, width)),
        },
        "tracks": {
            "tracks": ArrayColumn("float32", (count, points, frames, 2)),
            "tracks_visible": ArrayColumn("uint8", (count, points, frames)),
        },
    }
    return {name: column for asked in recipe.truth for name, column in every[asked].items()}


def compute(recipe: TubeletRecipe, tubelets: Sequence[Tubelet]) -> dict[str, Any]:
    """Return the arrays that `columns` announces; see `vidsynth.compositing.truth` for what they hold."""
    asked = set(recipe.truth)
    out: dict[str, Any] = {}
    height, width = recipe.clip.size
    if "boxes" in asked:
        out["boxes"] = truth.boxes(tubelets, height, width)
    if asked - {"boxes"}:
        masks = truth.masks(tubelets, height, width)
        layer = truth.layer(masks)
    if "masks" in asked:
        out["masks"] = masks
    if "flow" in asked:
        out["flow"], out["layer"] = truth.flow(tubelets, layer), layer
    if "tracks" in asked:
        out["tracks"], out["tracks_visible"] = truth.tracks(tubelets, layer, recipe.track_points)
    return out
