"""The dataset card: README.md of a build folder, as the Hugging Face Hub shows it."""

from __future__ import annotations

from vidsynth.columns import ValueColumn
from vidsynth.generator import Generator
from vidsynth.report.amounts import size_text
from vidsynth.shards.folder import BuildFolder, write_atomically
from vidsynth.shards.reader import Shards
from vidsynth.shards.schema import described_columns

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))

_FORMS = {
    "raw": "uint8 RGB, raw bytes",
    "jpeg": "one JPEG a frame",
    "h264": "mp4 (H.264)",
    "lossless": "mp4 (H.264 RGB, lossless)",
    "array": "{dtype}, raw bytes",
}


def write_card(folder: BuildFolder, shards: Shards, generator: Generator) -> None:
    """Write README.md: how to load the samples, what they are, how they were made."""
    write_atomically(folder.card, card(shards, generator).encode())


def card(shards: Shards, generator: Generator) -> str:
    """Return the card's text."""
    recipe, summary, about = generator.recipe, shards.summary, generator.manifest.about
    described = described_columns(shards.schema)
    name = shards.folder.path.resolve().name
    size = next((text for limit, text in _SIZES if len(shards) < limit), "n>1M")
    rows = [
        f"| `{column}` | {_FORMS[facts['kind']].format(dtype=facts.get('dtype'))} | {_shape(facts['shape'])} |"
        for column, facts in described.items()
    ]
    rows += [
        f"| `{column}` | {kind.about or 'value'} | {kind.dtype} |"
        for column, kind in generator.columns.items()
        if isinstance(kind, ValueColumn)
    ]
    columns = "\n".join(rows)
    raw = next((c for c, facts in described.items() if facts["kind"] in ("array", "raw")), None)
    hint = (
        f'# {raw} is bytes: np.frombuffer(row["{raw}"], "{described[raw].get("dtype", "uint8")}")'
        f".reshape({_tuple(described[raw]['shape'])})\n"
        if raw
        else ""
    )
    absent = ""
    if summary["absent"]:
        reasons = "\n".join(f"- {count} × {reason}" for reason, count in summary["failures"].items())
        absent = (
            f"\n{summary['absent']} of {summary['samples']} samples are absent, because videos that they "
            f"need could not be read; `failures.parquet` lists each. Videos, by reason:\n\n{reasons}\n"
        )
    preview = f"![preview]({folder.preview.name})\n\n" if (folder := shards.folder).preview.exists() else ""
    source = "\n".join(f"- {key}: {value}" for key, value in about.items() if key != "name")
    return f"""---
pretty_name: {name}
size_categories:
- {size}
tags:
- video
- vidsynth
- {generator.name}
configs:
- config_name: default
  data_files:
  - split: train
    path: data/*.arrow
---

# {name}

{generator.about}

{len(shards)} samples in {len(summary["shards"])} shards, {size_text(summary["bytes"])}.

{preview}## Load

```python
import vidsynth

samples = vidsynth.load("{name}/")        # memory-mapped; clips and arrays come as numpy arrays
samples[0]
```

```python
from datasets import load_dataset

rows = load_dataset("{name}/", split="train")
row = rows[0]
{hint}```

## Columns

| column | form | shape |
| --- | --- | --- |
| `index`, `key` | the sample's number | |
| `plan` | every decision that made it; renders it again | |
| `sources` | id, path, frame times (s) and sha256 of the decoded frames of each clip used | |
{columns}
{absent}
## Made from

`{recipe.source.name}`{f", split {recipe.source.split}" if recipe.source.split else ""}: \
{len(generator.manifest)} videos.
{source}

## Recipe

`vidsynth run recipe.yaml --out again/` builds the same bytes again \
(recipe {summary["recipe"][:12]}, vidsynth {summary["vidsynth"]}).

```yaml
{recipe.to_yaml().strip()}
```
"""


def _shape(shape: list[int]) -> str:
    return "×".join(str(side) for side in shape)


def _tuple(shape: list[int]) -> str:
    return ", ".join(str(side) for side in shape)
