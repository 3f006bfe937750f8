"""Numbers about the rows of a manifest that were made elsewhere: features of their sound, scores of classes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vidsynth.errors import SourceError, nearest
from vidsynth.manifest import Manifest
from vidsynth.shards.reader import Shards

_KEY = "video_id"


def read_features(path: str | Path, manifest: Manifest, column: str | None = None) -> NDArray[np.float32]:
    """Return features in the order of the manifest, float32 [rows, D]; NaN in rows that have none.

    path : a build folder of `vidsynth audio` (its descriptors; none for a row without sound), a .npy file with a row
        a row of the manifest, or a .parquet file with `video_id` and a column of lists of numbers.
    column : of the build or the file that holds them (default: `descriptor`).

    Raises SourceError or ShardError.
    """
    path = Path(path)
    if path.is_dir():
        found = _from_build(path, column or "descriptor")
    elif path.suffix == ".npy":
        return _from_npy(path, len(manifest))
    elif path.suffix == ".parquet":
        found = _from_parquet(path, column or "descriptor")
    else:
        raise SourceError(f"{path}: features are a build folder, a .npy or a .parquet file")
    widths = {len(row) for row in found.values()}
    if len(widths) > 1:
        raise SourceError(f"{path}: features of {min(widths)} and of {max(widths)} numbers; all must have as many")
    out = np.full((len(manifest), widths.pop() if widths else 1), np.nan, np.float32)
    for number, name in enumerate(manifest.table[_KEY].to_pylist()):
        if name in found:
            out[number] = found[name]
    if not np.isfinite(out).any():
        raise SourceError(f"{path}: has features of none of the manifest's {len(manifest)} rows ({_KEY} tells them)")
    return out


def _from_build(path: Path, column: str) -> dict[str, NDArray[np.float32]]:
    shards = Shards(path)
    if column not in shards.schema.names:
        raise SourceError(f"{path}: no column {column!r}{nearest(column, shards.schema.names)}")
    has_sound = "seconds" in shards.schema.names
    shards.columns = ("sources", column, *(["seconds"] if has_sound else []))
    found = {}
    for sample in shards:
        if not has_sound or sample["seconds"] > 0:
            found[sample["sources"][0]["video_id"]] = np.array(sample[column], np.float32).ravel()
    return found


def _from_npy(path: Path, rows: int) -> NDArray[np.float32]:
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise SourceError(f"{path}: not readable as .npy: {' '.join(str(error).split())}") from None
    if values.ndim != 2 or len(values) != rows or not np.issubdtype(values.dtype, np.floating):
        shape = f"{values.dtype} {list(values.shape)}"
        raise SourceError(f"{path}: must be floats [{rows}, D], a row a row of the manifest, not {shape}")
    return np.asarray(values, np.float32)


def _from_parquet(path: Path, column: str) -> dict[str, NDArray[np.float32]]:
    table = _read_table(path)
    if column not in table.column_names or not pa.types.is_nested(table[column].type):
        raise SourceError(
            f"{path}: no column {column!r} of lists of numbers (columns: {', '.join(table.column_names)})"
        )
    rows = zip(table[_KEY].to_pylist(), table[column].to_pylist(), strict=True)
    try:
        return {name: np.array(row, np.float32) for name, row in rows if row is not None}
    except (ValueError, TypeError):
        raise SourceError(f"{path}: column {column!r} holds something else than lists of numbers") from None


def read_scores(path: str | Path) -> tuple[list[str], dict[str, Sequence[float]]]:
    """Return (classes, video_id → a score a class) of a .csv or .parquet file: `video_id`, then a column a class.

    A cell without a value is NaN. Raises SourceError.
    """
    path = Path(path)
    table = _read_table(path)
    classes = [name for name in table.column_names if name != _KEY]
    if len(classes) < 2:
        raise SourceError(f"{path}: needs {_KEY} and a column of scores for each class, two at least")
    columns = []
    for name in classes:
        try:
            columns.append(table[name].cast(pa.float64()).fill_null(float("nan")).to_pylist())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise SourceError(f"{path}: column {name!r} holds something else than numbers") from None
    return classes, dict(zip(table[_KEY].to_pylist(), zip(*columns, strict=True), strict=True))


def _read_table(path: Path) -> pa.Table:
    """Read a .csv or .parquet file with a column `video_id`. Raises SourceError."""
    try:
        if path.suffix == ".parquet":
            table = pq.read_table(path)
        elif path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                header = next(csv.reader(file), [])
            as_text = pa.csv.ConvertOptions(column_types={_KEY: pa.string()})
            table = pa.csv.read_csv(path, convert_options=as_text) if header else pa.table({})
        else:
            raise SourceError(f"{path}: must be a .csv or a .parquet file")
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file") from None
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{path}: not readable: {' '.join(str(error).split())}") from None
    if _KEY not in table.column_names:
        raise SourceError(f"{path}: no column {_KEY!r} (columns: {', '.join(table.column_names) or 'none'})")
    ids = table[_KEY]
    if len(ids.unique()) < len(ids):
        raise SourceError(f"{path}: a {_KEY} stands in several rows")
    return table
