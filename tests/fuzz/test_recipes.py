"""Damaged recipes, presets and specs: each is read, or refused, a line a fault, naming file and parameter."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidsynth.cli.main import run
from vidsynth.errors import RecipeError, ShardError, SourceError, VidsynthError
from vidsynth.generator import recipe_type
from vidsynth.recipe import load_values, parse_yaml, shipped, to_yaml
from vidsynth.shards.folder import BuildFolder, read_summary
from vidsynth.sources.settings import config_file, places
from vidsynth.splits.modality.spec import Spec

sys.path.insert(0, str(Path(__file__).parent))
from test_tables import FEW, damaged_text, damaged_value  # type: ignore[import-not-found]

RECIPES = shipped()
BOMBS = {
    "laughs": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "itself": "a: &a [*a]\n",
    "merge": "a: {b: 1}\nc:\n  <<: {seed: 3}\n",
    "twice": "seed: 1\nseed: 2\n",
    "python": "a: !!python/object/apply:os.system ['true']\n",
    "tag": "a: !thing 3\n",
    "binary": "a: !!binary aGVsbG8=\n",
    "deep list": "a: " + "[" * 20_000,
    "deep block": "".join(" " * depth + "a:\n" for depth in range(1200)),
    "many": "---\na: 1\n---\nb: 2\n",
    "long number": "seed: " + "9" * 5000,
    "date": "seed: 2020-13-45\n",
    "control": "a: \x00\n",
    "list": "- a\n",
    "nothing": "",
    "large": "a: " + "x" * (2 << 20),
    "many keys": "".join(f"k{number}: 1\n" for number in range(4000)),
}


def lines_of(error: VidsynthError) -> list[str]:
    lines = str(error).splitlines()
    assert 1 <= len(lines) <= 200 and all(len(line) < 1500 for line in lines), str(error)[:500]
    return lines


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once(tmp_path: Path, name: str) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(BOMBS[name])
    with pytest.raises(RecipeError) as caught:
        values = load_values(file)
        recipe_type(values.get("generator", "")).from_dict(values, str(file))
    lines = lines_of(caught.value)
    assert len(lines) == 1


@settings(FEW, max_examples=80)
@given(data=st.data())
def test_damaged_recipes(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "recipe.yaml"
    text = to_yaml(load_values(data.draw(st.sampled_from(RECIPES))))
    file.write_bytes(data.draw(damaged_text(text)))
    try:
        values = load_values(file)
        recipe_type(values.get("generator", "")).from_dict(values, str(file)).to_yaml()
    except RecipeError as error:
        lines_of(error)


@settings(FEW, max_examples=80)
@given(data=st.data())
def test_recipes_of_wrong_values(data: st.DataObject) -> None:
    values = load_values(data.draw(st.sampled_from(RECIPES)))
    changed = data.draw(damaged_value(values))
    try:
        kind = recipe_type(changed.get("generator", "") if isinstance(changed, dict) else "")
        recipe = kind.from_dict(changed, "recipe")
        assert kind.from_dict(parse_yaml(recipe.to_yaml(), "again")) == recipe
    except RecipeError as error:
        lines_of(error)


@FEW
@given(text=damaged_text("dataset: epic100\nsets:\n  train: {share: 0.5}\nmodalities: [rgb, audio]\n"))
def test_split_specs(text: bytes) -> None:
    try:
        Spec.from_dict(parse_yaml(text.decode("utf-8", "replace"), "spec.yaml"), "spec.yaml")
    except RecipeError as error:
        lines_of(error)


@FEW
@given(text=damaged_text("roots:\n  k400: /data/k400\n"))
def test_config_files(text: bytes) -> None:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_bytes(text)
    try:
        places(["k400"])
    except (RecipeError, SourceError) as error:
        lines_of(error)


SUMMARY: dict[str, Any] = {
    "schema": 1,
    "rows": 1,
    "shards": [{"file": "data/a.arrow", "rows": 1, "start": 0, "stop": 1}],
}
DONE = {
    "recipe": "r", "shard": 0, "file": "data/a.arrow", "rows": 1, "bytes": 3, "sha256": "x", "seconds": 0.5,
    "failures": [{"index": 0, "video": "v", "stage": "probe", "reason": "r"}],
}  # fmt: skip


@FEW
@given(text=damaged_text(json.dumps(SUMMARY)))
def test_what_a_build_says_of_itself(text: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = BuildFolder(tmp_path_factory.getbasetemp() / "summary")
    folder.path.mkdir(exist_ok=True)
    folder.summary.write_bytes(text)
    try:
        read_summary(folder)
    except ShardError as error:
        lines_of(error)


@FEW
@given(text=damaged_text(json.dumps(DONE)))
def test_markers_that_are_damaged_count_for_nothing(text: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = BuildFolder(tmp_path_factory.getbasetemp() / "marked")
    (folder.path / "data").mkdir(parents=True, exist_ok=True)
    (folder.path / "data/a.arrow").write_bytes(b"abc")
    folder.done.mkdir(parents=True, exist_ok=True)
    (folder.done / "00000.json").write_bytes(text)
    assert set(folder.finished("r")) <= {0}


# ------------------------------------------------------------------------------ through the command line


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.csv", "path,start_s\n../secret.mp4,0\n", "row 1: path '../secret.mp4' leaves the manifest's folder"),
        ("m.csv", "path,start_s\n/etc/passwd,0\n", "row 1: path '/etc/passwd' leaves"),
        ("m.csv", "path,start_s\na.mp4,nan\n", "row 1: start_s nan is not 0 or later"),
        ("m.csv", "path,start_s\na.mp4,-3\n", "row 1: start_s -3.0 is not 0 or later"),
        ("m.csv", "path,start_s\na.mp4,=1+1\n", "row 1: start_s '=1+1' is a spreadsheet's formula; put its value"),
        ("m.csv", "path,end_s\na.mp4,1e12\n", "row 1: end_s 1000000000000.0 is no time in a video"),
        ("m.csv", "path,path\na,b\n", "line 1 must name the columns, each once"),
        ("m.jsonl", '{"path": "a.mp4"}\n' + "[" * 100_000 + "\n", "line 2 is not JSON"),
        ("m.jsonl", '{"path": "a.mp4", "text": "\\ud800"}\n', "row 1: text"),
        ("m.jsonl", '{"path": "a.mp4", "start_s": 1' + "0" * 400 + "}\n", "row 1: start_s"),
        ("m.parquet", "PAR1 no PAR1", "not readable as parquet"),
    ],
)
def test_the_command_line_says_it_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, said: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SystemExit) as caught:
        run(["tubelets", "--src", str(tmp_path / name), "--out", str(tmp_path / "out")])
    text = capsys.readouterr().err
    assert caught.value.code == 2 and said in text and str(tmp_path / name) in text
    assert len(text.splitlines()) == 1 and "Traceback" not in text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", BOMBS)
def test_the_command_line_refuses_bombs(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / "recipe.yaml").write_text(BOMBS[name])
    with pytest.raises(SystemExit) as caught:
        run(["run", str(tmp_path / "recipe.yaml"), "--out", str(tmp_path / "out")])
    text = capsys.readouterr().err
    assert caught.value.code == 2 and len(text.splitlines()) == 1 and "fault of vidsynth" not in text
