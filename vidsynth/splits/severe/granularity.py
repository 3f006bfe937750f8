"""Action granularity: the part of a data set's classes that one event, or one set within it, holds.

Ranges of Gym99 numbers are those of the authors' code (action_recognition/datasets/gym_*.py); they renumber a
part from 0 where it does not begin there.
"""

from __future__ import annotations

from collections.abc import Sequence

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest
from vidsynth.splits.severe.numbers import NUMBER, class_numbers

WHOLE_NUMBER = "whole_class"  # in `extra`: the number in the whole data set

VAULT, FLOOR, BEAM, BARS = range(6), range(6, 41), range(41, 74), range(74, 99)
FX_S1, UB_S1 = range(6, 17), range(74, 89)


def only_classes(manifest: Manifest, kept: range | Sequence[int]) -> Manifest:
    """Return the rows of some classes, renumbered from 0 in the order of `kept`.

    `extra` holds `class`, from 0, and `whole_class`, as it was before. Raises SourceError.
    """
    numbers = class_numbers(manifest)
    new = {number: place for place, number in enumerate(kept)}
    rows = [row for row, number in enumerate(numbers) if number in new]
    if not rows:
        name = manifest.about.get("name", manifest.root)
        if not any(number is not None for number in numbers):
            raise SourceError(f"{name}: rows tell no class number: give the official lists with --annotations FOLDER")
        raise SourceError(f"{name}: no row is of the classes {kept[0]} to {kept[-1]}")
    old = [number for number in numbers if number in new]
    return manifest.take(rows).replaced({NUMBER: [new[number] for number in old], WHOLE_NUMBER: old})
