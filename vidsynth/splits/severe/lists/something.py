"""Lists of Something-Something v2: JSON files of videos, and one of classes.

    something-something-v2-train.json, -validation.json   [{"id", "label", "template", "placeholders"}, …]
    something-something-v2-test.json                      [{"id"}, …]
    something-something-v2-labels.json                    {"Approaching something with your camera": "0", …}

The authors' reader (action_recognition/datasets/something.py) takes the brackets out of a template and looks it up.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest, ManifestRow
from vidsynth.splits.severe.lists.lines import first_of, rows_by_split, told
from vidsynth.splits.severe.numbers import NUMBER, Listed, Published, Texts, name_of

_LONG = "something-something-v2-"  # the newer archive leaves it out
_NAME = _LONG + "{}.json"
_LABELS = _NAME.format("labels")
_FILES = {"train": _NAME.format("train"), "val": _NAME.format("validation"), "test": _NAME.format("test")}


def read(texts: Texts) -> Published:
    """Return what the JSON files say; videos of the test split have no class, and are left out. Raises SourceError."""
    file, text = first_of(texts, [_LABELS, "labels.json"])
    labels = _json(text or "{}", file, dict)
    if not all(str(number).isdecimal() for number in labels.values()):
        raise SourceError(f"{file}: gives templates other values than class numbers")
    classes = [name for name, _ in sorted(labels.items(), key=lambda item: int(item[1]))]
    lines = []
    for split in ("train", "val"):
        file, text = first_of(texts, [_FILES[split], _FILES[split].removeprefix(_LONG)])
        for at, video in enumerate(_json(text or "[]", file, list)):
            if not isinstance(video, dict) or "id" not in video:
                raise SourceError(f"{file}: item {at}: has no id")
            template = str(video.get("template")).replace("[", "").replace("]", "")
            if template not in labels:
                raise SourceError(f"{file}: item {at}: template {template!r} is not in {_LABELS}")
            lines.append(Listed(str(video["id"]), split, int(labels[template])))
    return Published(lines, classes, drops_missing=True)


def write(manifest: Manifest, published: Published | None) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the four files. Raises SourceError."""
    rows = rows_by_split(manifest)
    classes = dict(enumerate(published.classes)) if published else {}
    for split, file in _FILES.items():
        videos = []
        for row, extra in rows.pop(split, []):
            name = name_of(row.path)
            if not name.isdecimal():
                raise SourceError(f"{row.video_id}: {name!r} is no id of Something-Something, which are numbers")
            videos.append({"id": name} if split == "test" else {"id": name, **_described(row, extra, classes)})
        yield file, ["[\n", ",\n".join(json.dumps(video, separators=(",", ":")) for video in videos), "\n]\n"]
    if rows:
        raise SourceError(f"split {min(rows)!r}: these lists have {', '.join(_FILES)} alone")
    yield _LABELS, [json.dumps({name: str(number) for number, name in sorted(classes.items())}, indent=1), "\n"]


def _described(row: ManifestRow, extra: dict[str, Any], classes: dict[int, str]) -> dict[str, Any]:
    """Return a video's template and the rest of its line; a template not met before joins `classes`."""
    number = told(row, extra, NUMBER)
    template = extra.get("template") or classes.get(number) or (row.labels[0] if row.labels else "")
    plain = template.replace("[", "").replace("]", "")
    if classes.setdefault(number, plain) != plain:
        raise SourceError(f"{row.video_id}: class {number} is {classes[number]!r} in other rows, {plain!r} here")
    return {"label": row.text or "", "template": template, "placeholders": extra.get("placeholders") or []}


def _json(text: str, file: str, kind: type) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{file}: not readable as JSON: {error}") from None
    if not isinstance(value, kind):
        raise SourceError(f"{file}: holds {type(value).__name__}, not {kind.__name__}")
    return value
