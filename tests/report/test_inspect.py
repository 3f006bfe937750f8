"""What is in folders and files, by what was put there."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidsynth import Manifest, TubeletPairs, build
from vidsynth.errors import VidsynthError
from vidsynth.report.inspect import BuildFacts, ManifestFacts, RecipeFacts, TableFacts, inspect


@pytest.fixture
def out(pairs: TubeletPairs, tmp_path: Path) -> Path:
    return build(pairs, tmp_path / "out", workers=0, progress=False).folder.path


def test_a_finished_build(pairs: TubeletPairs, out: Path) -> None:
    found = inspect(out)
    assert isinstance(found, BuildFacts) and found.finished and found.resume is None
    assert (found.samples, found.rows, found.absent, found.shards, found.shards_done) == (12, 12, 0, 4, 4)
    assert found.bytes == sum(file.stat().st_size for file in (out / "data").iterdir())
    assert (found.recipe, found.nearest, found.payload) == (pairs.recipe.hash(), "tubelets-112", "jpeg")
    clip = next(column for column in found.columns if column.name == "clip1")
    assert (clip.kind, clip.shape) == ("jpeg", (4, 32, 32, 3))
    assert found.shows is not None and sum(found.shows.labels.values()) == 24
    assert set(found.versions) >= {"vidsynth", "python", "numpy"} and found.answer == "12"
    text = found.text().splitlines()
    assert text[0] == f"{out}: a build of tubelets" and text[1].startswith("  samples    12 of 12, in 4 shards, ")
    assert all(len(line) <= 120 for line in text[1:])


def test_an_unfinished_build_says_what_is_left(pairs: TubeletPairs, out: Path) -> None:
    (out / "vidsynth.json").unlink()
    (out / "data/train-00002-of-00004.arrow").unlink()
    found = inspect(out)
    assert isinstance(found, BuildFacts) and not found.finished
    assert (found.shards, found.shards_done, found.samples, found.rows) == (4, 3, 12, 9)
    assert found.resume == f"vidsynth run {out}/recipe.yaml --out {out}" and found.shows is None
    assert "in 3 of 4 shards, 1 left" in found.text() and "an unfinished build" in found.text()
    for file in (out / "data").iterdir():
        file.unlink()
    nothing = inspect(out)
    assert isinstance(nothing, BuildFacts) and (nothing.rows, nothing.columns) == (0, [])


def test_a_manifest(twelve: Path, tmp_path: Path) -> None:
    rows: dict[str, Any] = {
        "path": ["running/v00.mp4", "walking/v01.mp4", "gone.mp4", "running/v00.mp4"],
        "video_id": ["a", "b", "c", "d"],
        "split": ["train", "train", None, "val"],
        "labels": [["run"], ["walk\x1b[31m", "run"], None, ["run"]],
        "start_s": [None, 0.5, None, 1.0],
        "end_s": [2.0, 1.0, None, None],
        "text": [None, "he walks", None, None],
    }
    Manifest.from_columns(rows, twelve, {"name": "mine", "licence": "CC BY 4.0"}).write(twelve / "m.parquet")
    found = inspect(twelve / "m.parquet")
    (twelve / "m.parquet").unlink()
    assert isinstance(found, ManifestFacts)
    assert (found.rows, found.videos, found.missing, found.captioned) == (4, 3, 1, 1)
    assert found.splits == {"train": 2, "": 1, "val": 1} and found.labels == {"run": 3, "walk\x1b[31m": 1}
    assert (found.seconds, found.ended) == (2.5, 2)
    assert "\x1b" not in found.text() and "4 of 3 videos, 1 missing" in found.text()


def test_a_builds_own_manifest_knows_its_root(twelve: Path, out: Path) -> None:
    found = inspect(out / ".vidsynth/manifest.arrow")
    assert isinstance(found, ManifestFacts) and (found.root, found.missing) == (str(twelve), 0)


def test_a_recipe(pairs: TubeletPairs, out: Path, tmp_path: Path) -> None:
    found = inspect(out / "recipe.yaml")
    assert isinstance(found, RecipeFacts) and found.resolved and found.answer == pairs.recipe.hash()
    assert found.changes["clip.frames"] == 4 and found.defaults is not None and found.defaults["clip.size"] == [32, 32]
    (tmp_path / "mine.yaml").write_text("extends: tubelets-224\nseed: 3\n")
    mine = inspect(tmp_path / "mine.yaml")
    assert isinstance(mine, RecipeFacts) and not mine.resolved
    assert mine.nearest is not None and mine.nearest.startswith("tubelets-") and "seed" in mine.changes


def test_a_shard_and_another_table(out: Path) -> None:
    shard = inspect(out / "data/train-00000-of-00004.arrow")
    assert isinstance(shard, TableFacts) and shard.shard and shard.rows == 3 and shard.to_dict()["kind"] == "shard"
    table = inspect(out / "failures.parquet")
    assert isinstance(table, TableFacts) and not table.shard and table.rows == 0
    assert [column.name for column in table.columns] == ["index", "video", "stage", "reason"]


def test_plain_values_are_json_with_every_field(out: Path) -> None:
    for path in (out, out / "recipe.yaml", out / ".vidsynth/manifest.arrow", out / "failures.parquet"):
        found = inspect(path)
        values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert set(values) == {"kind", *(field.name for field in dataclasses.fields(found))}


def folder(path: Path) -> None:
    path.mkdir()


def text(path: Path) -> None:
    path.write_text("no table")


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("absent", None, "no such file or folder"),
        ("empty", folder, "no build here"),
        ("x.arrow", text, "not readable as arrow"),
        ("x.parquet", text, "not readable as parquet"),
        ("x.txt", text, "what can be inspected is"),
        ("x.yaml", text, "must be `name: value` lines"),
    ],
)
def test_what_is_neither_is_said(tmp_path: Path, name: str, make: Callable[[Path], None] | None, said: str) -> None:
    if make is not None:
        make(tmp_path / name)
    with pytest.raises(VidsynthError, match=said):
        inspect(tmp_path / name)


def test_a_damaged_build_is_said(out: Path) -> None:
    (out / ".vidsynth/manifest.arrow").write_bytes(b"nothing")
    with pytest.raises(VidsynthError, match="not a manifest that vidsynth wrote"):
        inspect(out)
