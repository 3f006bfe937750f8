"""The engines, by name."""

from __future__ import annotations

import functools

from vidsynth.errors import RecipeError, nearest
from vidsynth.jobs import local
from vidsynth.jobs.attempt import Engine

ENGINES = ("local", "ray")


def engine(name: str, ray_address: str | None = None) -> Engine:
    """Return an engine. Raises RecipeError with the nearest name, or MissingDependency."""
    if name not in ENGINES:
        raise RecipeError(f"no engine {name!r}{nearest(name, ENGINES)} (known: {', '.join(ENGINES)})")
    if name == "local":
        return local.execute
    from vidsynth.jobs import ray

    ray.load()
    return functools.partial(ray.execute, address=ray_address)
