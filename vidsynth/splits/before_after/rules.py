"""The rules that choose pairs of events and word their captions.

Defaults are what Bagad, Tapaswi and Snoek, "Test of Time: Instilling Video-Language Models with a Sense of
Time" (CVPR 2023), do to natural videos, as their published counts tell: all strictly ordered pairs of a
training video, one random pair of a validation or test video, each with *before* and with *after*. Where
their lists follow a slip of the code, a preset repeats it.
"""

from __future__ import annotations

import itertools
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from vidsynth.recipe import Params
from vidsynth.splits.before_after.captions import Parsed, Relation, Templates, render, wording

Choice = Literal["keep", "drop"]
Seconds = Annotated[float, Field(ge=0)]


class PairRules(Params):
    """Everything that decides a set of before/after pairs. Times are in seconds.

    Texts of events

    lower, delete_commas : as the authors' code; runs of white space become one space, always.
    final_punctuation : strip takes the full stop off, so that none stands inside a caption; the authors keep it.

    Events

    corrupt : drop events that end before or as they start; keep is the authors' way.
    min_duration, max_duration : of an event; the paper sets neither.
    temporal_words : events whose text holds one of these words are dropped: their captions would say two orders.
    temporal_match : word finds them as whole words; spaced only between two spaces.
    ambiguous : drop events whose captions would not parse back into what they are made of.
    duplicates : events drops an event that its video has already, with the same times and text; captions also
        a pair whose video has one with the same two texts already; the paper keeps both.

    Pairs (first, second)

    overlap : strict takes `second.start > first.end`; non-strict `>=`; tolerance lets them overlap by up to
        `tolerance`; iou takes pairs whose intersection over union is at most `max_iou`. In the last two the
        event that starts (else ends) earlier is the first.
    self_pairs : an event may follow itself, which a corrupt one does: the authors' slip.
    min_gap, max_gap : from the first's end to the second's start.
    adjacent : only the event that begins next (all of them, if several begin at once).
    same_text, same_label : pairs of two events with equal texts (or labels), whose order no caption tells; the
        paper keeps them.

    Choice

    policy : all pairs of a video; `per_video` of them at random; or its first `per_video`, by the start of the
        first event, then of the second.
    evaluation_splits : of these, one random pair a video is taken.

    Rows

    relations : each pair makes a row with each; both before and after are balanced by construction.
    templates : how captions are worded.
    negatives : which other samples are listed as negatives: none (a batch is its own), `negative_count` random ones
        of other videos, or of the same video. None shows or tells the same two texts in either order.
    """

    seed: int = Field(0, ge=0, lt=1 << 63)
    lower: bool = True
    delete_commas: bool = True
    final_punctuation: Literal["strip", "keep"] = "strip"
    corrupt: Choice = "drop"
    min_duration: Seconds = 0.0
    max_duration: Seconds | None = None
    temporal_words: tuple[Annotated[str, Field(pattern=r"^\S+$")], ...] = ("before", "after")
    temporal_match: Literal["word", "spaced"] = "word"
    ambiguous: Choice = "drop"
    duplicates: Literal["keep", "events", "captions"] = "keep"
    overlap: Literal["strict", "non-strict", "tolerance", "iou"] = "strict"
    tolerance: Seconds = 0.0
    max_iou: float = Field(0.0, ge=0, le=1)
    self_pairs: bool = False
    min_gap: Seconds = 0.0
    max_gap: Seconds | None = None
    adjacent: bool = False
    same_text: Choice = "keep"
    same_label: Choice = "keep"
    policy: Literal["all", "random", "first"] = "all"
    per_video: int = Field(1, ge=1)
    evaluation_splits: tuple[str, ...] = ("val", "test", "val_1", "val_2")
    relations: tuple[Relation, ...] = Field(("after", "before"), min_length=1)
    templates: Templates = Templates()
    negatives: Literal["none", "other-video", "same-video"] = "none"
    negative_count: int = Field(4, ge=1, le=1000)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.relations)) < len(self.relations):
            raise ValueError("relations: each may stand once")
        for one, other in itertools.permutations(self.relations, 2):
            if wording(self.templates, one).middle in render(Parsed(other, "", ""), self.templates):
                raise ValueError(f"templates: {one} and {other} cannot be told apart by the words between the events")
        for name in ("duration", "gap"):
            least, most = getattr(self, f"min_{name}"), getattr(self, f"max_{name}")
            if most is not None and least > most:
                raise ValueError(f"min_{name}: {least} is more than max_{name}, {most}")
        return self
