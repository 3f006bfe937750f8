"""A finished shard in another form: clips stored in another way, or as a Parquet file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from vidsynth.errors import Mismatch
from vidsynth.recipe import Payload
from vidsynth.shards.folder import BuildFolder
from vidsynth.shards.parquet import arrow_to_parquet
from vidsynth.shards.schema import described_columns, to_value, with_payload
from vidsynth.shards.writer import ShardWriter

Format = Literal["arrow", "parquet"]


@dataclass(frozen=True, slots=True)
class Form:
    """How shards are to be: the file format, and how clips are stored in them; None leaves them as they are."""

    format: Format = "arrow"
    payload: Payload | None = None

    @property
    def as_built(self) -> bool:
        """Tell whether this is how a build leaves its shards."""
        return self.format == "arrow" and self.payload is None


def convert(folder: BuildFolder, shard: dict[str, Any], form: Form, into: Path) -> dict[str, Any]:
    """Write a shard of a finished build in another form into a folder; return what vidsynth.json says of it.

    shard : what vidsynth.json says of the shard there is. The same shard gives the same bytes.

    Raises Mismatch if the shard's bytes are not those that vidsynth.json tells of.
    """
    check_shard(folder, shard)
    file = folder.shard_file(shard)
    name = Path(shard["file"])
    if form.payload is not None:
        arrow, file = file, into / name.name
        _in_payload(arrow, form.payload, file)
    if form.format == "parquet":
        arrow, file, name = file, into / f"{name.stem}.parquet", name.with_suffix(".parquet")
        arrow_to_parquet(arrow, file)
        if form.payload is not None:
            arrow.unlink()
    with file.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    return {**shard, "file": name.as_posix(), "bytes": file.stat().st_size, "sha256": digest}


def check_shard(folder: BuildFolder, shard: dict[str, Any]) -> None:
    """Raise Mismatch if a shard's bytes are not those that vidsynth.json tells of."""
    file = folder.shard_file(shard)
    try:
        with file.open("rb") as data:
            same = hashlib.file_digest(data, "sha256").hexdigest() == shard["sha256"]
    except FileNotFoundError:
        raise Mismatch(f"{file}: missing ({folder.remedy})") from None
    if not same:
        raise Mismatch(f"{file}: its bytes have changed since it was built: sha256 differs ({folder.remedy})")


def _in_payload(arrow: Path, stored: Payload, file: Path) -> None:
    """Write a shard with its clips stored in another way."""
    with pa.memory_map(str(arrow)) as source:
        reader = pa.ipc.open_file(source)
        schema, described = with_payload(reader.schema, stored), described_columns(reader.schema)
        batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]  # mapped, not read
        rows = batches[0].num_rows if batches else 1
        with ShardWriter(file, file.parent, schema, stored, rows) as writer:
            for batch in batches:
                for row in range(batch.num_rows):
                    writer.write({name: to_value(batch[name], row, described.get(name)) for name in schema.names})
