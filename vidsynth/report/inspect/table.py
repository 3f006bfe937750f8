"""What is in a single Arrow or Parquet file: rows and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.errors import ShardError
from vidsynth.report.amounts import size_text
from vidsynth.report.inspect.aligned import aligned
from vidsynth.shards.schema import described_columns


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column: its type in Arrow's words and, of clips and arrays, how they are stored."""

    name: str
    type: str
    kind: str | None = None
    dtype: str | None = None
    shape: tuple[int, ...] | None = None

    @property
    def text(self) -> str:
        """The column in a few words."""
        if self.kind is None:
            # A plan's type would fill the screen; `--json` has it in full.
            return f"{self.name} {self.type if len(self.type) < 20 else self.type.partition('<')[0]}"
        return f"{self.name} {self.dtype or self.kind} {'x'.join(map(str, self.shape or ()))}".strip()


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A file. shard : vidsynth wrote it as one of a build's."""

    path: str
    shard: bool
    rows: int
    bytes: int
    columns: Sequence[StoredColumn]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"kind": "shard" if self.shard else "table", **asdict(self)}

    def text(self) -> str:
        """Return the facts for people."""
        rows = [
            ("rows", f"{self.rows:,}, {size_text(self.bytes)}"),
            ("columns", ", ".join(column.text for column in self.columns)),
        ]
        return aligned(f"{self.path}: {'a shard of a build' if self.shard else 'a table'}", rows)

    @property
    def answer(self) -> str:
        """The number of rows."""
        return str(self.rows)


def inspect_table(file: Path) -> TableFacts:
    """Return what is in a file that can be opened."""
    if file.suffix.lower() == ".parquet":
        metadata = pq.read_metadata(file)
        schema, rows = metadata.schema.to_arrow_schema(), metadata.num_rows
    else:
        with pa.memory_map(str(file)) as source:
            reader = pa.ipc.open_file(source)
            schema = reader.schema
            rows = sum(reader.get_batch(number).num_rows for number in range(reader.num_record_batches))
    try:
        described: Mapping[str, Mapping[str, Any]] | None = described_columns(schema)
    except ShardError:
        described = None
    return TableFacts(str(file), described is not None, rows, file.stat().st_size, stored_columns(schema, described))


def stored_columns(schema: pa.Schema, described: Mapping[str, Mapping[str, Any]] | None) -> list[StoredColumn]:
    """Return the columns of a schema, with what it says of clips and arrays."""
    found = []
    for field in schema:
        facts = (described or {}).get(field.name, {})
        shape = tuple(facts["shape"]) if "shape" in facts else None
        found.append(StoredColumn(field.name, str(field.type), facts.get("kind"), facts.get("dtype"), shape))
    return found
