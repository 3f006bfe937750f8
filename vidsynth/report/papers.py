"""The papers behind generators and recipes, and the Hub's tasks that their samples serve: manifests/papers.yaml."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import resources
from typing import Any

from vidsynth.recipe import parse_yaml


def papers(generator: str, recipe: str | None = None) -> dict[str, str]:
    """Return the BibTeX, by key, of what a generator rests on and, if its name is given, a shipped recipe.

    Nothing is known of third parties' generators.
    """
    keys = [*_of(generator).get("papers", ()), *_known()["recipes"].get(recipe, ())]
    return {key: _known()["papers"][key] for key in dict.fromkeys(keys)}


def own_bibtex(version: str) -> str:
    """Return the BibTeX that cites vidsynth itself, with a version."""
    entry: str = _known()["papers"]["vidsynth"]
    return entry.replace("  license", f"  version = {{{version}}},\n  license")


def tasks(generator: str) -> Sequence[str]:
    """Return the Hub's task categories that a generator's samples serve, as far as one fits."""
    found: Sequence[str] = _of(generator).get("tasks", ())
    return found


def _of(generator: str) -> dict[str, Any]:
    found: dict[str, Any] = _known()["generators"].get(generator, {})
    return found


@functools.cache
def _known() -> dict[str, Any]:
    name = "papers.yaml"
    return parse_yaml((resources.files("vidsynth") / "manifests" / name).read_text(encoding="utf-8"), name)
