"""What a modality split is asked to be: which part shows which modalities, how large, grouped by what.

    train: {A: rgb, B: audio}     # parts; a part whose rows take turns: `A: rgb | audio+flow`
    test: [rgb+audio]             # sets to evaluate; each must be unseen in training
    sizes: {val: 0.09, test: 0.09}
    group: participant_id

A set is written `rgb+audio` or `[rgb, audio]`; `train: [rgb, audio]` names its parts A, B, ….
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from vidsynth.recipe import Params, load_values
from vidsynth.splits.modality.sets import Combination, alternatives, combination, relation, text

FOLDER = "recipes/splits"  # of the package: where the shipped ones lie
EVALUATION = ("val", "test")
Rate = Annotated[float, Field(ge=0, le=1)]


def _parts(value: Any) -> Any:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list | tuple):
        value = dict(zip(string.ascii_uppercase, value, strict=False)) if len(value) <= 26 else value
    if not isinstance(value, Mapping) or not value:
        raise ValueError(f"{value!r} names no parts; write {{A: rgb, B: audio}}, or a list of up to 26 sets")
    return {str(name): alternatives(sets) for name, sets in value.items()}


def _evaluated(value: Any) -> Any:
    if isinstance(value, str):
        return alternatives(value)
    if not isinstance(value, list | tuple):
        raise ValueError(f"{value!r} is no list of sets; write [rgb+audio] or [[rgb, audio]]")
    return tuple(combination(item) for item in value)


def _words(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _size(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError(f"{value!r} is no size; write a number of rows, or a share below 1")
    if isinstance(value, float) and value >= 1:
        raise ValueError(f"{value} is no share below 1; write rows as a whole number")
    return value


Size = Annotated[int | float, BeforeValidator(_size)]
Sets = tuple[Combination, ...]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class Published(Params):
    """What a paper says of its own split: shown beside ours where the manifest has as many rows."""

    rows: int = Field(gt=0)
    parts: dict[str, int]


class Spec(Params):
    """A modality split.

    train : part → the sets that its rows show; where there are several, rows take turns.
    val, test : the sets to evaluate. Rows there show all of them together; val defaults to test's sets
        where something else names val.
    sizes : part → rows (an integer) or share of the rows that can be used; what is left is shared evenly
        by the parts without a size, or left out if all have one.
    method : balanced searches for the assignment of groups with the least cost (`vidsynth.splits.modality.balance`);
        hash sends a group where the hash of its name and the seed says, whatever else the table holds;
        availability sends each row to the first part whose set it has (the rule of MSR-VTT); listed follows
        `members`.
    rest : with availability, the part of the rows that have no part's whole set; they show what they have of its set.
    members : with listed, part → names of groups.
    keep_split : train, val and test rows stay in the split that they come with.
    group : what is never divided: `row`, a column of the manifest, or a name in its `extra` (`extra.NAME` where both).
    video : as `group`; what counts as one video in reports and lists.
    classes : as `group`, one or several: what training parts and evaluation should hold in equal shares.
    stratify : the weight of the classes' imbalance beside the sizes' errors; 0 leaves classes alone.
    tolerance : the share by which a part's size may miss its target before the split is refused.
    missing : split or part → the rate at which each of its rows loses each modality (one stays at least),
        or modality → rate.
    assume : modalities that every row has, whatever the manifest says.
    allow_covered : let evaluated sets be covered or seen in training.
    """

    train: Annotated[dict[str, Sets], BeforeValidator(_parts)]
    val: Annotated[Sets, BeforeValidator(_evaluated)] = ()
    test: Annotated[Sets, BeforeValidator(_evaluated)]
    sizes: dict[str, Size] = Field({})
    method: Literal["balanced", "hash", "availability", "listed"] = "balanced"
    rest: str | None = None
    members: dict[str, tuple[str, ...]] = Field({})
    keep_split: bool = False
    group: str = Field("row", min_length=1)
    video: str = Field("path", min_length=1)
    classes: Words = ("labels",)
    stratify: float = Field(0.01, ge=0)
    tolerance: float = Field(0.05, ge=0)
    missing: dict[str, Rate | dict[str, Rate]] = Field({})
    assume: Words = ()
    allow_covered: bool = False
    published: Published | None = None
    seed: int = Field(0, ge=0, lt=1 << 63)

    @field_validator("train")
    @classmethod
    def _names_are_free(cls, parts: dict[str, Sets]) -> dict[str, Sets]:
        for name in parts:
            if name in (*EVALUATION, "train") or not name.strip():
                raise ValueError(f"{name!r} cannot be the name of a part")
        return parts

    @field_validator("test")
    @classmethod
    def _something_is_tested(cls, sets: Sets) -> Sets:
        if not sets:
            raise ValueError("names no set to evaluate")
        return sets

    @model_validator(mode="before")
    @classmethod
    def _val_is_as_test(cls, values: dict[str, Any]) -> dict[str, Any]:
        named = any("val" in values.get(field, ()) for field in ("sizes", "members"))
        return values | {"val": values["test"]} if named and not values.get("val") and "test" in values else values

    @model_validator(mode="after")
    def _parts_are_known(self) -> Self:
        for field in ("sizes", "members", "missing"):
            for name in getattr(self, field):
                if name not in self.parts and not (field == "missing" and name == "train"):
                    raise ValueError(f"{field}: there is no part {name!r} (parts: {', '.join(self.parts)})")
        if self.rest is not None and self.rest not in self.train:
            raise ValueError(f"rest: {self.rest!r} is no training part (they are {', '.join(self.train)})")
        return self

    @model_validator(mode="after")
    def _method_has_what_it_needs(self) -> Self:
        if self.method == "availability" and not self.keep_split:
            raise ValueError("method: availability needs keep_split: true; it does not choose val and test")
        if self.rest is not None and self.method != "availability":
            raise ValueError(f"rest: goes with method: availability, not {self.method}")
        if (self.method == "listed") != bool(self.members):
            raise ValueError("members: the groups of each part go with method: listed, and it needs them")
        listed = [name for names in self.members.values() for name in names]
        twice = next((name for name in listed if listed.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"members: {twice!r} stands in two parts")
        if self.sizes and self.method in ("availability", "listed"):
            raise ValueError(f"sizes: method {self.method} leaves no sizes to choose")
        if self.method == "hash" and any(isinstance(size, int) for size in self.sizes.values()):
            raise ValueError("sizes: method hash knows shares, such as 0.1, not numbers of rows")
        shares = sum(size for size in self.sizes.values() if isinstance(size, float))
        if shares > 1 + 1e-9:
            raise ValueError(f"sizes: the shares add up to {shares:g}, more than 1")
        return self

    @model_validator(mode="after")
    def _evaluation_is_unseen(self) -> Self:
        known = {modality for sets in self.train.values() for one in sets for modality in one}
        for split in EVALUATION:
            for wanted in getattr(self, split):
                if new := [modality for modality in wanted if modality not in known]:
                    raise ValueError(
                        f"{split}: {text(wanted)} holds {text(new)}, which no training part shows: "
                        "that is an unseen modality, not an unseen combination; add it to a part"
                    )
                if self.allow_covered:
                    continue
                for name, sets in self.train.items():
                    for one in sets:
                        if (how := relation(wanted, [one])) != "unseen":
                            raise ValueError(
                                f"{split}: {text(wanted)} is {how} in training part {name}, which shows {text(one)} "
                                "together; change the part, or allow it with allow_covered: true (--allow-covered)"
                            )
        return self

    @property
    def parts(self) -> dict[str, Sets]:
        """Every part and its sets: the training parts, then val and test, which show all of theirs together."""
        evaluated = {split: getattr(self, split) for split in EVALUATION if getattr(self, split)}
        return self.train | {
            name: (tuple(dict.fromkeys(modality for one in sets for modality in one)),)
            for name, sets in evaluated.items()
        }

    @property
    def modalities(self) -> Combination:
        """Every modality that the parts name, in the order in which they do."""
        return tuple(dict.fromkeys(modality for sets in self.parts.values() for one in sets for modality in one))

    def with_nothing_assumed(self) -> Spec:
        """Return the spec for a manifest whose rows have been given what is assumed."""
        return self.model_copy(update={"assume": ()})

    def split_of(self, part: str) -> str:
        """Return train, val or test."""
        return "train" if part in self.train else part


def load_spec(name: str | Path, changes: Mapping[str, Any] | None = None) -> Spec:
    """Read a spec: a path to a YAML file, or the name of a shipped one. Raises RecipeError."""
    return Spec.from_dict(load_values(name, FOLDER) | dict(changes or {}), str(name))
