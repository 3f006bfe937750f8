"""`vidsynth occlusion`, as a user types it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidsynth.cli.main import run
from vidsynth.shards.reader import load


def vidsynth(*args: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        run([str(arg) for arg in args])
    return stopped.value.code if isinstance(stopped.value.code, int) else 1


SMALL = ["--frames", "4", "--size", "32", "--payload", "raw", "--workers", "1"]


def test_occluders_need_no_masks(twelve: Path, tmp_path: Path) -> None:
    args = ["--src", twelve, "--out", tmp_path / "out", *SMALL, "--limit", "4", "--set", "occluders.count=2"]
    assert vidsynth("occlusion", *args) == 0
    shards = load(tmp_path / "out")
    assert len(shards) == 4 and (shards[0]["occluded"] == 0).all(-1).any()
    assert (tmp_path / "out" / "preview.png").exists()


def test_a_folder_of_masks_is_recognised(twelve: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = np.zeros((48, 64), np.uint8)
    values[:, :32], values[:, 32:] = 1, 2
    (tmp_path / "masks" / "v00").mkdir(parents=True)
    Image.fromarray(values).save(tmp_path / "masks" / "v00" / "00000.png")
    args = ["--src", twelve, "--masks", tmp_path / "masks", "--out", tmp_path / "out", *SMALL]
    wide = ["--set", "masks.max_gap_s=9", "--set", "clip.size=[48, 64]", "--set", "clip.scales=[[64, 48]]"]
    assert vidsynth("occlusion", *args, *wide, "--hide", "2", "--dark-factor", "0.5") == 0
    shards = load(tmp_path / "out")
    assert len(shards) == 1 and shards[0]["objects"] == ["2"] and shards[0]["covered_area"] == 0.5
    assert shards[0]["occluded"].max() > 0
    assert "11  there are no masks of this video" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--masks", "nowhere"], "'--masks': Path 'nowhere' does not exist."),
        (["--objects", "hands"], "path, objects: are of masks that are read, not of occluders drawn at random"),
        (["--fill", "black"], "fill.kind: 'black' is not one of zero, mean, noise, blur"),
        (["--dark-factor", "2"], "fill.dark_factor: "),
        (["--recipe", "occlusion-visor"], "masks.path: is missing; visor-sparse masks are read from a file or folder"),
        (["--recipe", "occlusions"], "no recipe 'occlusions'; did you mean 'occlusion'?"),
        (["--set", "occluders.cuont=2"], "no parameter 'occluders.cuont'; did you mean 'occluders.count'?"),
        ([], "--out is needed"),
    ],
)
def test_wrong_input_is_one_clear_line(
    args: list[str], message: str, twelve: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vidsynth("occlusion", *args, "--src", twelve) == 2
    assert message in capsys.readouterr().err


def test_a_broken_annotation_file_is_one_line(twelve: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "masks.json").write_text(json.dumps({"categories": [{"id": "x"}]}))
    args = ["--src", twelve, "--masks", tmp_path / "masks.json", "--out", tmp_path / "out"]
    assert vidsynth("occlusion", *args) == 2
    assert f"{tmp_path / 'masks.json'}: categories[0].id: must be a whole number, not 'x'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
