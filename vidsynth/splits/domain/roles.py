"""From one table to the four parts of a domain shift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from vidsynth.errors import RecipeError, SourceError, nearest
from vidsynth.manifest import Manifest
from vidsynth.recipe import Params
from vidsynth.rng import Permutation

# The values of `split` in the result.
SOURCE, LABELLED, TARGET, TEST = ROLES = ("source", "target-labelled", "target", "test")


class DomainRules(Params):
    """Which rows are source, target and test.

    by : the extra value that tells domains apart, or `split`. source, target : its values.
    label : the extra value that is a row's class; null takes the labels. classes : keep these only; none keeps all.
    train, test : splits of the target domain (and of the source, whose test rows are left out).
    labelled : of the target's training videos, none or half keep their labels.
    order : whether halves are drawn at random, or are the first and the second in a list of videos.
    per_class : the target has no splits of its own: so many videos of each class are drawn to train, others test.
    """

    by: str = "domain"
    source: tuple[str, ...] = Field(("source",), min_length=1)
    target: tuple[str, ...] = Field(("target",), min_length=1)
    label: str | None = None
    classes: tuple[str, ...] = ()
    train: tuple[str, ...] = ("train",)
    test: tuple[str, ...] = ("test", "val")
    labelled: Literal["none", "half"] = "none"
    order: Literal["random", "listed"] = "random"
    per_class: int | None = Field(None, ge=1)
    seed: int = Field(0, ge=0, lt=1 << 63)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        both = sorted({*self.source} & {*self.target})
        if both:
            raise ValueError(f"source, target: {both[0]!r} is in both")
        if self.order == "listed" and self.labelled == "none":
            raise ValueError("order: listed is for halves; set labelled to half")
        return self


def shift(manifest: Manifest, rules: DomainRules, listed: Sequence[str] | None = None) -> Manifest:
    """Return the rows of a domain shift, with their role as `split`: source, target-labelled, target or test.

    Rows of role `target` have no labels; theirs are kept as `hidden_labels` in their extra values, for those who
    measure. Rows without a label, or of another class, are left out, as are other domains and the source's test rows.

    listed : videos (file names without folder and suffix) in the order that `rules.order` speaks of.

    Raises SourceError if a domain has no rows, or a video of the target is both in training and in test.
    """
    domains = _values(manifest, rules.by)
    labels = _labels(manifest, rules)
    splits = manifest.table["split"].to_pylist()
    paths = manifest.table["path"].to_pylist()
    roles: list[str | None] = [None] * len(manifest)
    target: list[int] = []
    for row, (domain, own) in enumerate(zip(domains, labels, strict=True)):
        if own and domain in rules.source and (rules.by == "split" or splits[row] not in rules.test):
            roles[row] = SOURCE
        elif own and domain in rules.target:
            target.append(row)
    for domain, found in (("source", SOURCE in roles), ("target", bool(target))):
        if not found:
            raise SourceError(_nothing(manifest, rules, domain, domains))
    if rules.per_class:
        train = _drawn(rules, target, labels, paths)
    else:
        train = {row for row in target if splits[row] in rules.train}
        both = {paths[row] for row in train} & {paths[row] for row in target if splits[row] in rules.test}
        if both:
            raise SourceError(f"{min(both)}: stands both in training and in test rows of the target")
    with_labels = _half(rules, sorted(train), paths, listed) if rules.labelled == "half" else set()
    for row in target:
        if row in train:
            roles[row] = LABELLED if row in with_labels else TARGET
        elif rules.per_class or splits[row] in rules.test:
            roles[row] = TEST
    kept = [row for row, role in enumerate(roles) if role is not None]
    hidden = [labels[row] if roles[row] == TARGET else None for row in kept]
    return manifest.take(kept).replaced(
        {
            "split": [roles[row] for row in kept],
            "labels": [None if roles[row] == TARGET else labels[row] for row in kept],
            **({"hidden_labels": hidden} if any(hidden) else {}),
        }
    )


def counts(shifted: Manifest, role: str) -> Counter[str]:
    """Return how often each label stands in the rows of a role, hidden ones included."""
    found: Counter[str] = Counter()
    rows = zip(shifted.table["split"].to_pylist(), true_labels(shifted), strict=True)
    for split, labels in rows:
        if split == role:
            found.update(labels)
    return found


def true_labels(manifest: Manifest) -> list[list[str]]:
    """Return the labels of every row, from `hidden_labels` where it has none."""
    rows = zip(manifest.table["labels"].to_pylist(), manifest.extras(), strict=True)
    return [labels or extra.get("hidden_labels") or [] for labels, extra in rows]


def _values(manifest: Manifest, key: str) -> list[str | None]:
    if key == "split":
        return manifest.table["split"].to_pylist()  # type: ignore[no-any-return]
    extras = manifest.extras()
    if not any(key in extra for extra in extras):
        known = sorted({name for extra in extras for name in extra})
        raise SourceError(
            f"{manifest.about.get('name', 'manifest')}: no row has a {key!r}{nearest(key, known)} "
            f"(extra values: {', '.join(known) or 'none'})"
        )
    return [None if extra.get(key) is None else str(extra[key]) for extra in extras]


def _labels(manifest: Manifest, rules: DomainRules) -> list[list[str]]:
    if rules.label is None:
        labels = [row or [] for row in manifest.table["labels"].to_pylist()]
    else:
        labels = [[value] if value is not None else [] for value in _values(manifest, rules.label)]
    return [[label for label in row if label in rules.classes] for row in labels] if rules.classes else labels


def _nothing(manifest: Manifest, rules: DomainRules, domain: str, domains: Sequence[str | None]) -> str:
    have = ", ".join(sorted({value for value in domains if value is not None})) or "nothing"
    return (
        f"{manifest.about.get('name', 'manifest')}: no labelled row of the {domain}: {rules.by} is "
        f"{' or '.join(getattr(rules, domain))} (it has {have})"
    )


def _drawn(
    rules: DomainRules, target: Sequence[int], labels: Sequence[Sequence[str]], paths: Sequence[str]
) -> set[int]:
    """Return the target's training rows: `per_class` videos of each class, at random."""
    assert rules.per_class is not None
    videos: dict[str, dict[str, None]] = {}
    for row in target:
        videos.setdefault(labels[row][0], {})[paths[row]] = None
    chosen: set[str] = set()
    for label, of_class in sorted(videos.items()):
        if len(of_class) <= rules.per_class:
            what = f"class {label!r} of the target has {len(of_class)} videos"
            raise SourceError(f"{what}: {rules.per_class} to train leave none to test")
        names = list(of_class)
        chosen |= {names[at] for at in Permutation(rules.seed, f"domain/{label}", len(names)).array(0, rules.per_class)}
    return {row for row in target if paths[row] in chosen}


def _half(rules: DomainRules, train: Sequence[int], paths: Sequence[str], listed: Sequence[str] | None) -> set[int]:
    """Return the rows of the first half of the training videos: len // 2 of them."""
    videos: list[Any] = list(dict.fromkeys(paths[row] for row in train))
    if rules.order == "random":
        videos = [videos[at] for at in Permutation(rules.seed, "domain/half", len(videos)).array()]
    else:
        if listed is None:
            raise RecipeError("order: listed needs the list of videos (on the command line, --list FILE)")
        place = {name: number for number, name in enumerate(listed)}
        missing = [path for path in videos if PurePosixPath(path).stem not in place]
        if missing:
            raise SourceError(
                f"{missing[0]}: its name is not in the list of videos (nor are those of {len(missing) - 1} more)"
            )
        videos.sort(key=lambda path: place[PurePosixPath(path).stem])
    first = set(videos[: len(videos) // 2])
    return {row for row in train if paths[row] in first}
