"""The recipe of occluded clips: which masks, and what covers them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vidsynth.generators.one_clip import OneClipRecipe
from vidsynth.recipe import Params

MaskKind = Literal["random", "visor-sparse", "visor-dense", "png", "coco"]


class MaskParams(Params):
    """Where masks come from, and which of them.

    kind : random draws occluders and needs no annotation; visor-sparse and visor-dense read VISOR's JSON
        files; png a folder of palette pictures a video (DAVIS, YouTube-VOS); coco a JSON file with
        run-length masks (COCO, YouTube-VIS).
    path : that folder or file.
    fps : the rate in which the frames of png and coco are counted; open, they are the video's own frames.
    objects : whose masks. action-noun: of the class that the manifest's `noun_class` tells; in-contact: of
        what a hand holds (VISOR); classes: of those listed in `classes`, by name or number.
    time : exact takes masks of the very frame; hold the nearest mask in time, up to `max_gap_s` seconds
        away; interpolate also moves and scales masks between neighbours up to twice `max_gap_s` apart.
    dilate_px : pixels of the clip by which masks grow.
    min_frames : the share of a clip's frames that must have a mask; a clip needs one in any case.
    """

    kind: MaskKind = "random"
    path: str | None = None
    fps: float | None = Field(None, gt=0, le=1000)
    objects: Literal["non-hand", "action-noun", "in-contact", "hands", "all", "classes"] = "all"
    classes: tuple[str, ...] = ()
    time: Literal["exact", "hold", "interpolate"] = "hold"
    max_gap_s: float = Field(0.5, ge=0)
    dilate_px: int = Field(0, ge=0, le=64)
    min_frames: float = Field(0.0, ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.classes) != (self.objects == "classes"):
            raise ValueError("classes: are listed with `objects: classes`, and only with it")
        if self.kind == "random" and (self.path is not None or self.objects != "all"):
            raise ValueError(
                "path, objects: are of masks that are read, not of occluders drawn at random (kind: random)"
            )
        if self.objects in ("in-contact", "action-noun", "hands", "non-hand") and not self.kind.startswith("visor"):
            raise ValueError(f"objects: only VISOR's masks tell {self.objects}; take all or classes")
        if self.fps is not None and self.kind not in ("png", "coco"):
            raise ValueError(f"fps: is for png and coco, not for {self.kind}")
        return self


class OccluderParams(Params):
    """The occluders of `masks.kind: random`.

    side : of their boxes, as shares of the frame's shorter side. shapes : weights of rectangle, ellipse, rhombus.
    motion : as of tubelets. linear_speed : pixels a frame. amplitude : shares of the frame's shorter side that a
        non-linear path extends over.
    """

    count: int = Field(1, ge=1, le=64)
    side: tuple[Annotated[float, Field(gt=0, le=1)], Annotated[float, Field(gt=0, le=1)]] = (0.2, 0.5)
    shapes: tuple[float, float, float] = (0.5, 0.35, 0.15)
    motion: Literal["none", "linear", "nonlinear"] = "linear"
    linear_speed: float = Field(5.0, ge=0)
    amplitude: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]] = (0.2, 0.8)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name in ("side", "amplitude"):
            if getattr(self, name)[0] > getattr(self, name)[1]:
                raise ValueError(f"{name}: put the smaller first")
        if min(self.shapes) < 0 or sum(self.shapes) <= 0:
            raise ValueError("shapes: weights must not be negative, nor all 0")
        return self


class FillParams(Params):
    """What is seen where a mask is.

    kind : zero is black, 0 in R, G and B; mean the clip's mean colour; noise uniform noise, new in every frame;
        blur the picture itself, averaged over squares of about 2 `blur_px` + 1 pixels.
    dark_factor : with zero, the share of the picture's values that stays: 0.2 darkens where 0 hides.
    """

    kind: Literal["zero", "mean", "noise", "blur"] = "zero"
    dark_factor: float = Field(0.0, ge=0, le=1)
    blur_px: int = Field(6, ge=1, le=256)

    @model_validator(mode="after")
    def _dark_is_zero(self) -> Self:
        if self.dark_factor and self.kind != "zero":
            raise ValueError(f"dark_factor: goes with `kind: zero`, not {self.kind}")
        return self


class OcclusionRecipe(OneClipRecipe):
    """Everything that decides a set of occluded clips. keep_mask : also store the masks."""

    generator: Literal["occlusion"] = "occlusion"
    keep_mask: bool = False
    masks: MaskParams = MaskParams()
    occluders: OccluderParams = OccluderParams()
    fill: FillParams = FillParams()
