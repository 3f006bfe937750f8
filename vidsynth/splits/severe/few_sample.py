"""Few-sample subsets: so many training videos, the same number of each class.

`per_class = ceil(samples / classes present)`, and of each class min(per_class, its size) rows without
replacement (action_recognition/datasets/utils.py, `get_subset_data`), so "1,000" is nominal: UCF101 gives 1,010.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from vidsynth.errors import RecipeError, SourceError
from vidsynth.manifest import Manifest
from vidsynth.rng import legacy_choices, stream
from vidsynth.splits.severe.numbers import Published, class_numbers, name_of

# The authors' three draws; the first is the one their code has switched on.
PUBLISHED_SEEDS = (99999, 12345, 19)


def per_class(samples: int, classes: int) -> int:
    """Return how many rows a class gives: as many as make `samples` together, or a little more.

    >>> per_class(1000, 101)
    10
    """
    return math.ceil(samples / classes)


def curve(rows: int, first: int = 1000) -> list[int]:
    """Return the sizes of a curve that lie below all `rows`: `first`, and doubled as often as it goes.

    >>> curve(9537)
    [1000, 2000, 4000, 8000]
    """
    return [first << doublings for doublings in range(64) if first << doublings < rows]


def few_samples(manifest: Manifest, samples: int, *, seed: int = 0, published: Published | None = None) -> Manifest:
    """Return the manifest with about `samples` of its training rows, and all rows of other splits.

    By default each row draws a number from its own stream, and each class gives its smallest: so a subset lies
    within every larger one of the same seed, and a video that is missing changes no other's choice.

    published : the lists to draw from as the authors' code does, with one numpy `RandomState(seed)` for all
        classes in ascending order, over the lines in the order of the list. Where their code passes over missing
        videos first (Gym99, SSv2), these change the choice; elsewhere a missing video is only absent. These subsets
        lie within each other, too.

    Raises RecipeError or SourceError.
    """
    if samples < 1:
        raise RecipeError(f"samples: must be 1 or more, not {samples}")
    rows = [row for row, split in enumerate(manifest.table["split"].to_pylist()) if split == "train"]
    if not rows:
        raise SourceError(f"{manifest.about.get('name', manifest.root)}: no row is of the split 'train'")
    chosen = (
        _drawn_as_published(manifest, rows, samples, seed, published)
        if published
        else _drawn(manifest, rows, samples, seed)
    )
    left_out = set(rows) - set(chosen)
    return manifest.take([row for row in range(len(manifest)) if row not in left_out])


def _drawn(manifest: Manifest, rows: Sequence[int], samples: int, seed: int) -> list[int]:
    labels, ids = manifest.table["labels"].to_pylist(), manifest.table["video_id"].to_pylist()
    numbers = class_numbers(manifest)
    classes: defaultdict[object, list[int]] = defaultdict(list)
    for row in rows:
        if not labels[row] and numbers[row] is None:
            raise SourceError(f"row {row + 1}: {ids[row]}: no label, so no class to balance")
        classes[numbers[row] if numbers[row] is not None else tuple(labels[row])].append(row)
    count = per_class(samples, len(classes))
    rank = {row: stream(seed, f"few-sample/{ids[row]}").random() for row in rows}
    return [row for members in classes.values() for row in sorted(members, key=rank.__getitem__)[:count]]


def _drawn_as_published(
    manifest: Manifest, rows: Sequence[int], samples: int, seed: int, published: Published
) -> list[int]:
    row_of = {name_of(manifest[row].path): row for row in rows}
    of_class: defaultdict[int, list[str]] = defaultdict(list)
    for line in published.lines:
        if line.split == "train" and (line.name in row_of or not published.drops_missing):
            of_class[line.number].append(line.name)
    classes = [of_class[number] for number in sorted(of_class)]
    choices = legacy_choices(seed, [len(names) for names in classes], per_class(samples, len(classes)))
    chosen = [names[at] for names, choice in zip(classes, choices, strict=True) for at in choice.tolist()]
    return [row_of[name] for name in chosen if name in row_of]
