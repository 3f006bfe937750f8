"""Which part each row goes to, by the method that the spec names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from vidsynth.errors import RecipeError
from vidsynth.splits.modality.balance import balance
from vidsynth.splits.modality.rows import Assignment, Flags, Ints, Rows
from vidsynth.splits.modality.sets import text
from vidsynth.splits.modality.spec import Spec


def assign(spec: Spec, rows: Rows, fits: Flags) -> Assignment:
    """Return each row's part. Raises RecipeError that names what cannot be met, with the numbers."""
    _modalities_exist(spec, rows)
    done = Assignment(np.full(len(rows), -1, np.int64))
    for pool, parts in _pools(spec, rows):
        if spec.method == "listed":
            done.part[pool] = _listed(spec, rows, pool, parts)
        elif spec.method == "availability":
            done.part[pool] = _first_that_fits(spec, fits[pool], parts)
        elif spec.method == "hash":
            done.part[pool] = _hashed(spec, rows, pool, parts)
        else:
            balance(spec, rows, fits, pool, parts, done)
    for number, name in enumerate(spec.parts):
        if not (fits[:, number] & (done.part == number)).any():
            shown = " or ".join(text(one) for one in spec.parts[name])
            raise RecipeError(f"part {name}: no row is left for it (it needs {shown}; method {spec.method})")
    return done


def _modalities_exist(spec: Spec, rows: Rows) -> None:
    there = int(np.bitwise_or.reduce(rows.available, initial=np.uint64(0)))
    for name, sets in spec.parts.items():
        for modality in (modality for one in sets for modality in one):
            if not there >> rows.modalities.index(modality) & 1:
                have = ", ".join(m for bit, m in enumerate(rows.modalities) if there >> bit & 1)
                raise RecipeError(
                    f"part {name}: modality {modality!r} is in none of the {len(rows)} rows (they have "
                    f"{have or 'none'}); say so in the column modalities, with --have, or with assume in the spec"
                )


def _pools(spec: Spec, rows: Rows) -> list[tuple[Ints, list[int]]]:
    """Return the rows that are shared out together, and the parts that they are shared among."""
    names = list(spec.parts)
    if not spec.keep_split:
        return [(np.arange(len(rows)), list(range(len(names))))]
    pools = []
    for split in dict.fromkeys(map(spec.split_of, names)):
        pool = np.flatnonzero(rows.split == split)
        if not len(pool):
            have = ", ".join(sorted({str(one) for one in rows.split if one is not None})) or "none"
            raise RecipeError(f"keep_split: no row is of the split {split!r}; the manifest has {have}")
        pools.append((pool, [number for number, name in enumerate(names) if spec.split_of(name) == split]))
    return pools


def _listed(spec: Spec, rows: Rows, pool: Ints, parts: Sequence[int]) -> Ints:
    where = {name: number for number, part in enumerate(spec.parts) for name in spec.members.get(part, ())}
    part_of = np.array([where.get(name, -1) for name in rows.group.names] or [-1], np.int64)
    part = part_of[rows.group.code[pool]]
    return np.where(np.isin(part, parts), part, -1)


def _first_that_fits(spec: Spec, fits: Flags, parts: Sequence[int]) -> Ints:
    names = list(spec.parts)
    out = np.full(len(fits), -1, np.int64)
    for number in sorted(parts, key=lambda number: names[number] == spec.rest):
        out[(out < 0) & fits[:, number]] = number
    return out


def _hashed(spec: Spec, rows: Rows, pool: Ints, parts: Sequence[int]) -> Ints:
    names = [list(spec.parts)[number] for number in parts]
    given = {name: float(spec.sizes[name]) for name in names if name in spec.sizes}
    others = len(names) - len(given)
    share = [given.get(name, (1 - sum(given.values())) / max(others, 1)) for name in names]
    place = np.array([_unit(name, spec.seed) for name in rows.group.names] or [0.0])[rows.group.code[pool]]
    upto = np.cumsum(share)
    slot = np.searchsorted(np.where(upto > 1 - 1e-9, 1.0, upto), place, side="right")
    return np.append(parts, -1)[slot]


def _unit(name: str, seed: int) -> float:
    """Return a number in 0 to 1 that only the name and the seed decide."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2**64
