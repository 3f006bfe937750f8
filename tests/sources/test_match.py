"""Rows and files: which belongs to which."""

import posixpath
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsynth.errors import SourceError
from vidsynth.sources.annotations import Row
from vidsynth.sources.match import layout, manifest_of, match


def rows(*names: str) -> list[Row]:
    return [Row(f"id-{name}", name) for name in names]


@pytest.mark.parametrize(
    ("names", "paths", "taken"),
    [
        (["a"], ["x/a.mp4", "x/b.mp4"], {"a": "x/a.mp4"}),
        (["a"], ["x/a.tar.webm", "A.MP4"], {"a": "A.MP4"}),
        (["a", "A"], ["a.mp4", "A.mp4"], {"a": "a.mp4", "A": "A.mp4"}),  # case counts where it can
        (["a", "A"], ["a.mp4"], {"a": "a.mp4"}),
        (["aB"], ["ab.mp4", "AB.mp4"], {}),  # two that differ in case: neither
        (["aB", "AB"], ["ab.mp4"], {}),
        (["x/a", "y/a"], ["v/x/a.mp4", "v/y/a.mp4"], {"x/a": "v/x/a.mp4", "y/a": "v/y/a.mp4"}),
        (["x/a"], ["y/a.mp4"], {}),
        (["a", "b", "c"], ["small/a.mp4", "big/a.mp4", "big/b.mp4"], {"a": "big/a.mp4", "b": "big/b.mp4"}),
        (["a"], ["2/a.mp4", "1/a.mp4"], {"a": "1/a.mp4"}),
    ],
)
def test_names_decide(names: list[str], paths: list[str], taken: dict[str, str]) -> None:
    found = match(rows(*names), paths)
    assert found.paths == taken
    assert set(found.missing()) == set(names) - set(taken)


def test_further_names_are_tried_in_order_and_only_then() -> None:
    also = {"a": ["b", "c"], "d": ["b"]}
    found = match(rows("a", "d"), ["c.mp4", "b.mp4", "x/d.mp4"], lambda name: also[name])
    assert found.paths == {"a": "b.mp4", "d": "x/d.mp4"} and found.unexpected == ["c.mp4"]


def test_copies_are_told_and_the_fuller_folder_taken() -> None:
    found = match(rows("a", "b"), ["240p/a.mp4", "480p/a.mp4", "480p/b.mp4", "stray.mp4"])
    assert found.paths["a"] == "480p/a.mp4" and found.copies == {"a": ["240p/a.mp4"]}
    assert found.unexpected == ["stray.mp4"]


NAMES = st.text("abAB", min_size=1, max_size=3)


@given(
    st.lists(NAMES, max_size=5, unique=True),
    st.lists(st.tuples(st.sampled_from(["", "x/", "y/"]), NAMES), max_size=8, unique=True),
)
def test_every_file_is_taken_or_a_copy_or_unexpected(names: list[str], files: Sequence[tuple[str, str]]) -> None:
    paths = [f"{folder}{name}.mp4" for folder, name in files]
    found = match(rows(*names), paths)
    told = [*found.paths.values(), *(copy for copies in found.copies.values() for copy in copies), *found.unexpected]
    assert set(told) == set(paths) and len(told) == len(paths)
    assert set(found.paths) | set(found.missing()) == set(names)
    for name, path in found.paths.items():
        stem = posixpath.splitext(posixpath.basename(path))[0]
        assert stem.casefold() == name.casefold()
        assert stem == name or f"{name}.mp4" not in map(posixpath.basename, paths)


@pytest.mark.parametrize("name", ["../a", "/a", "x/../../a", "C:/a", "a\0", "", "..\\a"])
def test_a_name_that_leaves_the_root_is_dropped(name: str) -> None:
    found = match(rows(name), ["a.mp4"])
    assert not found.rows and found.problems[0].what == f"dropped: {name!r} is no name for a file of this folder"


def test_segments_share_a_file_and_keep_their_times(tmp_path: Path) -> None:
    segments = [Row("a1", "a", start_s=0.0, end_s=2.0), Row("a2", "a", start_s=2.0, end_s=3.5, length_s=9.0)]
    manifest = manifest_of(match([*segments, *rows("gone")], ["a.mp4"]), tmp_path, {"name": "set"})
    assert [(manifest[n].path, manifest[n].start_s, manifest[n].end_s) for n in (0, 1)] == [
        ("a.mp4", 0.0, 2.0), ("a.mp4", 2.0, 3.5)
    ]  # fmt: skip
    assert manifest.extras() == [{}, {"length_s": 9.0}]
    assert manifest.about["annotated"] == "3" and manifest.about["annotated but not on disk"] == "1"


def test_nothing_found_says_how_to_look(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"such as b, .* vidsynth sources check set --root"):
        manifest_of(match(rows("b"), ["a.mp4"]), tmp_path, {"name": "set"})


def test_a_layout_is_a_pattern() -> None:
    assert layout([]) == ""
    assert layout(["a.mp4"]) == "*.mp4"
    assert layout([f"train/{n}/a.mp4" for n in range(4)] + ["b.avi"]) == "train/*/*.mp4 and *.avi"
