"""The recipe of a time-order benchmark.

The method is that of Bagad, Tapaswi and Snoek, "Test of Time" (CVPR 2023, arXiv 2301.02074).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vidsynth.errors import RecipeError
from vidsynth.generators.time_order.palette import parse_color
from vidsynth.generators.time_order.shapes import HARD, parse_shape
from vidsynth.manifest import Manifest
from vidsynth.recipe import Params, Payload, PayloadKind, Recipe

Relation = Literal["before", "after", "then", "while", "between"]
Kind = Literal["fade", "pop", "slide", "move"]
Side = Annotated[int, Field(ge=16, le=4096)]
Count = Annotated[int, Field(ge=0, le=4096)]
Span = tuple[Count, Count]
Share = Annotated[float, Field(ge=0, le=1)]

_DURATIONS = ("lead", "rise", "hold", "fall", "gap")


class Mp4Payload(Payload):
    """How clips are stored: as mp4, at the rate that they are made for."""

    kind: PayloadKind = "h264"
    fps: float = Field(15.0, gt=0, le=1000)


class ClipParams(Params):
    """Length (frames) and height and width (pixels) of every clip; `payload.fps` is its rate."""

    frames: int = Field(30, ge=2, le=4096)
    size: tuple[Side, Side] = (224, 224)


class ObjectParams(Params):
    """What is seen.

    colors : CSS names, or `name=#rrggbb`. shapes : known names, or `name=x,y x,y …` (see `shapes`).
    matching : all objects of a video have one shape; else each has its own.
    sizes : pixels; each object draws one.
    places : centres, in shares of width and height; None makes a grid with room for all objects.
    jitter : pixels, at most, that a place is off, across and down.
    distractors : objects that are there all the time, and that no caption names.
    edges : smooth is anti-aliased; hard follows the authors' notebook.
    """

    colors: tuple[str, ...] = Field(("red", "yellow", "blue", "green", "orange", "purple"), min_length=2)
    shapes: tuple[str, ...] = Field(("circle", "square", "triangle"), min_length=1)
    matching: bool = False
    sizes: tuple[Annotated[int, Field(ge=4, le=2048)], ...] | None = Field(None, min_length=1)
    places: tuple[tuple[Share, Share], ...] | None = Field(None, min_length=1)
    jitter: int = Field(0, ge=0, le=1024)
    distractors: int = Field(0, ge=0, le=16)
    edges: Literal["smooth", "hard"] = "smooth"

    @model_validator(mode="after")
    def _known_and_distinct(self) -> Self:
        colors = [parse_color(text) for text in self.colors]
        for what, found in (
            ("colors", [name for name, _ in colors]),
            ("colors", [str(rgb) for _, rgb in colors]),
            ("shapes", [parse_shape(text)[0] for text in self.shapes]),
        ):
            twice = next((value for value in found if found.count(value) > 1), None)
            if twice:
                raise ValueError(f"{what}: {twice} stands twice")
        if self.edges == "hard" and not set(self.shapes) <= set(HARD):
            raise ValueError(f"edges: hard is known for {', '.join(HARD)} only; other shapes need smooth")
        return self


class EventParams(Params):
    """What happens, and for how many frames; two numbers are the least and the most, drawn evenly.

    kinds : fade (opacity rises evenly), pop (there at once), slide (in from the side), move (there from
        the start, it moves a little); each object draws one.
    persistence : what happens to an object that has come. goes: it leaves before the next one comes.
        stays: to the end. overlaps: all are there for a while, then leave in the order in which they came.
    lead : before the first event. rise : an object comes. hold : it (with overlaps: all) stays as it is.
    fall : it leaves, as it came; 0 is a cut. gap : between one event and the next. What is left follows the last.
    """

    count: int = Field(2, ge=2, le=16)
    kinds: tuple[Kind, ...] = Field(("fade",), min_length=1)
    persistence: Literal["goes", "stays", "overlaps"] = "goes"
    lead: Span = (1, 4)
    rise: Span = (3, 4)
    hold: Span = (3, 4)
    fall: Span = (3, 4)
    gap: Span = (0, 1)

    @model_validator(mode="after")
    def _spans(self) -> Self:
        for name in _DURATIONS:
            least, most = getattr(self, name)
            if least > most:
                raise ValueError(f"{name}: {least} to {most} is empty; put the smaller first")
        if self.rise[0] < 1:
            raise ValueError("rise: an event takes 1 frame or more")
        if self.persistence == "overlaps" and self.fall[0] < 1:
            raise ValueError("fall: with overlaps it is the rise of the reversed video, so 1 frame or more")
        return self

    def most_frames(self) -> int:
        """Return how many frames a video takes at most, up to the end of its last event."""
        lead, rise, hold, fall, gap = (getattr(self, name)[1] for name in _DURATIONS)
        gaps = (self.count - 1) * gap
        if self.persistence == "goes":
            return int(lead + gaps + self.count * (rise + hold + fall))
        if self.persistence == "stays":
            return int(lead + gaps + self.count * rise)
        return int(lead + 2 * gaps + hold + self.count * (rise + fall))


class CaptionParams(Params):
    """What is said.

    relations : each gets the same number of videos.
    fade : the words for the event `fade`.
    paraphrases : how many wordings of each relation are used; 1 keeps to the published one.
    """

    relations: tuple[Relation, ...] = Field(("before", "after", "then"), min_length=1)
    fade: Literal["appears", "appears gradually", "fades in"] = "appears"
    paraphrases: int = Field(3, ge=1, le=3)


class BackgroundParams(Params):
    """What lies behind: black, plain (one of `colors` a video), noise (a still picture of it), still (a frame
    of the source's videos) or moving (a clip of them)."""

    kind: Literal["black", "plain", "noise", "still", "moving"] = "black"
    colors: tuple[str, ...] = Field(("white", "silver", "dimgray"), min_length=1)


class TimeOrderRecipe(Recipe):
    """Everything that decides a time-order benchmark.

    pairs : how many pairs of a video and its time-reversed twin.
    design : shuffled goes through colours, shapes, places, kinds and wordings evenly, each in rounds of its own
        random order; listed goes through all their combinations in the order of the lists.
    layout : kept leaves every object its place in both videos of a pair; by_order puts the first event
        at the first place, and so on, as the published set does.
    balance : full refuses whatever lets a model without order do better than chance; captions asks that
        of the captions alone.
    control : each video comes with one that shows a single event, for the control task.
    """

    generator: Literal["time-order"] = "time-order"
    payload: Mp4Payload = Mp4Payload()
    pairs: int = Field(540, ge=1, le=100_000_000)
    clip: ClipParams = ClipParams()
    objects: ObjectParams = ObjectParams()
    events: EventParams = EventParams()
    captions: CaptionParams = CaptionParams()
    background: BackgroundParams = BackgroundParams()
    design: Literal["shuffled", "listed"] = "shuffled"
    layout: Literal["kept", "by_order"] = "kept"
    balance: Literal["full", "captions"] = "full"
    control: bool = True
    videos_per_shard: int | None = Field(None, ge=2, le=100_000)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        self.payload.check_size(*self.clip.size)
        if self.limit is not None and self.limit % 2:
            raise ValueError(f"limit: must be even, not {self.limit}: a video and its twin belong together")
        if self.videos_per_shard is not None and self.videos_per_shard % 2:
            raise ValueError("videos_per_shard: must be even: a video and its twin belong together")
        needed, there = self.events.most_frames(), self.clip.frames
        if needed > there:
            raise ValueError(f"clip.frames: {there} are too few: the events take up to {needed}")
        if self.object_count > len(self.objects.colors):
            raise ValueError(
                f"objects.colors: {self.object_count} objects need as many colours, not {len(self.objects.colors)}"
            )
        behind = {parse_color(text)[1] for text in self.background.colors}
        hidden = [text for text in self.objects.colors if parse_color(text)[1] in behind]
        if self.background.kind == "plain" and hidden:
            raise ValueError(f"background.colors: nobody would see objects in {hidden[0]!r} before that colour")
        return self

    @model_validator(mode="after")
    def _captions_are_true(self) -> Self:
        relations, events = self.captions.relations, self.events
        if len(set(relations)) < len(relations):
            raise ValueError("captions.relations: each may stand once")
        if "between" in relations and events.count < 3:
            raise ValueError("captions.relations: between needs three events (events.count)")
        if "while" in relations and (events.persistence == "goes" or "move" in events.kinds):
            raise ValueError(
                "captions.relations: while says that one object comes while another is on the screen: "
                "that needs events.persistence stays or overlaps, and no event move"
            )
        if "between" in relations and events.persistence == "overlaps":
            raise ValueError(
                "captions.relations: the twin of between exchanges two events of three, and with "
                "events.persistence overlaps only the reversal of all has the same frames; use goes"
            )
        return self

    @model_validator(mode="after")
    def _balanced(self) -> Self:
        if self.balance != "full":
            return self
        remedy = "; choose otherwise, or give that up with balance: captions"
        if self.events.persistence == "stays":
            raise ValueError(
                "events.persistence: with stays the frames tell the order without their order: some show the "
                "first object alone, none the second" + remedy
            )
        if self.layout != "kept":
            raise ValueError("layout: with by_order a single frame tells the order by place" + remedy)
        if self.events.lead[0] < 1:
            raise ValueError("events.lead: with 0 the first frame may tell the order; it must be 1 or more" + remedy)
        if self.events.most_frames() >= self.clip.frames:
            raise ValueError(
                f"clip.frames: the last frame may tell the order; it takes {self.events.most_frames() + 1} frames "
                "for one to follow the last event" + remedy
            )
        return self

    @property
    def object_count(self) -> int:
        """Return how many objects a video shows."""
        return self.events.count + self.objects.distractors

    def resolve(self, manifest: Manifest) -> TimeOrderRecipe:
        """Return the recipe with nothing left open, for these videos. Raises RecipeError."""
        changes: dict[str, object] = self.tied_to(manifest)
        if self.background.kind in ("still", "moving") and not len(manifest):
            raise RecipeError(
                f"background.kind: {self.background.kind} needs videos, and the source "
                f"{manifest.about.get('name', manifest.root)} has none; name one with --src"
            )
        height, width = self.clip.size
        grid = max(2, math.isqrt(self.object_count - 1) + 1)
        if self.objects.places is None:
            steps = [(2 * n + 1) / (2 * grid) for n in range(grid)]
            changes["objects.places"] = [(x, y) for y in steps for x in steps]
        if self.objects.sizes is None:
            changes["objects.sizes"] = [max(4, min(height, width) * 5 // (8 * grid))]
        if self.videos_per_shard is None:
            changes["videos_per_shard"] = min(512, max(32, 2 * math.ceil(self.pairs / 64)))
        resolved = self.with_changes(changes)
        resolved._check_places()
        return resolved

    def _check_places(self) -> None:
        places, sizes = self.objects.places or (), self.objects.sizes or ()
        if len(places) < self.object_count:
            raise RecipeError(f"objects.places: {self.object_count} objects need as many places, not {len(places)}")
        room = self.room()
        if room < 0:
            raise RecipeError(
                f"objects.sizes: objects of {max(sizes)} pixels with a jitter of {self.objects.jitter} "
                f"would cover each other: {-room} pixels too much for two of the places"
            )

    def room(self) -> int:
        """Return the least distance between the outlines of two objects at rest, in pixels."""
        height, width = self.clip.size
        centers = [(int(x * width), int(y * height)) for x, y in self.objects.places or ()]
        apart = [
            max(abs(x1 - x2), abs(y1 - y2)) for number, (x1, y1) in enumerate(centers) for x2, y2 in centers[:number]
        ]
        return min(apart, default=max(height, width)) - max(self.objects.sizes or (0,)) - 2 * self.objects.jitter
