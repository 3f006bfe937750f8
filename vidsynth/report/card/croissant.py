"""Croissant metadata of a build: croissant.json, JSON-LD of version 1.0 (docs.mlcommons.org/croissant).

Croissant's own reader opens no Arrow files: it checks this file, and reads `failures`, which is Parquet. The samples'
fields are declared all the same, for catalogues and search engines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from vidsynth.report.card.facts import CardFacts, ColumnFacts

_ARROW = "application/vnd.apache.arrow.file"
_PARQUET = "application/x-parquet"
# The standard context of Croissant 1.0.
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_FAILURES = {
    "index": ("sc:Integer", "the absent sample's number"),
    "video": ("sc:Text", "the video to blame"),
    "stage": ("sc:Text", "probe, decode or crash"),
    "reason": ("sc:Text", "why it could not be read"),
}


def croissant(facts: CardFacts) -> str:
    """Return the file's text; equal for equal builds, so it holds no date."""
    values: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": facts.name,
        "description": facts.generator.about,
        "license": _licence(facts),
        "citeAs": "\n\n".join(entry.strip() for entry in facts.bibtex),
        "version": f"{facts.generator.recipe.version}.0.0",
        "keywords": ["video", "vidsynth", facts.generator.name],
        "isLiveDataset": False,
        "distribution": list(_distribution(facts)),
        "recordSet": [_samples(facts), _failures()],
    }
    if "homepage" in facts.about:
        values["isBasedOn"] = facts.about["homepage"]
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def _licence(facts: CardFacts) -> str:
    about = facts.about
    said = "none: drawn, not filmed" if about.get("name") == "none" else about.get("licence", "not known")
    return f"{said}. Forbidden: {about['forbids']}" if "forbids" in about else said


def _distribution(facts: CardFacts) -> Iterator[dict[str, Any]]:
    for shard in facts.shards.summary["shards"]:
        yield {
            "@type": "cr:FileObject",
            "@id": shard["file"],
            "name": shard["file"],
            "contentUrl": shard["file"],
            "contentSize": f"{shard['bytes']} B",
            "encodingFormat": _ARROW,
            "sha256": shard["sha256"],
        }
    yield {
        "@type": "cr:FileSet",
        "@id": "shards",
        "name": "shards",
        "description": "The samples: Arrow IPC files.",
        "encodingFormat": _ARROW,
        "includes": "data/*.arrow",
    }
    yield {
        "@type": "cr:FileSet",
        "@id": "failure-list",
        "name": "failure-list",
        "description": "A row a sample that is absent.",
        "encodingFormat": _PARQUET,
        "includes": "failures.parquet",
    }


def _samples(facts: CardFacts) -> dict[str, Any]:
    schema = facts.shards.schema
    return {
        "@type": "cr:RecordSet",
        "@id": "samples",
        "name": "samples",
        "description": f"{len(facts.shards)} samples.",
        "key": {"@id": "samples/index"},
        "field": [_column(column, schema.field(column.name).type) for column in facts.columns],
    }


def _column(column: ColumnFacts, kind: pa.DataType) -> dict[str, Any]:
    source = {"fileSet": {"@id": "shards"}, "extract": {"column": column.name}}
    stored = column.stored.get("kind")
    if stored is None:
        return {**_field("samples", column.name, kind, source, ()), "description": column.form}
    shape = " x ".join(map(str, column.shape))
    if stored in ("jpeg", "h264"):  # structs of bytes and a path
        source |= {"transform": {"jsonPath": "bytes"}}
    return {
        "@type": "cr:Field",
        "@id": f"samples/{column.name}",
        "name": f"samples/{column.name}",
        "description": f"{column.form}; shape {shape}",
        "dataType": _stored_type(column.stored),
        **({"repeated": True} if stored == "jpeg" else {}),
        "source": source,
    }


def _stored_type(stored: Mapping[str, Any]) -> str:
    if stored["kind"] == "array":
        return "sc:Float" if stored["dtype"].startswith("float") else "sc:Integer"
    return "sc:ImageObject" if stored["kind"] == "jpeg" else "sc:VideoObject"


def _field(
    parent: str, name: str, kind: pa.DataType, source: Mapping[str, Any], path: tuple[str, ...]
) -> dict[str, Any]:
    """Return the field of a plain or nested Arrow type; parts of a struct are read by their path in the column."""
    lists = 0
    while pa.types.is_list(kind):
        kind, lists = kind.value_type, lists + 1
    identifier = f"{parent}/{name}"
    found: dict[str, Any] = {"@type": "cr:Field", "@id": identifier, "name": identifier}
    if lists:
        found["repeated"] = True
    if pa.types.is_struct(kind):
        found["subField"] = [_field(identifier, part.name, part.type, source, (*path, part.name)) for part in kind]
        return found
    return found | {
        "dataType": _plain_type(kind),
        "source": {**source, **({"transform": {"jsonPath": ".".join(path)}} if path else {})},
    }


def _plain_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"


def _failures() -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "failures",
        "name": "failures",
        "description": "A row a sample that is absent.",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"failures/{name}",
                "name": f"failures/{name}",
                "description": about,
                "dataType": kind,
                "source": {"fileSet": {"@id": "failure-list"}, "extract": {"column": name}},
            }
            for name, (kind, about) in _FAILURES.items()
        ],
    }
