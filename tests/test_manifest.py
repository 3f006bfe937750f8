"""Manifests: every format holds the same rows, and what is wrong is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidsynth.errors import SourceError
from vidsynth.manifest import Manifest

# Whatever a file could take for something else: dates, numbers, nulls, quotes, line ends.
TRICKY = st.sampled_from(
    ["2020-01-01", "2020-01-01T00:00:00Z", "007", "1e5", "true", "NaN", "null", '"', "a\r\nb", "\r"]
)
WORDS = TRICKY | st.text(st.characters(exclude_categories=("Cs",), exclude_characters=";"), min_size=1, max_size=8)
NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="/\\:.\0"), min_size=1, max_size=8)
ROWS = st.lists(
    st.tuples(
        st.just("2020-01-01") | NAMES,
        st.none() | WORDS,
        st.none() | st.floats(0, 100),
        st.none() | st.floats(100.5, 1e6),
        st.lists(WORDS, max_size=3),
        st.none() | st.just("") | WORDS,
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[0],
)


def build(rows: list[tuple[Any, ...]], root: str = "nowhere") -> Manifest:
    names = ("video_id", "split", "start_s", "end_s", "labels", "text")
    columns = {name: [row[n] for row in rows] for n, name in enumerate(names)}
    return Manifest.from_columns(columns | {"path": [f"{row[0]}.mp4" for row in rows]}, root)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_every_format_gives_the_same_rows_and_hash(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    manifest = build(rows)
    for suffix in (".parquet", ".csv", ".jsonl"):
        manifest.write(tmp_path / f"m{suffix}")
        again = Manifest.read(tmp_path / f"m{suffix}")
        assert [again[n] for n in range(len(again))] == [manifest[n] for n in range(len(manifest))], suffix
        assert again.hash() == manifest.hash(), suffix
    manifest.write(tmp_path / "m.arrow")
    assert Manifest.open_arrow(tmp_path / "m.arrow", "nowhere").hash() == manifest.hash()


@settings(deadline=None, max_examples=40)
@given(ROWS, st.randoms())
def test_rows_are_sorted_whatever_order_they_came_in(rows: list[tuple[Any, ...]], shuffler: Any) -> None:
    manifest = build(rows)
    shuffler.shuffle(rows)
    assert build(rows).hash() == manifest.hash()
    ids = [manifest[n].video_id for n in range(len(manifest))]
    assert ids == sorted(ids, key=str.encode)


@pytest.mark.parametrize(
    "change",
    [
        {"path": "b.mp4"}, {"split": "val"}, {"start_s": 1.0}, {"end_s": 1.0}, {"labels": ["x"]},
        {"labels": ["x", "y"]}, {"text": "x"}, {"modalities": ["x"]}, {"extra": '{"x": 1}'},
    ],
)  # fmt: skip
def test_any_change_of_a_row_changes_the_hash(change: dict[str, Any]) -> None:
    row = {"video_id": "a", "path": "a.mp4"}
    one = Manifest.from_columns({key: [value] for key, value in row.items()}, "x")
    two = Manifest.from_columns({key: [value] for key, value in (row | change).items()}, "x")
    assert one.hash() != two.hash()


def test_words_moved_from_one_cell_to_the_next_change_the_hash() -> None:
    columns = {"path": ["a", "b"]}
    labels: list[list[Any]] = [[["x", "y"], []], [["x"], ["y"]], [["xy"], []], [[], ["x", "y"]], [["y", "x"], []]]
    assert len({Manifest.from_columns(columns | {"labels": cells}, "x").hash() for cells in labels}) == len(labels)
    texts: list[list[Any]] = [["x", "y"], ["xy", None], [None, "xy"], ["y", "x"]]
    assert len({Manifest.from_columns(columns | {"text": cells}, "x").hash() for cells in texts}) == len(texts)


def test_empty_says_no_more_than_null() -> None:
    empty: dict[str, list[Any]] = {"split": [""], "labels": [[]], "text": [""], "modalities": [""], "extra": ["{}"]}
    row: dict[str, list[Any]] = {"path": ["a.mp4"]}
    assert Manifest.from_columns(row | empty, "x").hash() == Manifest.from_columns(row, "x").hash()


def test_the_hash_does_not_change() -> None:
    manifest = Manifest.from_columns({"path": ["a.mp4", "ü/b.mp4"], "labels": [["x", "y"], None]}, "x")
    assert manifest.hash()[:16] == "87ba96f15fcf0963"


def test_only_paths_are_needed_and_unknown_columns_are_kept() -> None:
    manifest = Manifest.from_columns(
        {"path": ["b/two.mp4", "a/one.mp4"], "label": ["x;y", None], "fps": [25, None]}, "r"
    )
    assert manifest[0].video_id == "a/one" and manifest[0].labels == () and manifest[0].extra is None
    assert manifest[1].labels == ("x", "y") and json.loads(manifest[1].extra or "") == {"fps": 25}
    assert (manifest[1].start_s, manifest[1].end_s) == (0.0, None)


def test_new_columns_join_what_extra_held(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text('path,extra,fps\na.mp4,"{""year"": 1999, ""fps"": 1}",25\nb.mp4,,\n')
    manifest = Manifest.read(tmp_path / "m.csv")
    assert json.loads(manifest[0].extra or "") == {"year": 1999, "fps": "25"} and manifest[1].extra is None


WRONG: list[tuple[dict[str, list[Any]], str]] = [
    ({"video": ["a.mp4"]}, "no column 'path' (columns: video)"),
    ({"path": ["a.mp4", None]}, "row 2: path None is missing"),
    ({"path": [""]}, "row 1: path '' is empty"),
    ({"path": ["a.mp4", "b.mp4"], "video_id": ["x", "x"]}, "video_id 'x' stands in 2 rows"),
    ({"path": ["a.mp4"], "start_s": [-1.0]}, "row 1: start_s -1.0 is not 0 or later"),
    ({"path": ["a.mp4"], "start_s": [float("nan")]}, "row 1: start_s nan is not 0 or later"),
    ({"path": ["a.mp4"], "end_s": [float("inf")]}, "row 1: end_s inf does not lie after start_s"),
    ({"path": ["a.mp4"], "start_s": [5.0], "end_s": [5.0]}, "row 1: end_s 5.0 does not lie after start_s"),
    ({"path": ["a.mp4", "b.mp4"], "start_s": ["1", "soon"]}, "row 2: start_s must be a number of seconds, not 'soon'"),
    ({"path": ["a.mp4", "b.mp4"], "start_s": [1, "soon"]}, "row 2: start_s: "),
    ({"path": ["a.mp4", "b.mp4"], "start_s": [1, float("nan")]}, "row 2: start_s nan is not 0 or later"),
    ({"path": ["a.mp4", "b.mp4"], "labels": [["x"], ["x", ""]]}, "row 2: labels ['x', ''] holds an empty item"),
    ({"path": ["a.mp4", "b.mp4"], "modalities": [None, [None]]}, "row 2: modalities [None] holds an empty item"),
    ({"path": ["a.mp4", "b.mp4"], "label": ["x", "y;"]}, "row 2: labels ['y', ''] holds an empty item"),
    ({"path": ["a.mp4"], "labels": [[["x"]]]}, "row 1: labels must be list<item: string>, not [['x']]"),
    ({"path": ["a.mp4"], "extra": ["fps 3"]}, "row 1: extra must be a JSON object, not 'fps 3'"),
    ({"path": ["a.mp4"], "extra": ["[3]"]}, "row 1: extra must be a JSON object, not '[3]'"),
    ({"path": ["a.mp4", "\udcff.mp4"]}, "row 2: path: "),
    ({"path": [b"a\xff.mp4"]}, "row 1: path must be string, not b'a\\xff.mp4'"),
]


@pytest.mark.parametrize(("columns", "said"), WRONG, ids=[ascii(said) for _, said in WRONG])
def test_what_is_wrong_is_named(columns: dict[str, list[Any]], said: str) -> None:
    with pytest.raises(SourceError) as caught:
        Manifest.from_columns(columns, "x", where="m.csv")
    assert str(caught.value).startswith("m.csv: ") and said in str(caught.value)


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../a.mp4", "a/../../b.mp4", "a/..", "..", "\\\\server\\a", "C:\\a.mp4", "c:a", "a\\..\\b", "a\0b"],
)
def test_paths_may_not_leave_the_root(path: str) -> None:
    with pytest.raises(SourceError, match=r"row 1: path .* leaves the manifest's folder"):
        Manifest.from_columns({"path": [path], "video_id": ["v"]}, "x")


@settings(deadline=None)
@given(st.lists(st.sampled_from(["..", ".", "a", "..a", "a..", "", "a b"]), min_size=1, max_size=5))
def test_a_path_is_refused_exactly_if_it_climbs_or_is_absolute(parts: list[str]) -> None:
    path = "/".join(parts)
    leaves = path.startswith("/") or ".." in parts
    if leaves or path == "":
        with pytest.raises(SourceError):
            Manifest.from_columns({"path": [path], "video_id": ["v"]}, "x")
    else:
        assert Manifest.from_columns({"path": [path], "video_id": ["v"]}, "x")[0].path == path


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("m.csv", "", "line 1 must name the columns"),
        ("m.csv", "path,path\na,b\n", "line 1 must name the columns, each once"),
        ("m.csv", "path,split\na.mp4\n", "not readable as csv"),
        ("m.csv", 'path,text\n"a.mp4,x\n', "not readable as csv"),
        (
            "m.jsonl",
            '{"path": "a"}\n{not json\n',
            "line 2 is not JSON: Expecting property name enclosed in double quotes",
        ),
        ("m.jsonl", '{"path": "a"}\n\n["b"]\n', "line 3 is not a JSON object"),
        ("m.jsonl", '{"path": "a", "label": "x"}\n{"path": "b", "label": ["y"]}\n', "row 2: label: "),
        pytest.param("m.jsonl", '{"path": ' + "[" * 9999, "line 1 is not JSON", id="deep"),
        ("m.parquet", "text", "not readable as parquet"),
        ("m.txt", "x", "a manifest ends in .parquet, .csv, .tsv, .jsonl, not '.txt'"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SourceError) as caught:
        Manifest.read(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value) and said in str(caught.value)
    with pytest.raises(SourceError, match="no such manifest"):
        Manifest.read(tmp_path / "absent.csv")


def test_damaged_bytes_are_named(tmp_path: Path) -> None:
    for name in ("m.csv", "m.jsonl", "m.parquet"):
        (tmp_path / name).write_bytes(b"path\n\xff\n")
        with pytest.raises(SourceError, match=f"{name}: "):
            Manifest.read(tmp_path / name)


def test_json_lines_may_hold_nulls_in_lists_and_strings_that_look_like_dates(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"path": "2020-01-01"}\n{"path": "b", "label": "2020-01-01"}\n')
    manifest = Manifest.read(tmp_path / "m.jsonl")
    assert manifest[0].video_id == "2020-01-01" and manifest[1].labels == ("2020-01-01",)
    (tmp_path / "m.jsonl").write_text('{"path": "a", "labels": [null, "x"]}\n')
    with pytest.raises(SourceError, match=r"row 1: labels .* holds an empty item"):
        Manifest.read(tmp_path / "m.jsonl")


def test_what_a_csv_cell_cannot_hold_is_refused(tmp_path: Path) -> None:
    manifest = Manifest.from_columns({"path": ["a"], "labels": [["x;y", "z"]]}, "x")
    with pytest.raises(SourceError, match=r"m\.csv: labels: 'x;y' holds ';'"):
        manifest.write(tmp_path / "m.csv")
    manifest.write(tmp_path / "m.jsonl")
    assert Manifest.read(tmp_path / "m.jsonl").hash() == manifest.hash()


def test_a_manifest_without_rows_is_a_manifest(tmp_path: Path) -> None:
    manifest = Manifest.from_columns({"path": []}, "x")
    assert len(manifest) == 0
    for suffix in (".parquet", ".csv"):
        manifest.write(tmp_path / f"m{suffix}")
        assert Manifest.read(tmp_path / f"m{suffix}").hash() == manifest.hash()


def test_what_is_said_about_the_source_travels_but_does_not_enter_the_hash(tmp_path: Path) -> None:
    about = {"name": "Ünïcode", "licence": "CC BY"}
    manifest = Manifest.from_columns({"path": ["a"]}, "x", about)
    manifest.write(tmp_path / "m.parquet")
    again = Manifest.read(tmp_path / "m.parquet")
    assert again.about == about and again.hash() == Manifest.from_columns({"path": ["a"]}, "x").hash()


def test_splits_and_rows_can_be_taken() -> None:
    manifest = Manifest.from_columns({"path": ["a", "b", "c"], "split": ["train", "val", None]}, "x")
    assert [manifest.only_split("val")[0].video_id] == ["b"]
    assert [manifest.take([2, 0])[n].video_id for n in (0, 1)] == ["a", "c"]
    with pytest.raises(SourceError, match="has no split 'tset'; it has train, val"):
        manifest.only_split("tset")


def test_columns_are_replaced_and_the_unknown_go_into_extra() -> None:
    manifest = Manifest.from_columns({"path": ["b.mp4", "a.mp4"], "extra": ['{"fps": 25}', None]}, "nowhere")
    again = manifest.replaced({"split": ["train", "val"], "part": [None, "A"]})
    assert [again[n].split for n in range(2)] == ["train", "val"]
    assert again.extras() == [{}, {"fps": 25, "part": "A"}]
    assert manifest.extras() == [{}, {"fps": 25}] and manifest[0].split is None
    with pytest.raises(SourceError, match="start_s"):
        manifest.replaced({"start_s": [-1.0, 0.0]})


def test_one_name_of_extra_comes_as_a_column() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "P01", "n": 1, "x": 1.5, "when": "2020-01-01", "has": ["rgb"], "odd": 1, "nested": {"id": "no"}},
        {},
        {"id": 'a"\n\u00e9', "n": 2, "x": 2, "when": "2020-01-02", "has": [], "odd": "b"},
    ]
    extra = [json.dumps(row) if row else None for row in rows]
    manifest = Manifest.from_columns({"path": ["a", "b", "c"], "extra": extra}, "nowhere")
    for name in ("id", "n", "x", "when", "has"):
        assert manifest.extra_column(name).to_pylist() == [row.get(name) for row in rows], name
    assert manifest.extra_column("odd").to_pylist() == ["1", None, '"b"']
    assert manifest.extra_column("absent").to_pylist() == [None] * 3
    assert Manifest.from_columns({"path": []}, "nowhere").extra_column("id").to_pylist() == []


def test_a_long_extra_is_read_all_the_same() -> None:
    long = json.dumps({"text": "x" * (1 << 25), "id": "P01"})
    manifest = Manifest.from_columns({"path": ["a", "b"], "extra": [long, '{"id": "P02"}']}, "nowhere")
    assert manifest.extra_column("id").to_pylist() == ["P01", "P02"]
