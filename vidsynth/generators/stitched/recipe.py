"""The recipe of stitched clips."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vidsynth.manifest import Manifest
from vidsynth.recipe import Params, Recipe


class EventParams(Params):
    """How frames are taken from an event.

    frames : of each event; a stitched clip has twice as many. 8 are what the authors' later evaluations take.
    stride_s : seconds from frame to frame, for all that fit; None spreads the frames over the whole event. An
        event too long for its frames is never cut off: they are then spread over it, too. One too short repeats
        its last frame.
    size : height and width. crop : center cuts the largest part of that shape from the middle; none scales
        the whole picture, whatever its shape.
    """

    frames: int = Field(8, ge=1, le=2048)
    stride_s: float | None = Field(None, gt=0)
    size: tuple[Annotated[int, Field(ge=8, le=4096)], Annotated[int, Field(ge=8, le=4096)]] = (224, 224)
    crop: Literal["center", "none"] = "center"


class StitchedRecipe(Recipe):
    """Everything that decides the pixels of stitched clips; the manifest of pairs decides the rest.

    reversed_clip : store T(u) beside u. Without, `reversed_order` makes it: T(u) is u[reversed_order].
    rows_per_shard : about; a video's rows stay together where they can.
    """

    generator: Literal["stitched"] = "stitched"
    clip: EventParams = EventParams()
    reversed_clip: bool = True
    rows_per_shard: int = Field(256, ge=1, le=100_000)

    @model_validator(mode="after")
    def _h264_stores_even_sizes(self) -> Self:
        self.payload.check_size(*self.clip.size)
        return self

    def resolve(self, manifest: Manifest) -> StitchedRecipe:
        """Return the recipe for these pairs. Raises RecipeError if it was made for others."""
        return self.with_changes(self.tied_to(manifest))
