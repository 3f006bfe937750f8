"""The balanced method: rows shared out among parts in the sizes asked for, every class in its share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vidsynth import rng
from vidsynth.errors import RecipeError
from vidsynth.splits.modality.cost import problem
from vidsynth.splits.modality.quotas import Short, quotas, targets
from vidsynth.splits.modality.rows import Assignment, Flags, Ints, Rows
from vidsynth.splits.modality.search import Solution, greedy, solve
from vidsynth.splits.modality.sets import text
from vidsynth.splits.modality.spec import Spec
from vidsynth.splits.modality.stratify import stratified

_ESTIMATES = 2


def balance(spec: Spec, rows: Rows, fits: Flags, pool: Ints, parts: list[int], done: Assignment) -> None:
    """Share a pool out among parts: by rows where every group is a single row, else by groups. Raises RecipeError.

    pool : row numbers. parts : numbers of the parts. What is decided goes into `done`.
    """
    fit = fits[pool][:, parts]
    usable, fit = pool[fit.any(1)], fit[fit.any(1)]
    names = [list(spec.parts)[number] for number in parts]
    wanted = _targets(spec, names, len(usable))
    _, first, kind, counts = np.unique(
        fit @ (1 << np.arange(len(parts))), return_index=True, return_inverse=True, return_counts=True
    )
    try:
        quota = quotas(counts, fit[first], wanted)
    except Short as short:
        raise RecipeError(_shortage(spec, [names[part] for part in short.parts], short)) from None
    group = rows.group.code[usable]
    chosen = np.append(parts, -1)
    if np.bincount(group).max(initial=0) <= 1:
        turn = rng.stream(spec.seed, "splits.modality/rows").permutation(len(usable))
        done.part[usable] = chosen[stratified(kind, rows.classes.code[usable] + 1, turn, fit[first], quota)]
    else:
        found, group = np.unique(group, return_inverse=True)
        wanted, solution = _by_groups(spec, names, group, rows.classes.code[usable], fit)
        done.settled.append(solution.settled)
        part_of = np.full(len(rows.group), -1, np.int64)
        part_of[found] = chosen[solution.part]
        done.part[pool] = part_of[rows.group.code[pool]]
    done.targets |= dict(zip(names, wanted.tolist(), strict=True))


def _targets(spec: Spec, names: Sequence[str], rows: int) -> Ints:
    return targets({name: spec.sizes[name] for name in names if name in spec.sizes}, names, rows)


def _by_groups(spec: Spec, names: Sequence[str], group: Ints, classes: Ints, fit: Flags) -> tuple[Ints, Solution]:
    """Return the rows asked of each part, and where each group goes; the last number stands for those left out."""
    total, groups = len(group), int(group.max()) + 1
    # Groups lose the rows that lack what their part shows; shares are of the rows that are left then.
    for _ in range(_ESTIMATES):
        wanted = _targets(spec, names, total)
        asked = problem(group, classes, *_with_spare(fit, wanted, total), groups=groups, stratify=0)
        part = greedy(asked, spec.seed, 0)
        total = int(asked.rows[np.arange(groups), part].sum())
    wanted = _targets(spec, names, total)
    asked = problem(group, classes, *_with_spare(fit, wanted, total), groups=groups, stratify=spec.stratify)
    solution = solve(asked, spec.seed)
    got = np.array([asked.rows[solution.part == number, number].sum() for number in range(len(names))])
    off = np.abs(got - wanted) / wanted
    worst = int(off.argmax())
    if off[worst] > spec.tolerance:
        largest = int(asked.rows[:, : len(names)].max())
        raise RecipeError(
            f"part {names[worst]}: {got[worst]} rows are the nearest to its {wanted[worst]} that groups by "
            f"{spec.group} allow ({off[worst]:.1%} off, tolerance {spec.tolerance:.1%}; {groups} groups, the largest "
            f"brings {largest} rows): take smaller groups, other sizes, or a larger tolerance"
        )
    return wanted, solution


def _with_spare(fit: Flags, wanted: Ints, total: int) -> tuple[Flags, Ints]:
    """Add a part of what is left out, that every row fits, if the others do not want them all."""
    spare = total - int(wanted.sum())
    if spare <= 0:
        return fit, wanted
    return np.c_[fit, np.ones(len(fit), bool)], np.append(wanted, spare)


def _shortage(spec: Spec, names: Sequence[str], short: Short) -> str:
    needs = ", ".join(f"{name} ({' or '.join(text(one) for one in spec.parts[name])})" for name in names)
    return (
        f"sizes: {needs} {'need' if len(names) > 1 else 'needs'} {short.needed} rows"
        f"{' together' if len(names) > 1 else ''}, and {short.there} rows have what "
        f"{'any of them shows' if len(names) > 1 else 'it shows'}; set smaller sizes for {', '.join(names)}"
    )
