"""A sample as a page plays it: pictures, overlays, and texts that a person reads; all of it plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidsynth.report.preview.overlays import LAYERS, clips, lies_over, overlays, series, spectra
from vidsynth.report.preview.sheet import caption_of, seconds, spectrum, title
from vidsynth.report.preview.strips import clip_strip, mask_strip

MOST_FRAMES = 64  # of a clip; of longer ones as many are shown, evenly spread
_LONG_LIST, _LONG_TEXT = 12, 500
_SERIES = 400  # values of a curve


def played(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page knows of a sample that it plays."""
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
    curves = {name: plain(_thinned(values)) for name, values in series(sample).items()}
    texts = {
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
        "values": texts,
        "sources": sources,
        "plan": _readable(sample["plan"]),
    }


def plain(value: Any) -> Any:
    """Return a value that JSON has: no NaN, no endless text."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value[:_LONG_TEXT] if isinstance(value, str) else value


def _spread_frames(count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, count - 1, min(count, MOST_FRAMES)).round().astype(np.int64))


def _thinned(values: list[float]) -> list[float]:
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
