"""What is in a folder or a file: a build, a manifest, a recipe, a shard."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from vidsynth.errors import SourceError
from vidsynth.manifest import SCHEMA as MANIFEST
from vidsynth.report.inspect.build import BuildFacts, inspect_build
from vidsynth.report.inspect.manifest import ManifestFacts, inspect_manifest
from vidsynth.report.inspect.recipe import RecipeFacts, inspect_recipe
from vidsynth.report.inspect.table import TableFacts, inspect_table
from vidsynth.shards.folder import BuildFolder

__all__ = ["BuildFacts", "Found", "ManifestFacts", "RecipeFacts", "TableFacts", "inspect"]

Found = BuildFacts | ManifestFacts | RecipeFacts | TableFacts


def inspect(path: str | Path) -> Found:
    """Return what is in a build folder (finished or not), a manifest, a recipe or a single .arrow or .parquet file.

    Raises SourceError, ShardError or RecipeError where there is none of them, or it is damaged.
    """
    path = Path(path)
    if path.is_dir():
        if BuildFolder(path).recipe.exists():
            return inspect_build(path)
        raise SourceError(f"{path}: no build here (no recipe.yaml); of videos, `vidsynth index {path}` says more")
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder")
    match path.suffix.lower():
        case ".yaml" | ".yml":
            return inspect_recipe(path)
        case ".csv" | ".tsv" | ".jsonl":
            return inspect_manifest(path)
        case ".parquet":
            return inspect_manifest(path) if "path" in _schema(path).names else inspect_table(path)
        case ".arrow":
            return inspect_manifest(path) if _schema(path).equals(MANIFEST) else inspect_table(path)
    raise SourceError(f"{path}: what can be inspected is a build folder, .yaml, .parquet, .arrow, .csv, .tsv or .jsonl")


def _schema(file: Path) -> pa.Schema:
    try:
        if file.suffix.lower() == ".parquet":
            return pq.read_schema(file)
        with pa.memory_map(str(file)) as source:
            return pa.ipc.open_file(source).schema
    except (OSError, ValueError) as error:  # pa.ArrowInvalid is a ValueError
        raise SourceError(f"{file}: not readable as {file.suffix[1:]}: {' '.join(str(error).split())}") from None
