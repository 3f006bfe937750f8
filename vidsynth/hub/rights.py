"""Whether a build's pixels are its owner's to publish."""

from __future__ import annotations

from collections.abc import Mapping

from vidsynth.sources import known, layout

# Licences, as data sets' pages and manifests name them, that let anyone publish what they cover.
_OPEN = frozenset(
    ["mit", "apache-2.0", "cc0-1.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "pddl"]
)


def why_withheld(source: str, about: Mapping[str, str]) -> str:
    """Return why pixels of a source are not just anyone's to publish; nothing where they are, or are the user's own.

    source : as the recipe names it. about : what the manifest says of itself, which counts for more: one cut from a
    known data set's keeps its licence, one of the user's own videos has none.
    """
    name, licence = about.get("name", source), about.get("licence", "")
    if name in known():
        return layout(name).withheld
    if name.startswith("hf://") or licence:
        stated = licence.lower().replace(" ", "-")
        return "" if stated in _OPEN else f"its licence: {licence or 'see its page'}"
    return ""
