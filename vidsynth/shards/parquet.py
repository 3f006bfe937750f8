"""Shards as Parquet files, and back: what the Hub's viewer shows, and what can be mapped."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def parquet_to_arrow(parquet: Path, arrow: Path) -> None:
    """Write a Parquet shard as an Arrow IPC file, a record batch a row group. Raises pa.ArrowException."""
    with pq.ParquetFile(parquet) as source, arrow.open("wb") as out:
        with pa.ipc.new_file(out, source.schema_arrow) as writer:
            for number in range(source.num_row_groups):
                for batch in source.read_row_group(number).combine_chunks().to_batches():
                    writer.write_batch(batch)
        out.flush()
        os.fsync(out.fileno())
