"""Manifests: tables that say which videos there are, and what is known of each.

One row a video (or a segment of one). Columns:

    video_id    string, unique; rows are sorted by it, so that row numbers are stable
    path        string, relative to the manifest's root, never leaving it
    split       string or null
    start_s     float64, seconds from the start of the file; null means 0
    end_s       float64, exclusive; null means the end of the file
    labels      list of strings
    text        string or null
    modalities  list of strings
    extra       string or null: a JSON object with whatever else the source knew

An empty string or list says no more than null, and is stored as null. Parquet, CSV and JSON lines
in; Parquet, CSV, JSON lines and Arrow IPC out.
"""

from __future__ import annotations

import bisect
import contextlib
import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq
from numpy.typing import NDArray

from vidsynth.errors import SourceError
from vidsynth.part_files import written_whole
from vidsynth.store import folder_location

SCHEMA = pa.schema(
    [
        pa.field("video_id", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("split", pa.string()),
        pa.field("start_s", pa.float64()),
        pa.field("end_s", pa.float64()),
        pa.field("labels", pa.list_(pa.string())),
        pa.field("text", pa.string()),
        pa.field("modalities", pa.list_(pa.string())),
        pa.field("extra", pa.string()),
    ]
)
_ABOUT_KEY, _HASH_KEY = b"vidsynth", b"vidsynth.hash"
MAX_ROWS = 100_000_000
MAX_SECONDS = 1e9  # 31 years: a later time is a damaged number
_SHOWN = 80  # characters of a wrong value, in messages
# A path that is absolute (POSIX or Windows), climbs out with "..", or holds a NUL.
ESCAPES = r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\x00"
_LIST_SEPARATOR = ";"
_PIECE = 65536  # rows
_EXTRA_KINDS = (pa.string(), pa.int64(), pa.float64(), pa.list_(pa.string()))


class ManifestRow(NamedTuple):
    """One row, as plain Python values; `labels` and `modalities` are tuples."""

    video_id: str
    path: str
    split: str | None
    start_s: float
    end_s: float | None
    labels: tuple[str, ...]
    text: str | None
    modalities: tuple[str, ...]
    extra: str | None


class Manifest:
    """A validated, sorted table of videos under one root: a folder, or a URL.

    `about` holds strings that describe the source (name, licence, homepage, annotations); they
    travel with the files but do not enter the hash.
    """

    def __init__(self, table: pa.Table, root: str | Path, about: Mapping[str, str] | None = None) -> None:
        self.table: pa.Table = table
        self.root = folder_location(root)
        self.about: dict[str, str] = dict(about or {})
        self._hash: str | None = None
        # A column of nulls alone is not looked at again: most manifests have several.
        columns = [table[name] for name in SCHEMA.names]
        self._columns = [column if column.null_count < len(column) else None for column in columns]

    @classmethod
    def from_columns(
        cls,
        columns: Mapping[str, Sequence[Any]] | pa.Table,
        root: str | Path,
        about: Mapping[str, str] | None = None,
        *,
        where: str = "manifest",
    ) -> Manifest:
        """Build a manifest from columns of equal length; only `path` is required.

        `video_id` defaults to the path without its suffix, `label` is read as `labels`, and unknown
        columns go into `extra`. `where` names the origin in messages. Raises SourceError.
        """
        if isinstance(columns, pa.Table):
            table = columns
        else:
            table = pa.table({name: _array(name, values, where) for name, values in columns.items()})
        return cls(_validated(_normalised(table, where), where), root, about)

    @classmethod
    def read(cls, path: str | Path, root: str | Path | None = None) -> Manifest:
        """Read a .parquet, .csv, .tsv or .jsonl manifest; its videos lie under `root` (default: its folder).

        Raises SourceError, naming file, row and field.
        """
        path = Path(path)
        reader = _READERS.get(path.suffix.lower())
        if reader is None:
            raise SourceError(f"{path}: a manifest ends in {', '.join(_READERS)}, not {path.suffix!r}")
        try:
            table = reader(path)
        except FileNotFoundError:
            raise SourceError(f"{path}: no such manifest") from None
        except (pa.ArrowException, OSError, ValueError, MemoryError, csv.Error) as error:
            raise SourceError(f"{path}: not readable as {path.suffix[1:]}: {_one_line(error)}") from None
        return cls.from_columns(table, root or path.parent, _about(table, path), where=str(path))

    @classmethod
    def open_arrow(cls, path: str | Path, root: str | Path) -> Manifest:
        """Memory-map a file that `write` made with the suffix .arrow: no copy, shared by processes.

        Its hash is the one that the file tells, so that no process need read every row. Raises SourceError.
        """
        try:
            table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
            digest = table.schema.metadata[_HASH_KEY].decode()
        except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
            raise SourceError(f"{path}: not a manifest that vidsynth wrote: {_one_line(error)}") from None
        if not table.schema.equals(SCHEMA):
            raise SourceError(f"{path}: not a manifest that vidsynth wrote: its columns are others")
        manifest = cls(table, root, _about(table, Path(path)))
        manifest._hash = digest
        return manifest

    def write(self, path: str | Path) -> None:
        """Write .parquet, .csv, .jsonl or .arrow, by the suffix: whole or not at all."""
        path = Path(path)
        with written_whole(path) as beside:
            self._write(beside, path)

    def _write(self, path: Path, name: Path) -> None:
        """Write to `path`; errors speak of `name`."""
        about = {_ABOUT_KEY: json.dumps(self.about, sort_keys=True)}
        table = self.table.replace_schema_metadata(about)
        match path.suffix.lower():
            case ".parquet":
                pq.write_table(table, path, compression="zstd")
            case ".arrow":
                table = table.replace_schema_metadata(about | {_HASH_KEY: self.hash()})
                with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
                    writer.write_table(table, max_chunksize=65536)
            case ".csv":
                self._refuse_separators(name)
                _refuse_formulas(table, name)
                with path.open("w", newline="", encoding="utf-8") as file:
                    out = csv.writer(file)
                    out.writerow(SCHEMA.names)
                    out.writerows([_csv_cell(value) for value in row.values()] for row in _dicts(table))
            case ".jsonl":
                with path.open("w", encoding="utf-8") as file:
                    for row in _dicts(table):
                        file.write(json.dumps({k: v for k, v in row.items() if v not in (None, [])}) + "\n")
            case suffix:
                raise SourceError(f"{name}: a manifest is written as .parquet, .csv, .jsonl or .arrow, not {suffix!r}")

    def _refuse_separators(self, path: Path) -> None:
        for name in ("labels", "modalities"):
            items = self.table[name].combine_chunks().flatten()
            bad = items.filter(pc.match_substring(items, _LIST_SEPARATOR))
            if len(bad):
                why = f"holds {_LIST_SEPARATOR!r}, which stands between the items of a CSV cell"
                raise SourceError(f"{path}: {name}: {bad[0].as_py()!r} {why}; write .parquet or .jsonl")

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, index: int) -> ManifestRow:
        cells: list[Any] = [column[index].as_py() if column is not None else None for column in self._columns]
        video_id, path, split, start_s, end_s, labels, text, modalities, extra = cells
        return ManifestRow(
            video_id, path, split, start_s or 0.0, end_s, tuple(labels or ()), text, tuple(modalities or ()), extra
        )

    def __repr__(self) -> str:
        return f"Manifest({len(self)} rows, root={str(self.root)!r})"

    def take(self, rows: NDArray[np.bool_ | np.int64] | Sequence[int]) -> Manifest:
        """Return the rows of a boolean mask or of a list of row numbers, still sorted by id."""
        numbers = np.asarray(rows)
        if numbers.dtype == bool:
            numbers = np.flatnonzero(numbers)
        return Manifest(self.table.take(pa.array(np.sort(numbers), pa.int64())).combine_chunks(), self.root, self.about)

    def extras(self) -> list[dict[str, Any]]:
        """Return what `extra` holds of each row, as plain values."""
        return [json.loads(text) if text else {} for text in self.table["extra"].to_pylist()]

    def extra_column(self, name: str) -> pa.Array:
        """Return what `extra` holds under one name, a value a row: strings, integers, floats or lists of strings.

        Values that are of several kinds come as their JSON text. A row without the name is null. Arrow reads
        the JSON, several times faster than `extras`.
        """
        pieces = _pieces(self.table["extra"].fill_null("{}"))
        for kind in _EXTRA_KINDS if pieces else ():
            try:
                return pa.concat_arrays([_json_column(piece, name, kind) for piece in pieces])
            except pa.ArrowInvalid:
                continue  # a value of another kind, or a line that is longer than Arrow takes
        values = [row.get(name) for row in self.extras()]
        for kind in _EXTRA_KINDS:
            with contextlib.suppress(*_WRONG_VALUE):
                return pa.array(values, kind)
        return pa.array([None if value is None else json.dumps(value, sort_keys=True) for value in values], pa.string())

    def replaced(self, columns: Mapping[str, Sequence[Any]], *, where: str = "manifest") -> Manifest:
        """Return a copy with some columns replaced; names that are no columns go into `extra`. Raises SourceError."""
        table = self.table
        for name, values in columns.items():
            array = _array(name, values, where)
            number = table.schema.get_field_index(name)
            table = table.append_column(name, array) if number < 0 else table.set_column(number, name, array)
        return Manifest.from_columns(table, self.root, self.about, where=where)

    def only_split(self, split: str) -> Manifest:
        """Return the rows of one split. Raises SourceError, naming the splits that exist."""
        have = [s for s in pc.unique(self.table["split"]).to_pylist() if s is not None]
        if split not in have:
            name = self.about.get("name", "the source")
            raise SourceError(f"{name} has no split {split!r}; it has {', '.join(sorted(have)) or 'none'}")
        return self.take(pc.equal(self.table["split"], split).fill_null(False).to_numpy(zero_copy_only=False))

    def hash(self) -> str:
        """Return a sha256 of the rows: equal tables give equal hashes, however they were stored.

        Per column: name, type, null mask, then for strings the lengths and the bytes, for numbers
        the values, for lists the lengths and the hash of the items.
        """
        if self._hash is not None:
            return self._hash
        digest = hashlib.sha256()
        for name in SCHEMA.names:
            digest.update(f"{name}:{SCHEMA.field(name).type}\n".encode())
            _hash_pieces(digest, _pieces(self.table[name]), SCHEMA.field(name).type)
        self._hash = digest.hexdigest()
        return self._hash


def _json_column(texts: pa.Array, name: str, kind: pa.DataType) -> pa.Array:
    """Return one name's values in JSON objects, a line each. Raises ArrowInvalid where one is not of the kind."""
    lines = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts), "\n")
    parse = pyarrow.json.ParseOptions(explicit_schema=pa.schema([(name, kind)]), unexpected_field_behavior="ignore")
    read = pyarrow.json.ReadOptions(use_threads=False, block_size=1 << 24)
    return pyarrow.json.read_json(pa.BufferReader(lines[0].as_buffer()), read, parse)[name].combine_chunks()


def _dicts(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=4096):
        yield from batch.to_pylist()


def _csv_cell(value: Any) -> Any:
    return _LIST_SEPARATOR.join(value) if isinstance(value, list) else value


def _pieces(column: pa.ChunkedArray) -> list[pa.Array]:
    """Cut a column into short arrays without copying: what is computed of each takes little memory."""
    return [chunk.slice(start, _PIECE) for chunk in column.chunks for start in range(0, len(chunk), _PIECE)]


def _hash_pieces(digest: hashlib._Hash, pieces: Sequence[pa.Array], kind: pa.DataType) -> None:
    """Add a column to a hash, as if it were in one piece."""
    digest.update(sum(map(len, pieces)).to_bytes(8, "little"))
    for piece in pieces:
        digest.update(piece.is_valid().to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_string(kind) or pa.types.is_list(kind):
        length = pc.binary_length if pa.types.is_string(kind) else pc.list_value_length
        for piece in pieces:
            lengths = length(piece).fill_null(0).to_numpy(zero_copy_only=False)
            digest.update(lengths.astype("<i8").tobytes())
    if pa.types.is_list(kind):
        _hash_pieces(digest, [piece.flatten() for piece in pieces], kind.value_type)
        return
    for piece in pieces:
        if pa.types.is_string(kind):
            filled = piece.fill_null("")
            _, offsets, data = filled.buffers()
            if data is not None:
                bounds = np.frombuffer(offsets, np.int32)[filled.offset : filled.offset + len(filled) + 1]
                digest.update(memoryview(data)[int(bounds[0]) : int(bounds[-1])])
        else:
            digest.update(piece.fill_null(0).to_numpy(zero_copy_only=False).astype("<f8").tobytes())


# ------------------------------------------------------------------------------ reading files


def _about(table: pa.Table, path: Path) -> dict[str, str]:
    """Return what a file says of its source. Raises SourceError."""
    try:
        about = json.loads((table.schema.metadata or {}).get(_ABOUT_KEY, b"{}"))
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict) or not all(isinstance(value, str) for value in about.values()):
        raise SourceError(f"{path}: its metadata `vidsynth` is no JSON object of texts")
    return about


def _read_parquet(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:
        if file.metadata.num_rows > MAX_ROWS:
            raise SourceError(f"{path}: {file.metadata.num_rows} rows are more than the {MAX_ROWS} that are read")
        return file.read()


def _read_csv(path: Path) -> pa.Table:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    with path.open(newline="", encoding="utf-8-sig") as file:
        header = next(csv.reader(file, delimiter=delimiter), [])
    if len(set(header)) != len(header) or not header:
        raise SourceError(f"{path}: line 1 must name the columns, each once; it reads {_shown(','.join(header))}")
    table = pyarrow.csv.read_csv(
        path,
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={name: pa.string() for name in header}, strings_can_be_null=True, null_values=[""]
        ),
    )
    _refuse_formulas(table, path)
    return table


def _refuse_formulas(table: pa.Table, path: Path) -> None:
    """Refuse cells that a spreadsheet would take for a formula, and run. Raises SourceError."""
    for name in table.column_names:
        if pa.types.is_string(table[name].type):
            row = pc.index(pc.starts_with(table[name], "="), True).as_py()
            if row >= 0:
                cell = _shown(table[name][row].as_py())
                raise SourceError(f"{path}: row {row + 1}: {name} {cell} is a spreadsheet's formula; put its value")


def _read_jsonl(path: Path) -> pa.Table:
    # pyarrow's own reader takes strings for dates, and makes broken arrays of lists that hold a null.
    rows = []
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line) if line.strip() else {}
            except (ValueError, RecursionError) as error:
                raise SourceError(f"{path}: line {number} is not JSON: {str(error).partition(': line')[0]}") from None
            if not isinstance(row, dict):
                raise SourceError(f"{path}: line {number} is not a JSON object")
            if row:
                rows.append(row)
    names = dict.fromkeys(name for row in rows for name in row)
    if odd := [name for name in names if not name.isprintable()]:
        raise SourceError(f"{path}: {_shown(odd[0])} cannot be the name of a column")
    return pa.table({name: _array(name, [row.get(name) for row in rows], str(path)) for name in names})


_READERS = {".parquet": _read_parquet, ".csv": _read_csv, ".tsv": _read_csv, ".jsonl": _read_jsonl}


def _one_line(error: BaseException) -> str:
    return _short(" ".join(str(error).split()), 4 * _SHOWN)


def _shown(value: object) -> str:
    return _short(repr(value))


def _short(text: str, most: int = _SHOWN) -> str:
    """Return a text, cut off where it is long, that any stream can print."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= most else f"{text[:most]}…"


# ------------------------------------------------------------------------------ checking

_WRONG_VALUE = (ValueError, TypeError, OverflowError, NotImplementedError)  # what pyarrow's own errors derive from


def _array(name: str, values: Sequence[Any], where: str) -> pa.Array:
    """Return a column of plain values; the first row that does not go with those before it is named."""
    try:
        return pa.array(values)
    except _WRONG_VALUE as error:

        def fails(stop: int) -> bool:
            try:
                pa.array(values[:stop])
            except _WRONG_VALUE:
                return True
            return False

        row = 1 + bisect.bisect_left(range(1, len(values) + 1), True, key=fails)
        raise SourceError(f"{where}: row {row}: {_short(name)}: {_one_line(error)}") from None


def _normalised(table: pa.Table, where: str) -> pa.Table:
    """Bring columns to SCHEMA's names and types; unknown ones go into `extra`."""
    twice = [name for name, count in Counter(table.column_names).items() if count > 1]
    if twice:
        raise SourceError(f"{where}: column {_shown(twice[0])} stands there twice")
    if "labels" not in table.column_names and "label" in table.column_names:
        table = table.rename_columns(["labels" if name == "label" else name for name in table.column_names])
    if "path" not in table.column_names:
        raise SourceError(f"{where}: no column 'path' (columns: {_short(', '.join(table.column_names)) or 'none'})")
    if "video_id" not in table.column_names:
        path = _typed(table["path"], SCHEMA.field("path"), where)
        stem = pc.replace_substring_regex(path, r"\.[A-Za-z0-9]{1,5}$", "")
        table = table.append_column("video_id", stem)
    others = [name for name in table.column_names if name not in SCHEMA.names]
    columns = {}
    for field in SCHEMA:
        if field.name in table.column_names:
            columns[field.name] = _typed(table[field.name], field, where)
        else:
            columns[field.name] = pa.nulls(table.num_rows, field.type)
    if others or "extra" in table.column_names:
        unknown = _dicts(table.select(others)) if others else ({} for _ in range(table.num_rows))
        columns["extra"] = pa.array(_joined(columns["extra"].to_pylist(), unknown, where), pa.string())
    return pa.table(columns, schema=SCHEMA)


def _joined(extra: list[str | None], unknown: Iterator[dict[str, Any]], where: str) -> Iterator[str | None]:
    encode = json.JSONEncoder(sort_keys=True, default=str).encode
    for number, (text, row) in enumerate(zip(extra, unknown, strict=True), 1):
        try:
            values = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise SourceError(f"{where}: row {number}: extra must be a JSON object, not {_shown(text)}")
        values |= {name: value for name, value in row.items() if value is not None}
        yield encode(values) if values else None


def _typed(column: pa.ChunkedArray, field: pa.Field, where: str) -> pa.ChunkedArray:
    try:
        return _cast(column, field)
    except _WRONG_VALUE:
        pass
    for row in range(len(column)):  # slow, only to say which row is wrong
        try:
            _cast(column[row : row + 1], field)
        except _WRONG_VALUE:
            kind = "a number of seconds" if pa.types.is_floating(field.type) else str(field.type)
            value = column[row].as_py()
            raise SourceError(f"{where}: row {row + 1}: {field.name} must be {kind}, not {_shown(value)}") from None
    raise SourceError(f"{where}: column {field.name} is {column.type}, not {field.type}")


def _cast(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if pa.types.is_list(field.type) and not pa.types.is_nested(column.type):
        column = pc.split_pattern(_nulled(column.cast(pa.string())), _LIST_SEPARATOR)
    column = column.cast(field.type)
    return _nulled(column) if field.nullable and not pa.types.is_floating(field.type) else column


def _nulled(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Put null for empty strings and lists: one form for nothing, and so one hash."""
    length = pc.list_value_length if pa.types.is_list(column.type) else pc.binary_length
    return pc.if_else(pc.equal(length(column), 0), None, column)


def _validated(table: pa.Table, where: str) -> pa.Table:
    """Sort by id and check every row; the first offender is named."""

    def refuse(bad: pa.Array, field: str, why: str) -> None:
        rows = np.flatnonzero(pc.fill_null(bad, True).to_numpy(zero_copy_only=False))
        if len(rows):
            value = table[field][int(rows[0])].as_py()
            more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
            raise SourceError(f"{where}: row {rows[0] + 1}: {field} {_shown(value)} {why}{more}")

    for name in ("path", "video_id"):
        refuse(pc.is_null(table[name]), name, "is missing")
        refuse(pc.equal(table[name], ""), name, "is empty")
    refuse(pc.match_substring_regex(table["path"], ESCAPES), "path", "leaves the manifest's folder")
    for name in ("labels", "modalities"):
        column = table[name].combine_chunks()
        nothing = pc.fill_null(pc.equal(column.flatten(), ""), True)
        bad = np.zeros(table.num_rows, bool)
        bad[pc.list_parent_indices(column).filter(nothing).to_numpy(zero_copy_only=False)] = True
        refuse(pa.array(bad), name, "holds an empty item")
    start = table["start_s"].fill_null(0.0)
    end = table["end_s"].fill_null(1e300)
    refuse(pc.invert(pc.and_(pc.is_finite(start), pc.greater_equal(start, 0))), "start_s", "is not 0 or later")
    refuse(pc.invert(pc.and_(pc.is_finite(end), pc.greater(end, start))), "end_s", "does not lie after start_s")
    for name in ("start_s", "end_s"):
        refuse(pc.greater(table[name].fill_null(0.0), MAX_SECONDS), name, "is no time in a video")

    counts = pc.value_counts(table["video_id"]) if table.num_rows else None
    if counts is not None and len(counts) < table.num_rows:
        counted = counts.field("counts").to_numpy()
        twice = counts.field("values")[int(np.argmax(counted > 1))].as_py()
        raise SourceError(f"{where}: video_id {_shown(twice)} stands in {int(counted.max())} rows; ids must be unique")
    return table.take(pc.sort_indices(table["video_id"])).combine_chunks()
