"""What a generator is: a deterministic, indexed sequence of samples, in two steps.

`plan(i)` decides: all the randomness, no pixels, on the CPU. `render(plan, clips)` draws: pixels
only, no randomness, no I/O. `generator[i]` does both.

Third parties register theirs under the entry point group `vidsynth.generators`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any, ClassVar, Protocol, overload

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from vidsynth.columns import Column
from vidsynth.errors import RecipeError, nearest
from vidsynth.manifest import Manifest
from vidsynth.recipe import Recipe
from vidsynth.video.index import VideoIndex

Sample = dict[str, Any]


class Ref(Protocol):
    """What a plan wants of one video: a `ClipRef`, a `Segment`. Hashable; what is equal is read once."""

    @property
    def video_id(self) -> str: ...
    @property
    def path(self) -> str: ...


class Reading(Protocol):
    """What `read` makes of a reference: a `Clip`, or whatever else a generator takes from a video.

    times : float64 [T], the presentation time of each frame that was read, in seconds.
    """

    @property
    def ref(self) -> Ref: ...
    @property
    def times(self) -> NDArray[np.float64]: ...
    def sha256(self) -> str:
        """Return the sha256 of what was read, in hexadecimal."""


class Plan(Protocol):
    """What `plan(i)` returns: enough to draw sample i, and nothing drawn."""

    @property
    def index(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def clips(self) -> tuple[Ref, ...]: ...
    def to_row(self) -> dict[str, Any]: ...


class Generator(Protocol):
    """The protocol that builds, loaders and reports rely on.

    name : the word for it in recipes and on the command line.
    about : what a sample is, who published the method and what was assumed, in Markdown, for the dataset card.
    recipe : resolved.
    manifest : the videos it draws from.
    videos : what is known of those files.
    columns : what a sample holds beside index, key, plan and sources.
    plan_type : the Arrow type of a plan's row.
    """

    name: ClassVar[str]
    manifest: Manifest
    videos: VideoIndex
    plan_type: pa.DataType

    @property
    def about(self) -> str: ...
    @property
    def recipe(self) -> Recipe: ...
    @property
    def columns(self) -> Mapping[str, Column]: ...

    def __len__(self) -> int:
        """Return the number of samples."""

    def __getitem__(self, index: int) -> Sample:
        """Return sample `index`."""

    def plan(self, index: int) -> Plan:
        """Decide sample `index`. Raises DecodeError if a video that it needs cannot be read."""

    def plan_from_row(self, row: Mapping[str, Any]) -> Plan:
        """Rebuild a plan from the row that `to_row` gave."""

    def read(self, refs: Sequence[Any]) -> Sequence[Reading]:
        """Read what plans ask of one video, in one pass, in the order of `refs`. Raises DecodeError."""

    def render(self, plan: Any, clips: Sequence[Any]) -> Sample:
        """Draw a sample; `clips` are those that the plan's references asked for."""

    def shards(self) -> Sequence[range]:
        """Return the ranges of indices that are built together, in order; they cover all samples."""

    def paths(self, indices: range) -> list[str]:
        """Return the videos that the samples of a shard need, relative to the manifest's root; none, if none."""


class EvenRanges(Sequence[range]):
    """Ranges of `size` indices that cover `length`, the last with what is left. None is kept: there may be millions.

    count : how many; one fewer than would fit, where the last is to take in a small rest.
    """

    def __init__(self, length: int, size: int, count: int | None = None) -> None:
        self._length, self._size = length, size
        self._count = -(-length // size) if count is None else count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> range: ...
    @overload
    def __getitem__(self, number: slice) -> list[range]: ...
    def __getitem__(self, number: int | slice) -> range | list[range]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(self._count))]
        if not -self._count <= number < self._count:
            raise IndexError(f"{number} is outside 0 to {self._count - 1}")
        number %= self._count
        return range(number * self._size, self._length if number == self._count - 1 else (number + 1) * self._size)


_FACTORIES: dict[str, Callable[[Recipe, Manifest], Generator]] = {}
_RECIPES: dict[str, type[Recipe]] = {}


def register(name: str, recipe: type[Recipe]) -> Callable[[Any], Any]:
    """Return a class decorator that makes a generator known by `name`, with its recipe type.

    The class is called as `cls.from_recipe(recipe, manifest)`.
    """

    def add(cls: Any) -> Any:
        _FACTORIES[name] = cls.from_recipe
        _RECIPES[name] = recipe
        return cls

    return add


def recipe_type(name: str) -> type[Recipe]:
    """Return the recipe type of a generator. Raises RecipeError with the nearest name."""
    if not isinstance(name, str):
        raise RecipeError(f"generator: must be a name, not {str(name)[:80]!r}")
    _load(name)
    if name not in _RECIPES:
        known = sorted({*_RECIPES, *(point.name for point in entry_points(group="vidsynth.generators"))})
        raise RecipeError(f"no generator {str(name)[:80]!r}{nearest(name, known)} (known: {', '.join(known)})")
    return _RECIPES[name]


def make(recipe: Recipe, manifest: Manifest) -> Generator:
    """Return the generator that a recipe names, over a manifest."""
    recipe_type(recipe.generator)
    return _FACTORIES[recipe.generator](recipe, manifest)


def _load(name: str) -> None:
    if name not in _RECIPES:
        for point in entry_points(group="vidsynth.generators"):
            if point.name == name:
                point.load()
