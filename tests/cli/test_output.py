"""Every command that reports has three forms: for people, --json, --quiet. In this process, on small builds."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

from vidsynth import Manifest, TubeletPairs, build, source
from vidsynth.cli import main as cli
from vidsynth.cli.output import Output
from vidsynth.generators.time_order import TimeOrder

Called = tuple[int, str, str]
Call = Callable[..., Called]

# Tried on a data set, below, or beside what they need, such as a hub; or there is nothing to report.
ELSEWHERE = {"sources check", "finish", "push", "preview", "completion"}
# Those that list or count print the bare answer when quiet.
ANSWERS = {"inspect", "sources", "recipes", "before-after presets", "splits severe", "splits domain"}


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """`call("verify", out)`: run vidsynth here; return exit code, standard output, standard error."""

    def run(*args: object) -> Called:
        with pytest.raises(SystemExit) as left:
            cli.run([str(arg) for arg in args])
        said = capsys.readouterr()
        code = left.value.code
        return int(code if isinstance(code, int) else 0), said.out, said.err

    return run


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, make_video: Callable[..., Path], small: dict[str, Any]) -> Path:
    """A folder with one of everything that commands report on."""
    root = tmp_path_factory.mktemp("reports")
    (root / "videos").mkdir()
    rows: dict[str, list[Any]] = {"path": [], "label": [], "split": [], "domain": []}
    for number in range(4):
        make_video(root / "videos" / f"v{number}.mp4", frames=12 + number, audio=True)
        rows["path"].append(f"videos/v{number}.mp4")
        rows["label"].append(["cut", "mix"][number % 2])
        rows["split"].append(["train", "test"][number // 2])
        rows["domain"].append("AB"[number // 2])
    Manifest.from_columns(rows, root).write(root / "m.parquet")
    (root / "scores.csv").write_text("video_id,cut,mix\n" + "".join(f"videos/v{n},0.{n},0.{9 - n}\n" for n in range(4)))
    (root / "captions.csv").write_text(
        "path,video_id,start_s,end_s,text,split\n"
        + "".join(
            f"videos/v{n}.mp4,{n}{k},{k * 0.2},{k * 0.2 + 0.1},{word},{rows['split'][n]}\n"
            for n in range(4)
            for k, word in enumerate(("He runs.", "It rains."))
        )
    )
    build(TubeletPairs(source(root / "videos"), changes=small), root / "shards", workers=0, progress=False)
    bench = build(
        TimeOrder(source("none"), "time-order", {"pairs": 6, "clip.size": [48, 48]}), root / "bench", workers=0,
        progress=False,
    )  # fmt: skip
    lines = [f"{sample['key']},{number},0\n" for number, sample in enumerate(bench)]
    (root / "predictions.csv").write_text("id,caption,distractor\n" + "".join(lines))
    return root


SMALL = ("--size", "32", "--frames", "4", "--set", "tubelets.box_scales=[8, 12]", "--workers", "1")
SRC = ("--src", "videos")
# What some commands report on, and who makes it.
MADE_BY: dict[str, Sequence[str]] = {
    "out/recipe.yaml": ("tubelets", *SRC, "--out", "out", *SMALL),
    "dark": ("darkness-stats", "m.parquet", "--out", "dark", "--workers", "1"),
    "pairs.parquet": ("before-after", "--src", "captions.csv", "--out", "pairs.parquet"),
    "split.parquet": ("splits", "modality", "--src", "clips.csv", "--spec", "spec.yaml", "--out", "split.parquet"),
}
# (the command, its arguments, a key that its document has)
REPORTS: list[tuple[str, Sequence[str], str]] = [
    ("tubelets", (*SRC, "--dry-run", *SMALL), "seconds"),
    ("tubelets", (*SRC, "--out", "out", *SMALL), "rows"),
    ("lowlight", (*SRC, "--dry-run", *SMALL[:4]), "samples"),
    ("occlusion", (*SRC, "--dry-run", *SMALL[:4]), "samples"),
    ("proxy", ("rotation", *SRC, "--dry-run", *SMALL[:4]), "samples"),
    ("audio", (*SRC, "--recipe", "audio-logmel", "--seconds", "0.3", "--out", "sounds", "--workers", "1"), "rows"),
    ("run", ("out/recipe.yaml", "--out", "out"), "recipe"),
    ("time-order", ("--pairs", "2", "--dry-run"), "samples"),
    ("inspect", ("shards",), "shows"),
    ("inspect", ("m.parquet",), "splits"),
    ("verify", ("shards", "--rerender", "1"), "problems"),
    ("repair", ("shards", "--dry-run"), "problems"),
    ("sources", (), "class_lists"),
    ("index", ("videos",), "unreadable"),
    ("recipes", (), "tubelets-112"),
    ("recipes", ("tubelets-112",), "payload"),
    ("darkness-stats", ("m.parquet", "--out", "dark", "--workers", "1"), "percent"),
    ("time-order score", ("bench", "predictions.csv"), "accuracies"),
    ("time-order audit", ("bench",), "audits"),
    ("time-order export", ("bench", "mp4"), "videos"),
    ("before-after", ("--src", "captions.csv", "--out", "pairs.parquet"), "splits"),
    ("before-after check", ("pairs.parquet",), "problems"),
    ("before-after audit", ("pairs.parquet", "--draws", "2"), "models"),
    ("before-after presets", (), "charades-paper"),
    ("splits severe", (), "ucf101-1000"),
    ("splits dark", ("dark", "--test", "test", "--threshold", "200", "--out", "sets"), "sets"),
    ("splits domain", ("--presets",), "epic-d1-d2"),
    ("splits domain",
     ("--src", "m.parquet", "--set", "source=[A]", "--set", "target=[B]", "--out", "shift.parquet"), "roles"),
    ("splits balance", ("--src", "m.parquet", "--features", "features.npy", "--out", "balanced.parquet"), "classes"),
    ("splits absent",
     ("--src", "m.parquet", "--scores", "scores.csv", "--split", "all", "--k", "1", "--out", "absent.parquet"),
     "precision"),
    ("splits modality", ("--src", "clips.csv", "--spec", "spec.yaml", "--out", "split.parquet"), "rows"),
    ("splits check", ("split.parquet",), "parts"),
]  # fmt: skip


def commands(group: click.Group, words: str = "") -> Iterator[str]:
    """Yield the words of every command that does something by itself."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        full = f"{words} {name}".strip()
        if isinstance(command, click.Group):
            yield from commands(command, full)
            if command.invoke_without_command:
                yield full
        elif command is not None:
            yield full


def test_every_command_is_tried_here() -> None:
    tried = {name for name, _, _ in REPORTS}
    assert set(commands(cli.main)) - tried <= ELSEWHERE


@pytest.fixture
def prepared(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, with what some commands take from others."""
    monkeypatch.chdir(place)
    np.save(place / "features.npy", np.arange(8.0).reshape(4, 2))
    (place / "spec.yaml").write_text("train: {A: rgb, B: audio}\ntest: [rgb+audio]\nsizes: {test: 0.2}\n")
    columns = {"path": [f"v{number}.mp4" for number in range(60)], "modalities": [["rgb", "audio"]] * 60}
    Manifest.from_columns(columns, place).write(place / "clips.csv")
    return place


@pytest.mark.parametrize(("name", "args", "key"), REPORTS, ids=[f"{name} {' '.join(a)}"[:40] for name, a, _ in REPORTS])
def test_three_forms(call: Call, prepared: Path, name: str, args: Sequence[str], key: str) -> None:
    words = [*name.split(), *args]
    if args and args[0] in MADE_BY and not Path(args[0]).exists():
        call(*MADE_BY[args[0]])
    code, said, errors = call(*words)
    assert said.strip(), errors
    code_json, document, _ = call(*words, "--json")
    values = json.loads(document, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert key in values and code_json == code
    code_quiet, quiet, errors = call(*words, "--quiet")
    assert (code_quiet, errors) == (code, "")
    assert not quiet or name in ANSWERS
    assert not any("  " in line for line in quiet.splitlines()), "a table"
    code, nothing, errors = call(*words, "--quiet", "--json")
    assert code == 2 and not nothing and "give one" in errors


def test_a_data_set_is_checked_in_three_forms(call: Call, place: Path) -> None:
    root = place / "ucf"
    (root / "ucfTrainTestlist").mkdir(parents=True, exist_ok=True)
    (root / "ucfTrainTestlist/classInd.txt").write_text("1 Run\n")
    (root / "ucfTrainTestlist/trainlist01.txt").write_text("Run/v_Run_g01_c01.avi 1\n")
    (root / "ucfTrainTestlist/testlist01.txt").write_text("Run/v_Run_g02_c01.avi\n")
    words = ("sources", "check", "ucf101", "--root", root)
    assert "expected    2 videos" in call(*words)[1]
    assert len(json.loads(call(*words, "--json")[1])["missing"]) == 2
    assert call(*words, "-q") == (0, "", "")


def test_a_mismatch_is_3_in_every_form(call: Call, place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "shards", tmp_path / "broken")
    file = next((tmp_path / "broken/data").iterdir())
    file.write_bytes(file.read_bytes()[:-1])
    code, said, notes = call("verify", tmp_path / "broken")
    assert (code, said) == (3, "") and file.name in notes
    code, document, _ = call("verify", tmp_path / "broken", "--json")
    values = json.loads(document)
    assert code == 3 and not values["sound"] and file.name in values["problems"][0]
    assert call("verify", tmp_path / "broken", "--quiet") == (3, "", "")


def test_wrong_input_is_2_and_said_even_when_quiet(call: Call, tmp_path: Path) -> None:
    for form in ((), ("--json",), ("--quiet",)):
        code, said, errors = call("inspect", tmp_path / "absent", *form)
        assert (code, said) == (2, "") and "no such file or folder" in errors


def test_numbers_that_are_none_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=True).show("", {"a": float("nan"), "b": [float("inf"), 1.5, True], "c": {1: (None, "x")}})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5, True], "c": {"1": [None, "x"]}}
