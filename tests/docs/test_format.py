"""The page on the format names everything that a real build leaves."""

import json
from pathlib import Path

import pyarrow as pa


def test_every_file_key_and_column_of_a_build_is_described(docs: Path, demo_build: Path) -> None:
    page = (docs / "format.md").read_text(encoding="utf-8")
    shards = demo_build / "shards"
    for entry in [*shards.iterdir(), *(shards / ".vidsynth").iterdir()]:
        assert entry.name in page, f"a build leaves {entry.name}"
    summary = json.loads((shards / "vidsynth.json").read_bytes())
    marker = json.loads((shards / ".vidsynth" / "done" / "00000.json").read_bytes())
    for key in [*summary, *summary["shards"][0], *marker]:
        assert f"`{key}`" in page, key
    for name in summary["versions"]:
        assert name in page.lower(), name
    with pa.memory_map(str(shards / summary["shards"][0]["file"])) as file:
        schema = pa.ipc.open_file(file).schema
    for name in (*schema.names[:4], *(key.decode() for key in schema.metadata)):
        assert f"`{name}`" in page, name
    for payload in ("raw", "jpeg", "h264", "lossless", "none"):
        assert f"| `{payload}`" in page, payload
