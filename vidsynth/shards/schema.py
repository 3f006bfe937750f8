"""The Arrow schema of a shard, and samples to rows and back.

Every shard has index, key, plan, sources, and the generator's columns. The schema carries two
descriptions: `huggingface`, the features that `datasets` reads, and `vidsynth`, what `load` needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from vidsynth import payload
from vidsynth.columns import ArrayColumn, Column, ValueColumn
from vidsynth.errors import ShardError
from vidsynth.recipe import Payload

SOURCES_TYPE = pa.list_(
    pa.struct({"video_id": pa.string(), "path": pa.string(), "times": pa.list_(pa.float64()), "sha256": pa.string()})
)
# The Arrow types of plain values, by the names that `ValueColumn` uses.
_VALUE_TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
}
_VALUE_TYPES |= {f"list<{name}>": pa.list_(_VALUE_TYPES[name]) for name in ("int64", "float64", "string")}
_FILE_TYPE = pa.struct({"bytes": pa.binary(), "path": pa.string()})
_FEATURES, _KEY = b"huggingface", b"vidsynth"
# How frames are stored: their Arrow type, and the feature that `datasets` shows them as.
_CLIP_TYPES: dict[str, tuple[pa.DataType, dict[str, Any]]] = {
    "raw": (pa.binary(), {"dtype": "binary", "_type": "Value"}),
    "lossless": (pa.binary(), {"dtype": "binary", "_type": "Value"}),
    "jpeg": (pa.list_(_FILE_TYPE), {"feature": {"_type": "Image"}, "_type": "List"}),
    "h264": (_FILE_TYPE, {"_type": "Video"}),
}


def shard_schema(columns: Mapping[str, Column], stored: Payload, plan_type: pa.DataType) -> pa.Schema:
    """Return the schema of a generator's shards; clips are left out where the payload is `none`."""
    fields = [
        pa.field("index", pa.int64()),
        pa.field("key", pa.string()),
        pa.field("plan", plan_type),
        pa.field("sources", SOURCES_TYPE),
    ]
    features = {field.name: _feature(field.type) for field in fields}
    described: dict[str, dict[str, Any]] = {}  # plain values describe themselves
    for name, column in columns.items():
        if isinstance(column, ValueColumn):
            fields.append(pa.field(name, _VALUE_TYPES[column.dtype]))
            features[name] = _feature(fields[-1].type)
        elif isinstance(column, ArrayColumn):
            fields.append(pa.field(name, pa.binary()))
            features[name] = {"dtype": "binary", "_type": "Value"}
            described[name] = {"kind": "array", "dtype": column.dtype, "shape": column.shape}
            if column.tolerance:
                described[name]["tolerance"] = column.tolerance
        elif stored.kind != "none":
            arrow_type, features[name] = _CLIP_TYPES[stored.kind]
            fields.append(pa.field(name, arrow_type))
            described[name] = {"kind": stored.kind, "shape": column.shape}
    return pa.schema(fields, _metadata(features, described))


def with_payload(schema: pa.Schema, stored: Payload) -> pa.Schema:
    """Return the schema of the same samples with their clips stored in another way; without clips for `none`."""
    described = described_columns(schema)
    features = json.loads(schema.metadata[_FEATURES])["info"]["features"]
    fields = list(schema)
    for name in clip_columns(described):
        at = [field.name for field in fields].index(name)
        if stored.kind == "none":
            del fields[at], features[name], described[name]
        else:
            arrow_type, features[name] = _CLIP_TYPES[stored.kind]
            fields[at] = pa.field(name, arrow_type)
            described[name] = {"kind": stored.kind, "shape": described[name]["shape"]}
    return pa.schema(fields, _metadata(features, described))


def clip_columns(described: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the columns that hold clips: pixels of videos."""
    return [name for name, facts in described.items() if facts["kind"] != "array"]


def _metadata(features: Mapping[str, Any], described: Mapping[str, Any]) -> dict[bytes, str]:
    return {_FEATURES: json.dumps({"info": {"features": features}}), _KEY: json.dumps({"columns": described})}


def to_batch(samples: Sequence[Mapping[str, Any]], schema: pa.Schema, stored: Payload) -> pa.RecordBatch:
    """Return samples, encoded, as one record batch."""
    described = described_columns(schema)
    arrays = []
    for field in schema:
        values = [sample[field.name] for sample in samples]
        kind = described[field.name]["kind"] if field.name in described else None
        if kind == "array":
            values = [np.ascontiguousarray(value).data.cast("B") if value.size else b"" for value in values]
        elif kind is not None:
            values = [_wrapped(payload.encode(value, stored), kind) for value in values]
        arrays.append(pa.array(values, field.type))
    return pa.record_batch(arrays, schema=schema)


def to_value(array: pa.Array, row: int, described: Mapping[str, Any] | None) -> Any:
    """Return one cell: arrays for arrays and clips (read-only views where stored raw), else plain values."""
    if described is None:
        return array[row].as_py()
    shape = tuple(described["shape"])
    kind = described["kind"]
    if kind == "array":
        return np.frombuffer(_view(array, row), described["dtype"]).reshape(shape)
    if kind == "jpeg":
        stored: Any = [file["bytes"].as_buffer() for file in array[row]]
    elif kind == "h264":
        stored = array[row]["bytes"].as_buffer()
    else:
        stored = _view(array, row)
    return payload.decode(stored, kind, shape)


def _view(array: pa.BinaryArray, row: int) -> pa.Buffer | bytes:
    """Return a cell's bytes without copying them: Arrow's own scalars are copies."""
    _, offsets, data = array.buffers()
    start, stop = np.frombuffer(offsets, np.int32)[array.offset + row : array.offset + row + 2].tolist()
    return b"" if data is None else data.slice(start, stop - start)


def described_columns(schema: pa.Schema) -> dict[str, dict[str, Any]]:
    """Return what the schema says of the generator's columns. Raises ShardError for a foreign one."""
    try:
        columns: dict[str, dict[str, Any]] = json.loads((schema.metadata or {})[_KEY])["columns"]
    except (KeyError, ValueError):
        raise ShardError("not a shard that vidsynth wrote: its schema has no description") from None
    return columns


def _wrapped(stored: payload.Stored, kind: str) -> Any:
    if kind == "jpeg":
        return [{"bytes": data, "path": None} for data in stored]
    return {"bytes": stored, "path": None} if kind == "h264" else stored


def _feature(arrow_type: pa.DataType) -> dict[str, Any]:
    """Return the `datasets` feature of a plain or nested Arrow type."""
    if pa.types.is_list(arrow_type):
        return {"feature": _feature(arrow_type.value_type), "_type": "List"}
    if pa.types.is_struct(arrow_type):
        return {field.name: _feature(field.type) for field in arrow_type}
    name = {"double": "float64", "float": "float32"}.get(str(arrow_type), str(arrow_type))
    return {"dtype": name, "_type": "Value"}
