"""What each row shows of what it has."""

from __future__ import annotations

import numpy as np

from vidsynth import rng
from vidsynth.splits.modality.rows import Ints, Rows, all_of
from vidsynth.splits.modality.sets import Masks, bits
from vidsynth.splits.modality.spec import Spec


def visible(spec: Spec, rows: Rows, part: Ints) -> Masks:
    """Return what each row shows, uint64 [N]: a set of its part that it has, in turns where there are several."""
    out = np.zeros(len(rows), np.uint64)
    turn = rng.stream(spec.seed, "splits.modality/turns").permutation(len(rows))
    for number, (name, sets) in enumerate(spec.parts.items()):
        mine = np.flatnonzero(part == number)
        if name == spec.rest:
            out[mine] = rows.available[mine] & np.uint64(all_of(spec, name, rows))
            continue
        mine = mine[np.argsort(turn[mine])]
        has = rows.available[mine]
        masks = [np.uint64(bits(one, rows.modalities)) for one in sets]
        for kind in np.unique(has):
            some = mine[has == kind]
            options = np.array([mask for mask in masks if kind & mask == mask], np.uint64)
            if len(options):
                out[some] = options[np.arange(len(some)) % len(options)]
    return out


def thinned(spec: Spec, rows: Rows, part: Ints, shown: Masks) -> Masks:
    """Return what rows show after `missing`: each modality is lost at its rate, but never all of them."""
    out = shown.copy()  # where all would be lost, the one that came nearest to staying stays
    for number, name in enumerate(spec.parts):
        rates = spec.missing.get(name, spec.missing.get(spec.split_of(name)))
        if rates is None:
            continue
        rate = np.array(
            [rates.get(one, 0.0) if isinstance(rates, dict) else rates for one in rows.modalities], np.float64
        )
        draws = rng.stream(spec.seed, "splits.modality/missing", number).random((len(rows), len(rate)))
        mine = np.flatnonzero((part == number) & (shown > 0))
        bit = np.uint64(1) << np.arange(len(rate), dtype=np.uint64)
        margin = np.where((shown[mine, None] & bit) > 0, draws[mine] - rate, -np.inf)
        kept = (margin >= 0) | (np.arange(len(rate)) == margin.argmax(1)[:, None])
        out[mine] = np.bitwise_or.reduce(np.where(kept, bit, np.uint64(0)), axis=1)
    return out
