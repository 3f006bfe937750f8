"""Markers of finished shards: one file each, and bundles of many."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vidsynth.shards.folder import Absent, BuildFolder, Done

RECIPE = "r" * 64


@pytest.fixture
def folder(tmp_path: Path) -> BuildFolder:
    (tmp_path / "data").mkdir()
    return BuildFolder(tmp_path)


def built(folder: BuildFolder, shard: int, size: int = 3, recipe: str = RECIPE) -> Done:
    name = folder.shard_name(shard, 100)
    (folder.path / name).write_bytes(b"x" * size)
    failures = (Absent(shard * 10, "a\u2028 b.mp4", "decode", "no\nframes"),) if shard % 2 else ()
    return Done(recipe, shard, name, 9, size, "f" * 64, 1.5, failures)


def test_bundled_markers_read_back_and_their_files_are_gone(folder: BuildFolder) -> None:
    done = [built(folder, shard) for shard in range(10)]
    for one in done:
        folder.mark(one)
    assert folder.finished(RECIPE) == {one.shard: one for one in done} and folder.loose() == list(range(10))
    folder.bundle(done[:4])
    folder.bundle(done[4:8])
    assert folder.loose() == [8, 9]
    assert folder.finished(RECIPE) == {one.shard: one for one in done}
    assert list(folder.finished(RECIPE)) == list(range(10))
    assert len(list(folder.done.iterdir())) == 4


def test_the_later_of_two_markers_counts(folder: BuildFolder) -> None:
    first, second = built(folder, 1), built(folder, 1, size=5)
    folder.bundle([first])
    folder.bundle([second])
    assert folder.finished(RECIPE) == {1: second}
    third = replace(second, rows=7)
    folder.mark(third)
    assert folder.finished(RECIPE) == {1: third}
    # Bundles by their number, not by their letters.
    (folder.done / "99999-a-1.jsonl").write_text("")
    folder.unmark({1})
    for rows in range(3):
        folder.bundle([replace(second, rows=rows)])
    assert folder.finished(RECIPE)[1].rows == 2
    assert max(int(file.name.partition("-")[0]) for file in folder.done.iterdir()) == 100002


def test_unmarked_shards_are_forgotten_wherever_their_markers_are(folder: BuildFolder) -> None:
    done = [built(folder, shard) for shard in range(6)]
    folder.bundle(done[:4])
    for one in done[3:]:
        folder.mark(one)
    before = {file: file.stat().st_mtime_ns for file in folder.done.glob("*.jsonl")}
    folder.unmark({4})
    assert {file: file.stat().st_mtime_ns for file in folder.done.glob("*.jsonl")} == before
    folder.unmark({1, 3, 17})
    assert list(folder.finished(RECIPE)) == [0, 2, 5]


def test_what_is_damaged_cut_off_or_of_another_recipe_does_not_count(folder: BuildFolder) -> None:
    done = [built(folder, shard) for shard in range(5)]
    folder.bundle([*done[:4], built(folder, 4, recipe="o" * 64)])
    (bundle,) = folder.done.glob("*.jsonl")
    lines = bundle.read_bytes().splitlines(keepends=True)
    bundle.write_bytes(lines[0] + b"\xff{ damaged\n" + lines[2] + lines[4] + lines[3][:-20])
    (folder.path / done[2].file).write_bytes(b"x")
    assert list(folder.finished(RECIPE)) == [0]
    assert json.loads(lines[4])["recipe"] == "o" * 64
