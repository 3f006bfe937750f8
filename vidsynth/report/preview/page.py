"""One HTML file that plays samples of a build: no server, no network, nothing beside it.

The page, its style and its script lie in `vidsynth/report/page/`. What they show comes as one JSON block; whatever
a caption or a path holds, it is text there and stays text: the script puts it into text nodes, and the page's
content security policy runs no script but its own and loads nothing but the pictures inside the file.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from vidsynth.columns import ValueColumn
from vidsynth.errors import VidsynthError
from vidsynth.recipe import to_yaml
from vidsynth.report.amounts import size_text
from vidsynth.report.preview.chosen import Build, spread
from vidsynth.report.preview.overlays import COLORS
from vidsynth.report.preview.played import MOST_FRAMES, plain, played
from vidsynth.report.preview.strips import LARGEST

MOST_BYTES = 20_000_000
_MOST_ROWS = 5000  # whose values are counted
_MOST_WORDS = 200  # different ones of a column that is chosen from, not searched


def page(build: Build, samples: int, *, most_bytes: int = MOST_BYTES) -> tuple[str, int]:
    """Return the page, and how many samples it plays: as many as asked for, or as fit into `most_bytes`.

    Samples are spread evenly over those that the build was asked for. Histograms and filters know the values of up
    to 5,000, played or not.
    """
    rows = spread(build.positions, _MOST_ROWS)
    known = _known(build, rows, most_bytes)
    while len(_filled(known).encode()) > most_bytes / 2 and len(rows) > 1:  # thousands of long captions
        rows = spread(rows, len(rows) // 2)
        known = _known(build, rows, most_bytes)
    room = most_bytes - len(_filled(known).encode())
    order = list(_coarse_first(spread(range(len(rows)), samples)))
    shown: list[tuple[int, str]] = []
    for row, sample in zip(order, build.samples([rows[row] for row in order]), strict=False):
        text = _json({"row": row, **played(sample)})
        room -= len(text.encode()) + 1
        if room < 0:
            break
        shown.append((row, text))
    return _filled(known, ",".join(text for _, text in sorted(shown))), len(shown)


def _known(build: Build, rows: Sequence[int], most_bytes: int) -> dict[str, Any]:
    """Return what the page knows of the build, and of the values of some of its samples."""
    return {
        "name": build.shards.folder.path.resolve().name,
        "generator": build.shards.summary["generator"],
        "facts": _facts(build),
        "about": _about(build),
        "fps": build.shards.recipe["payload"]["fps"],
        "colors": ["#{:02x}{:02x}{:02x}".format(*color) for color in COLORS],
        "note": _note(build, len(rows), most_bytes),
        "columns": list(_columns(build, rows)),
        "recipe": to_yaml(build.shards.recipe),
    }


def _filled(known: Mapping[str, Any], samples: str = "") -> str:
    """Return the page; `samples` are JSON already."""
    parts = {name: (resources.files("vidsynth") / "report/page" / f"page.{name}").read_text(encoding="utf-8")
             for name in ("html", "css", "js")}  # fmt: skip
    inside = {
        "title": html.escape(f"{known['name']} · vidsynth preview"),
        "policy": "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src {_hash(parts['css'])}; script-src {_hash(parts['js'])}",
        "style": parts["css"],
        "script": parts["js"],
        "data": f'{_json(known)[:-1]},"samples":[{samples}]}}',
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: inside[found[1]], parts["html"])


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(value: Any) -> str:
    """Return JSON that ends no script element and opens no comment, whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def _coarse_first(rows: Sequence[int]) -> Iterator[int]:
    """Yield rows so that however soon one stops, those had are spread about evenly: steps of 2^k, 2^(k-1), …, 1."""
    step = 1 << max(0, len(rows) - 1).bit_length()
    seen = set()
    while step:
        for at in range(0, len(rows), step):
            if at not in seen:
                seen.add(at)
                yield rows[at]
        step //= 2


def _facts(build: Build) -> list[list[str]]:
    summary = build.shards.summary
    shapes = {name: facts["shape"] for name, facts in build.shards.described.items() if facts["kind"] != "array"}
    return [
        ["samples", f"{len(build.shards):,}"],
        *([["absent", f"{summary['absent']:,}"]] if summary["absent"] else []),
        ["shards", f"{len(summary['shards']):,}, {size_text(summary['bytes'])}"],
        *([name, " × ".join(map(str, shape[:3]))] for name, shape in shapes.items()),
        ["recipe", summary["recipe"][:12]],
        ["vidsynth", summary["vidsynth"]],
    ]


def _note(build: Build, rows: int, most_bytes: int) -> str:
    return (
        f"Filters and histograms count {rows:,} samples, spread evenly over {len(build.positions):,} of the build's "
        f"{len(build.shards):,}. Clips are shown at no more than {LARGEST} pixels and {MOST_FRAMES} frames, in lossy "
        f"WebP, and this file takes up to {size_text(most_bytes)}. The shards hold the samples themselves."
    )


def _about(build: Build) -> str:
    try:
        return build.generator.about.replace("`", "")
    except (VidsynthError, OSError):
        return ""  # shards without the folder that they were built in


def _columns(build: Build, rows: Sequence[int]) -> Iterator[dict[str, Any]]:
    try:
        described: Mapping[str, Any] = build.generator.columns
    except (VidsynthError, OSError):
        described = {}
    for name in build.facts.names:
        values = [plain(value) for value in build.facts.values(name, rows)]
        kind = described.get(name)
        about = kind.about if isinstance(kind, ValueColumn) else ""
        yield {"name": name, "about": about, "kind": _kind(values), "values": values}


def _kind(values: Sequence[Any]) -> str:
    """Return how a column is asked about: number, words (chosen from), text (searched), or none (all are the same)."""
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    different = {item for item in items if item is not None}
    if any(isinstance(value, list) for value in values) and any(isinstance(item, float | int) for item in different):
        return "none"
    if len(different) < 2:
        return "none"
    if all(isinstance(item, float | int) and not isinstance(item, bool) for item in different):
        return "number"
    return "words" if len(different) <= min(_MOST_WORDS, len(items) - 1) else "text"
