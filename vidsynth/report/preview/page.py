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

import numpy as np
from numpy.typing import NDArray

from vidsynth.columns import ValueColumn
from vidsynth.errors import VidsynthError
from vidsynth.recipe import to_yaml
from vidsynth.report.amounts import size_text
from vidsynth.report.preview.chosen import Build, spread
from vidsynth.report.preview.overlays import COLORS, LAYERS, clips, lies_over, overlays, series, spectra
from vidsynth.report.preview.sheet import caption_of, seconds, spectrum, title
from vidsynth.report.preview.strips import LARGEST, clip_strip, mask_strip

MOST_BYTES = 20_000_000
_MOST_FRAMES = 64  # of a clip; of longer ones as many are shown, evenly spread
_MOST_ROWS = 5000  # whose values are counted
_MOST_WORDS = 200  # different ones of a column that is chosen from, not searched
_LONG_LIST, _LONG_TEXT = 12, 500
_SERIES = 400  # values of a curve


def page(build: Build, samples: int, *, most_bytes: int = MOST_BYTES) -> tuple[str, int]:
    """Return the page, and how many samples it plays: as many as asked for, or as fit into `most_bytes`.

    Samples are spread evenly over those that the build was asked for. Histograms and filters know the values of up
    to 5,000, played or not.
    """
    rows = spread(build.positions, _MOST_ROWS)
    played = spread(range(len(rows)), samples)
    rest = {
        "name": build.shards.folder.path.resolve().name,
        "generator": build.shards.summary["generator"],
        "facts": _facts(build),
        "about": _about(build),
        "fps": build.shards.recipe["payload"]["fps"],
        "colors": ["#{:02x}{:02x}{:02x}".format(*color) for color in COLORS],
        "note": _note(build, most_bytes),
        "columns": list(_columns(build, rows)),
        "recipe": to_yaml(build.shards.recipe),
    }
    room = most_bytes - len(_filled(rest | {"samples": []}).encode())
    shown: list[tuple[int, str]] = []
    order = list(_coarse_first(played))
    for row, sample in zip(order, build.samples([rows[row] for row in order]), strict=False):
        text = _json({"row": row, **_sample(sample)})
        room -= len(text.encode()) + 1
        if room < 0 and shown:
            break
        shown.append((row, text))
    # The samples are JSON already.
    return _filled(rest, ",".join(text for _, text in sorted(shown))), len(shown)


def _filled(rest: Mapping[str, Any], samples: str = "") -> str:
    parts = {name: (resources.files("vidsynth") / "report/page" / f"page.{name}").read_text(encoding="utf-8")
             for name in ("html", "css", "js")}  # fmt: skip
    inside = {
        "title": html.escape(f"{rest['name']} · vidsynth preview"),
        "policy": "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src {_hash(parts['css'])}; script-src {_hash(parts['js'])}",
        "style": parts["css"],
        "script": parts["js"],
        "data": f'{_json(rest)[:-1]},"samples":[{samples}]}}',
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


def _note(build: Build, most_bytes: int) -> str:
    return (
        f"Samples are spread evenly over {len(build.positions):,} of the build's {len(build.shards):,}. "
        f"Clips are shown at no more than {LARGEST} pixels and {_MOST_FRAMES} frames, in lossy WebP, and this file "
        f"takes up to {size_text(most_bytes)}. The shards hold the samples themselves."
    )


def _about(build: Build) -> str:
    try:
        return build.generator.about.replace("`", "")
    except (VidsynthError, OSError):
        return ""  # shards without the folder that they were built in


def _columns(build: Build, rows: Sequence[int]) -> Iterator[dict[str, Any]]:
    try:
        known: Mapping[str, Any] = build.generator.columns
    except (VidsynthError, OSError):
        known = {}
    for name in build.facts.names:
        values = [_plain(value) for value in build.facts.values(name, rows)]
        kind = known.get(name)
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


def _sample(sample: Mapping[str, Any]) -> dict[str, Any]:
    over = overlays(sample)
    pictures = []
    for name, clip in clips(sample).items():
        shown = _spread_frames(len(clip))
        strip = clip_strip(clip[shown])
        pictures.append({"name": name, "caption": caption_of(name, sample), "over": lies_over(name), **strip,
                         "shape": [clip.shape[2], clip.shape[1]], "numbers": shown.tolist()})  # fmt: skip
    if not pictures:
        pictures = [
            {"name": name, "caption": "", "over": False, "shape": [512, 160], "numbers": [0],
             **clip_strip(spectrum(values, 80, 256)[None])}
            for name, values in spectra(sample).items()
        ]  # fmt: skip
    layers = {}
    for name in LAYERS:
        values = getattr(over, name)
        if name == "masks" and values is not None:
            layers[name] = mask_strip(values[_spread_frames(len(values))], solid=over.solid)
        elif values is not None:
            axis = 2 if name == "tracks" else 1
            layers[name] = _rounded(values.take(_spread_frames(values.shape[axis]), axis))
    curves = {name: [round(value, 3) for value in _thinned(values)] for name, values in series(sample).items()}
    plain = {
        name: _readable(value)
        for name, value in sample.items()
        if name not in ("plan", "sources", "index") and not isinstance(value, np.ndarray) and name not in curves
    }
    sources = [
        {
            "video": source["video_id"],
            "path": source["path"],
            "seconds": seconds(source),
            "frames": len(source["times"] or ()),
            "sha256": source["sha256"],
        }
        for source in sample["sources"]
    ]
    return {
        "index": sample["index"],
        "title": title(sample),
        "clips": pictures,
        "layers": layers,
        "series": curves,
        "values": plain,
        "sources": sources,
        "plan": _readable(sample["plan"]),
    }


def _spread_frames(count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_FRAMES)).round().astype(np.int64))


def _thinned(values: Sequence[float]) -> Sequence[float]:
    return values[:: -(-len(values) // _SERIES)]


def _rounded(places: NDArray[np.float64]) -> Any:
    """Return places as nested lists, to a tenth of a pixel; null where a thing is not shown.

    Corners stand in one list: float64 [N, T, 4, 2] comes as [N, T, 8].
    """
    if places.shape[-2:] == (4, 2) and places.ndim == 4:
        places = places.reshape(*places.shape[:2], 8)
    if places.ndim > 2:
        return [_rounded(part) for part in places]
    return [None if np.isnan(place).any() else np.round(place, 1).tolist() for place in places]


def _plain(value: Any) -> Any:
    """Return a value that JSON has: no NaN, no endless text."""
    if isinstance(value, list):
        return [_plain(item) for item in value[:_LONG_LIST]]
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value[:_LONG_TEXT] if isinstance(value, str) else value


def _readable(value: Any) -> Any:
    """Return plain values as a person reads them: texts in lists and mappings; many numbers in a few words."""
    if isinstance(value, Mapping):
        return {str(name): _readable(inside) for name, inside in value.items()}
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    if isinstance(value, list | tuple):
        if value and all(isinstance(item, float | int) for item in value):
            return _numbers(value)
        shown = [_readable(item) for item in value[:_LONG_LIST]]
        return [*shown, f"… and {len(value) - len(shown)} more"] if len(value) > len(shown) else shown
    if isinstance(value, float):
        return f"{value:.6g}"
    if value is None:
        return "–"
    text = str(value)
    return text if len(text) <= _LONG_TEXT else f"{text[:_LONG_TEXT]}…"


def _numbers(values: Sequence[float]) -> str:
    if len(values) <= 8:
        return ", ".join(f"{value:.5g}" for value in values)
    return f"{len(values)} numbers, {min(values):.4g} to {max(values):.4g}"
