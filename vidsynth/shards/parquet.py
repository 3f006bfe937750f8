"""Shards as Parquet files, and back: what the Hub's viewer shows, and what can be mapped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def arrow_to_parquet(arrow: Path, parquet: Path) -> None:
    """Write a shard as a Parquet file, a row group a record batch; the schema keeps both its descriptions.

    The same shard gives the same bytes, with the same pyarrow. Chunks that depend on the content let the Hub store
    once what two versions of a data set share; the page index lets its viewer read single rows.
    """
    settings: dict[str, Any] = {"compression": "zstd", "use_dictionary": False, "write_page_index": True}
    settings |= {"use_content_defined_chunking": True}
    settings |= {
        "use_compliant_nested_type": False
    }  # items of lists keep Arrow's name: the schema comes back as it was
    with pa.memory_map(str(arrow)) as source, parquet.open("wb") as out:
        reader = pa.ipc.open_file(source)
        with pq.ParquetWriter(out, reader.schema, **settings) as writer:
            for number in range(reader.num_record_batches):
                writer.write_batch(reader.get_batch(number), reader.get_batch(number).num_rows)
        out.flush()
        os.fsync(out.fileno())


def parquet_to_arrow(parquet: Path, arrow: Path) -> None:
    """Write a Parquet shard as an Arrow IPC file, a record batch a row group. Raises pa.ArrowException."""
    with pq.ParquetFile(parquet) as source, arrow.open("wb") as out:
        with pa.ipc.new_file(out, source.schema_arrow) as writer:
            for number in range(source.num_row_groups):
                for batch in source.read_row_group(number).combine_chunks().to_batches():
                    writer.write_batch(batch)
        out.flush()
        os.fsync(out.fileno())
