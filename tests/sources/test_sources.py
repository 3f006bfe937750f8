"""Opening sources by name, folder or manifest; roots and where they come from."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vidsynth.errors import RecipeError, SourceError
from vidsynth.manifest import Manifest
from vidsynth.sources import find_root, source, split_source
from vidsynth.sources.settings import cache_dir, config_file

CLIP = "---QUuC4vJs_000084_000094.mp4"


@pytest.fixture
def kinetics(tmp_path: Path) -> Path:
    root = tmp_path / "somewhere" / "kinetics400"
    (root / "train" / "testifying").mkdir(parents=True)
    (root / "train" / "testifying" / CLIP).write_bytes(b"x")
    return root


def test_a_root_is_found_in_each_of_the_three_ways(kinetics: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(source("k400", root=kinetics)) == 1

    monkeypatch.setenv("VIDSYNTH_ROOTS", f"charades=/nowhere{os.pathsep}k400={kinetics}")
    assert find_root("k400") == kinetics
    monkeypatch.setenv("VIDSYNTH_ROOTS", str(kinetics.parent))  # a folder of data sets
    assert find_root("k400") == kinetics

    monkeypatch.delenv("VIDSYNTH_ROOTS")
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(f"roots:\n  k400: {kinetics}\n")
    assert find_root("k400") == kinetics
    config_file().write_text(f"roots: [{kinetics.parent}]\n")
    assert find_root("k400") == kinetics


def test_a_missing_root_names_the_three_ways_and_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceError) as caught:
        find_root("k400")
    text = str(caught.value)
    assert "\n" not in text
    for way in ("--root", "VIDSYNTH_ROOTS=k400=", str(config_file())):
        assert way in text
    monkeypatch.setenv("VIDSYNTH_ROOTS", "/no/data")
    with pytest.raises(SourceError, match="not in /no/data/k400, /no/data/kinetics400"):
        find_root("k400")
    with pytest.raises(SourceError, match="/no/such/root: no such folder"):
        find_root("k400", "/no/such/root")


@pytest.mark.parametrize(
    ("text", "message"), [("roots: {k400: 3}", "not 3"), ("roots: [[a]]", "not"), ("- x", "name: value")]
)
def test_a_wrong_config_file_is_named(text: str, message: str) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)
    with pytest.raises((SourceError, RecipeError), match=message) as caught:
        find_root("k400")
    assert str(config_file()) in str(caught.value)


def test_folders_and_manifest_files_are_sources(tmp_path: Path, make_video: Callable[..., Path]) -> None:
    (tmp_path / "run").mkdir()
    make_video(tmp_path / "run" / "a.mp4", frames=3)
    by_folder = source(tmp_path)
    assert by_folder[0].labels == ("run",)
    for suffix in (".parquet", ".csv", ".jsonl"):
        by_folder.write(tmp_path / f"list{suffix}")
        assert source(tmp_path / f"list{suffix}").hash() == by_folder.hash()
    elsewhere = tmp_path / "elsewhere.csv"
    Manifest.from_columns({"path": ["run/a.mp4"]}, tmp_path).write(elsewhere)
    assert source(elsewhere, root=tmp_path / "..").root == tmp_path / ".."


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("k40", "no source 'k40'; did you mean 'k400'"),
        ("folder", "needs its place"),
        ("/no/such/place", "no source '/no/such/place'"),
        ("/no/such/list.csv", "no such manifest"),
    ],
)
def test_what_is_no_source_is_refused(name: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        source(name)


def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.xls").write_bytes(b"x")
    with pytest.raises(SourceError, match="neither a folder nor a manifest"):
        split_source(tmp_path / "list.xls")


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VIDSYNTH_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("VIDSYNTH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_dir() == tmp_path / "xdg" / "vidsynth"


def test_the_source_none_has_no_videos() -> None:
    manifest = source("none")
    assert len(manifest) == 0 and manifest.about["name"] == "none"
