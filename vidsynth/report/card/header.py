"""The card's YAML header: what the Hub searches by, and what `datasets` loads by."""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa

from vidsynth.recipe import to_yaml
from vidsynth.report.card.facts import CardFacts
from vidsynth.report.card.licence import hub_licence

_SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")


def header(facts: CardFacts) -> str:
    """Return the lines between the card's `---`."""
    summary, source = facts.shards.summary, facts.generator.recipe.source.name
    values: dict[str, Any] = {
        "pretty_name": facts.name,
        **hub_licence(facts.about),
        "size_categories": [size_category(len(facts.shards))],
        **({"task_categories": list(facts.tasks)} if facts.tasks else {}),
        "source_datasets": ["original" if source in ("none", "demo") else "extended"],
        "tags": ["video", "vidsynth", facts.generator.name],
        "dataset_info": {
            "features": features(facts.shards.schema),
            "splits": [{"name": "train", "num_bytes": summary["bytes"], "num_examples": len(facts.shards)}],
            "download_size": summary["bytes"],
            "dataset_size": summary["bytes"],
        },
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "data/*.arrow"}]}],
    }
    return to_yaml(values)


def size_category(count: int) -> str:
    """Return the Hub's name for a number of samples.

    >>> size_category(999), size_category(25_000), size_category(10**13)
    ('n<1K', '10K<n<100K', 'n>1T')
    """
    for number, limit in enumerate(_SIZES):
        if count < 1000 * 10**number:
            return f"{_SIZES[number - 1]}<n<{limit}" if number else f"n<{limit}"
    return f"n>{_SIZES[-1]}"


def features(schema: pa.Schema) -> list[dict[str, Any]]:
    """Return the features in the form that `datasets` reads from a card; the schema holds them in its JSON form."""
    described = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    named: list[dict[str, Any]] = _simple(described)["struct"]
    return named


def _simple(feature: dict[str, Any]) -> dict[str, Any]:
    """Return a feature by the words of the card: `dtype`, `list` or `struct`."""
    kind = feature.get("_type")
    if kind == "Value":
        return {"dtype": feature["dtype"]}
    if kind == "List":
        inner = _simple(feature["feature"])
        # `list: int32` stands for `list: {dtype: int32}`, and a list of named features for a struct.
        only = next(iter(inner.values())) if list(inner) in (["dtype"], ["struct"]) else inner
        return {"list": only}
    if isinstance(kind, str):
        return {"dtype": re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()}  # Image, Video
    return {"struct": [{"name": name, **_simple(inner)} for name, inner in feature.items()]}
