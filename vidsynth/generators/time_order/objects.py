"""Which objects a pair of videos shows, and where: what is gone through evenly, and what is drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vidsynth.generators.time_order.design import Factor, arranging, couple, listed, rotated, shuffled
from vidsynth.generators.time_order.palette import parse_color
from vidsynth.generators.time_order.plan import ObjectPlan
from vidsynth.generators.time_order.recipe import Kind, TimeOrderRecipe
from vidsynth.generators.time_order.timeline import FULL
from vidsynth.motion.keyframes import below


def choose(recipe: TimeOrderRecipe, number: int) -> dict[str, int]:
    """Return what pair `number` of a relation gets of each list that is gone through evenly."""
    params, count = recipe.objects, recipe.events.count
    colors, places = len(params.colors), len(params.places or ())
    # Of two events each couple of colours is needed once: the twin has them the other way round.
    factors = {"couple": Factor(math.comb(colors, 2))} if count == 2 else arranging("color", colors, count)
    factors |= {f"shape{n}": Factor(len(params.shapes)) for n in range(1 if params.matching else count)}
    if recipe.layout == "kept":
        factors |= arranging("place", places, count)
    factors |= {f"kind{n}": Factor(len(recipe.events.kinds)) for n in range(count)}
    factors["wording"] = Factor(recipe.captions.paraphrases)
    return listed(number, factors) if recipe.design == "listed" else shuffled(recipe.seed, number, factors)


def draw_objects(
    rng: np.random.Generator,
    recipe: TimeOrderRecipe,
    chosen: Mapping[str, int],
    order: Sequence[int],
    progress: NDArray[np.uint8],
) -> tuple[ObjectPlan, ...]:
    """Return the objects of a video: those of its events, then the distractors.

    chosen : what `choose` said. order : of the events, which matters to the layout by_order alone.
    progress : uint8 [N, T] of the events' objects.
    """
    params, count = recipe.objects, recipe.events.count
    colors, places = len(params.colors), params.places or ()
    if count == 2:
        colored: tuple[int, ...] = couple(chosen["couple"], colors)
    else:
        colored = rotated(chosen["color"], chosen["color_pattern"], colors, count)
    shaped = tuple(chosen["shape0" if params.matching else f"shape{n}"] for n in range(count))
    if recipe.layout == "kept":
        placed = rotated(chosen["place"], chosen["place_pattern"], len(places), count)
    else:
        placed = tuple(order.index(n) for n in range(count))
    for _ in range(params.distractors):
        colored += (_another(rng, colors, colored),)
        placed += (_another(rng, len(places), placed),)
        shaped += (shaped[0] if params.matching else below(rng, len(params.shapes)),)
    resting = np.full(recipe.clip.frames, FULL, np.uint8)
    return tuple(
        _object(
            rng,
            recipe,
            params.colors[colored[n]],
            params.shapes[shaped[n]],
            places[placed[n]],
            recipe.events.kinds[chosen[f"kind{n}"]] if n < count else "fade",
            progress[n] if n < count else resting,
        )
        for n in range(recipe.object_count)
    )


def _object(
    rng: np.random.Generator,
    recipe: TimeOrderRecipe,
    color: str,
    shape: str,
    place: tuple[float, float],
    kind: Kind,
    progress: NDArray[np.uint8],
) -> ObjectPlan:
    params, (height, width) = recipe.objects, recipe.clip.size
    sizes = params.sizes or ()
    size = sizes[below(rng, len(sizes))]
    x, y = (
        int(share * length) + below(rng, 2 * params.jitter + 1) - params.jitter
        for share, length in zip(place, (width, height), strict=True)
    )
    travel = (0, 0)
    if kind == "slide":  # from outside, over the nearer side
        travel = (-x - size, 0) if 2 * x < width else (width - x + size, 0)
    elif kind == "move":  # towards the middle, not farther than half way to the next object
        far = max(1, recipe.room() // 2)
        across, down = (far if 2 * x < width else -far), (far if 2 * y < height else -far)
        travel = (across, 0) if rng.random() < 0.5 else (0, down)
    name, rgb = parse_color(color)
    return ObjectPlan(name, rgb, shape, size, (x, y), kind, travel, progress)


def _another(rng: np.random.Generator, count: int, taken: Sequence[int]) -> int:
    """Draw a number below `count` that is not taken."""
    free = [number for number in range(count) if number not in taken]
    return free[below(rng, len(free))]
