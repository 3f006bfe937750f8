"""Damaged manifests, annotation files, lists, predictions, masks: read, or refused in one line that says where."""

from __future__ import annotations

import copy
import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from vidsynth import Manifest
from vidsynth.benchmark.predictions import Predictions
from vidsynth.errors import SourceError, VidsynthError
from vidsynth.generators.occlusion.coco import CocoFile
from vidsynth.generators.occlusion.pngs import PngFolders
from vidsynth.generators.occlusion.regions import VideoMasks
from vidsynth.generators.occlusion.visor import Visor
from vidsynth.jobs.features import read_scores
from vidsynth.sources import classes, layout
from vidsynth.sources.registry import KNOWN
from vidsynth.video.probe import VideoInfo, probe

sys.path.insert(0, str(Path(__file__).parent))
from replicas import REPLICAS  # type: ignore[import-not-found]

LONG = "9" * 5000
TOKENS = [
    "", "\0", "\ufeff", "\r", "\r\n", "\n", '"', "'", ",", ";", "\t", " ", "\\", "[", "]", "{", "}", ":", "null",
    "true", "-", "-1", "0", "1e999", "NaN", "Infinity", "-Infinity", "1e308", "99999999999999999999", LONG, "0x1",
    "../", "../../etc/passwd", "/etc/passwd", "C:\\", "\\\\host\\share", "~", "$(id)", "`id`", "=1+1", "@SUM(A1)",
    "%s%n", "\\ud800", "\\u0000", "[" * 3000, '{"a":' * 3000, "x" * 200_000, "&a", "*a", "<<", "!!python/object:os.x",
    "2020-01-01", "é", "\u2028", "\x1b[31m", "\x85",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1e308, float("nan"), float("inf"), -float("inf"), 2**31, 2**63, 10**40, "", " ", "\0",
    "a\nb", "../x.mp4", "/x.mp4", "\ud800", "x" * 100_000, [], [[]], [None], ["a", 1], [[1, 2], [3]], {}, {"": 1},
    {"a": {"b": []}}, [1] * 1000, "1e400", "NaN",
]  # fmt: skip
FEW = settings(
    max_examples=60, deadline=None, phases=[Phase.generate, Phase.shrink], derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


def damaged_text(text: str) -> st.SearchStrategy[bytes]:
    """A text with one to three pieces replaced by something else, and perhaps bytes that are no UTF-8."""
    edit = st.tuples(st.integers(0, len(text)), st.integers(0, 12), st.sampled_from(TOKENS))

    def apply(edits: list[tuple[int, int, str]], tail: bytes) -> bytes:
        out = text
        for at, length, token in edits:
            out = out[:at] + token + out[at + length :]
        return out.encode("utf-8", "surrogatepass") + tail

    return st.builds(
        apply, st.lists(edit, min_size=1, max_size=3), st.sampled_from([b"", b"", b"\xff\xfe", b"\x80", b"\n\n"])
    )


def damaged_bytes(data: bytes) -> st.SearchStrategy[bytes]:
    """Bytes with a few of them changed, or cut off."""
    edit = st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255))

    def apply(edits: list[tuple[int, int]], stop: int) -> bytes:
        out = bytearray(data)
        for at, value in edits:
            out[at] = value
        return bytes(out[:stop])

    stops = st.one_of(st.just(len(data)), st.just(len(data)), st.integers(0, len(data)))
    return st.builds(apply, st.lists(edit, min_size=1, max_size=12), stops)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in nested values, as keys from the outside in."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, item in inside for place in places(item, (*at, key)))]


def damaged_value(value: Any) -> st.SearchStrategy[Any]:
    """Nested plain values of which one or two are something else, or gone."""

    def apply(edits: list[tuple[tuple[Any, ...], Any, bool]]) -> Any:
        holder = {"": copy.deepcopy(value)}
        for place, other, gone in edits:
            inside: Any = holder
            *outer, last = ("", *place)
            try:
                for key in outer:
                    inside = inside[key]
                if gone and place:
                    del inside[last]
                else:
                    inside[last] = copy.deepcopy(other)
            except (KeyError, IndexError, TypeError):
                continue  # gone with an edit before
        return holder[""]

    edit = st.tuples(st.sampled_from(places(value)), st.sampled_from(VALUES), st.booleans())
    return st.builds(apply, st.lists(edit, min_size=1, max_size=2))


def told(where: Path, read: Callable[[], object], *, kind: type[VidsynthError] = SourceError) -> None:
    """Run a reader: it may refuse, in one line that names the file (or a folder of it), not longer than a screen."""
    try:
        read()
    except kind as error:
        text = str(error)
        assert "\n" not in text and "\r" not in text, text[:500]
        assert len(text) < 1500, text[:500]
        assert str(where) in text or str(where.parent) in text, text[:500]


# ------------------------------------------------------------------------------ manifests

ROWS = [
    {"video_id": "a", "path": "a.mp4", "split": "train", "start_s": 0.5, "end_s": 2, "labels": ["a", "b"], "text": "x"},
    {"video_id": "b", "path": "d/b.mp4", "split": None, "labels": [], "modalities": ["rgb"], "extra": '{"a": 1}'},
    {"video_id": "c", "path": "c.mp4", "start_s": 1, "end_s": 3, "subject": 7},
]  # fmt: skip


def _csv(rows: list[dict[str, Any]], delimiter: str = ",") -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, delimiter=delimiter)
    writer.writeheader()
    for row in rows:
        writer.writerow({k: ";".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()})
    return out.getvalue()


def _lines(rows: list[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


TEXTS = {"m.csv": _csv(ROWS), "m.tsv": _csv(ROWS, "\t"), "m.jsonl": _lines(ROWS)}


def _all_of(manifest: Manifest) -> None:
    for number in range(len(manifest)):
        row = manifest[number]
        assert row.start_s >= 0 and (row.end_s is None or row.end_s > row.start_s)
    manifest.extras()
    manifest.hash()


@pytest.mark.parametrize("name", TEXTS)
@FEW
@given(data=st.data())
def test_manifests_of_text(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / name
    file.write_bytes(data.draw(damaged_text(TEXTS[name])))
    told(file, lambda: _all_of(Manifest.read(file)))


@FEW
@given(rows=damaged_value(ROWS))
def test_manifests_of_wrong_values(rows: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "v.jsonl"
    file.write_text(_lines(rows if isinstance(rows, list) else [rows]), encoding="utf-8")
    told(file, lambda: _all_of(Manifest.read(file)))


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
@FEW
@given(data=st.data())
def test_manifests_of_bytes(suffix: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    good = tmp_path_factory.getbasetemp() / f"good{suffix}"
    if not good.exists():
        columns = {"path": ["a.mp4", "b.mp4"], "labels": [["x"], ["y", "z"]], "text": ["t", None]}
        Manifest.from_columns(columns, ".", {"name": "n"}).write(good)
    file = good.with_name(f"damaged{suffix}")
    file.write_bytes(data.draw(damaged_bytes(good.read_bytes())))

    def read() -> None:
        manifest = Manifest.read(file) if suffix == ".parquet" else Manifest.open_arrow(file, ".")
        if suffix == ".parquet":
            _all_of(manifest)

    told(file, read)


@pytest.mark.parametrize("about", ["[]", "{", "3", '{"a": {}}', "[" * 5000, '{"name": 3}', "\ud800"])
def test_what_a_parquet_file_says_of_itself_may_be_anything(tmp_path: Path, about: str) -> None:
    file = tmp_path / "m.parquet"
    table = pa.table({"path": ["a.mp4"]}).replace_schema_metadata({"vidsynth": about.encode("utf-8", "surrogatepass")})
    pq.write_table(table, file)
    with pytest.raises(SourceError, match=f"{file}: .*metadata"):
        Manifest.read(file)


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"path": [["a"]]}), pa.table({"path": [{"a": 1}]}), pa.table({"path": pa.array([b"\xff"])}),
        pa.table({"path": ["a"], "labels": [[["x"]]]}), pa.table({"path": ["a"], "start_s": [[1.0]]}),
        pa.table({"path": ["a"], "start_s": pa.array([b"\0"])}), pa.table({"path": ["a"], "x": pa.array([b"\xff"])}),
        pa.table([["a"], ["b"]], names=["path", "path"]), pa.table([["a"], [1], [2]], names=["path", "x", "x"]),
        pa.table({"path": pa.array([None], pa.null())}), pa.table({"path": ["a"], "extra": ["[" * 5000]}),
        pa.table({"path": ["a"], "end_s": [1e10]}), pa.table({"path": ["a"], "start_s": [float("nan")]}),
        pa.table({"path": ["a"], "start_s": [-1.0]}), pa.table({"path": ["a"], "end_s": [float("inf")]}),
        pa.table({"path": ["x" * 100_000 + "/../.."]}),
    ],
)  # fmt: skip
def test_columns_of_odd_types_are_refused(tmp_path: Path, table: pa.Table) -> None:
    file = tmp_path / "m.parquet"
    pq.write_table(table, file)
    told(file, lambda: _all_of(Manifest.read(file)))
    if table.column_names not in (["path", "x"],):
        with pytest.raises(SourceError):
            Manifest.read(file)


# ------------------------------------------------------------------------------ annotation files


def test_every_data_set_with_annotation_files_has_a_replica() -> None:
    modules = {KNOWN[name].module for name in REPLICAS}
    others = {"demo", "ntu60", "actorshift"}  # these have none
    assert modules | others == {entry.module for entry in KNOWN.values()}


@pytest.mark.parametrize("name", REPLICAS)
@settings(FEW, max_examples=25)
@given(data=st.data())
def test_annotation_files(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.getbasetemp() / f"replica-{name}"
    files = REPLICAS[name]
    for file, content in files.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    assert len(layout(name).annotated(root)) > 0
    file = data.draw(st.sampled_from(sorted(files)))
    content = files[file]
    if isinstance(content, str) or data.draw(st.booleans()):
        text = content if isinstance(content, str) else json.dumps(content)
        (root / file).write_bytes(data.draw(damaged_text(text)))
    else:
        (root / file).write_text(json.dumps(data.draw(damaged_value(content))), encoding="utf-8")
    told(root / "x", lambda: _all_of(layout(name).annotated(root)))
    told(root / "x", lambda: layout(name).match(root, []))


@FEW
@given(data=damaged_text("abseiling\n# a comment\nair drumming\n"))
def test_class_lists(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "classes.txt"
    file.write_bytes(data)
    told(file, lambda: classes.read_classes(str(file)))


# ------------------------------------------------------------------------------ predictions and scores

PREDICTIONS = [
    {"id": "a", "caption": 0.5, "distractor": 0.25},
    {"id": "b", "caption": 1, "distractor": 2, "choice": "A"},
]


def _graded(file: Path) -> None:
    predictions = Predictions(file)
    for name in predictions.rows:
        predictions.number(name, "caption")
    predictions.check(["a", "b"], "ids of a build")


@pytest.mark.parametrize("name", ["p.csv", "p.jsonl", "p.parquet"])
@FEW
@given(data=st.data())
def test_predictions(name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / name
    if name == "p.parquet":
        pq.write_table(pa.table({"id": ["a", "b"], "caption": [0.5, 1.0], "distractor": [0.25, 2.0]}), file)
        file.write_bytes(data.draw(damaged_bytes(file.read_bytes())))
    else:
        file.write_bytes(data.draw(damaged_text(_csv(PREDICTIONS) if name == "p.csv" else _lines(PREDICTIONS))))
    told(file, lambda: _graded(file))


@FEW
@given(rows=damaged_value(PREDICTIONS))
def test_predictions_of_wrong_values(rows: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "values.jsonl"
    file.write_text(_lines(rows if isinstance(rows, list) else [rows]), encoding="utf-8")
    told(file, lambda: _graded(file))


@FEW
@given(data=damaged_text("video_id,run,walk\na,0.5,0.25\nb,1,\n"))
def test_scores(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "scores.csv"
    file.write_bytes(data)
    told(file, lambda: read_scores(file))


# ------------------------------------------------------------------------------ masks

COCO = {
    "categories": [{"id": 1, "name": "dog"}],
    "images": [{"id": 5, "file_name": "bear/00000.jpg"}, {"id": 6, "file_name": "bear/00001.jpg"}],
    "annotations": [
        {"image_id": 5, "category_id": 1, "segmentation": {"size": [2, 2], "counts": [1, 3]}},
        {"image_id": 6, "category_id": 1, "segmentation": {"size": [2, 2], "counts": "13"}},
    ],
}
VISOR = {
    "video_annotations": [
        {
            "image": {"name": "P01_01_frame_0000000001.jpg"},
            "annotations": [{"id": "i", "name": "plate", "class_id": 2, "segments": [[[0, 0], [9, 0], [9, 9]]]}],
        }
    ]
}


@pytest.fixture(scope="module")
def info(seeds: Path) -> VideoInfo:
    return probe(seeds / "h264.mp4")


def _drawn(masks: VideoMasks | None) -> None:
    for number in range(len(masks.times)) if masks else ():
        assert masks is not None
        masks.regions(number)


@settings(FEW, max_examples=100)
@given(value=damaged_value(COCO))
def test_coco_masks(value: Any, info: VideoInfo, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "coco.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    told(file, lambda: _drawn(CocoFile(file, None).find(["bear"], info)))


@settings(FEW, max_examples=100)
@given(value=damaged_value(VISOR), text=st.none() | damaged_text(json.dumps(VISOR)))
def test_visor_masks(value: Any, text: bytes | None, info: VideoInfo, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.getbasetemp() / "visor"
    root.mkdir(exist_ok=True)
    file = root / "P01_01.json"
    file.write_bytes(json.dumps(value).encode() if text is None else text)
    told(file, lambda: _drawn(Visor(root, dense=False).find(["P01_01"], info)))


@FEW
@given(data=st.data())
def test_png_masks(data: st.DataObject, info: VideoInfo, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "masks/bear"
    folder.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    Image.new("P", (16, 12), 1).save(out, "PNG")
    file = folder / "00000.png"
    file.write_bytes(data.draw(damaged_bytes(out.getvalue())))
    told(file, lambda: _drawn(PngFolders(folder.parent, None).find(["bear"], info)))
